"""Fitted models for others: the description can be read back and has the same numbers."""

from __future__ import annotations

import json

import numpy as np
import torch

from cisgrammar.binding import export
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.files.atomic import write_json
from cisgrammar.motifs.formats import read_binding_model


def test_json_says_the_model_and_its_bans(tmp_path) -> None:
    a, b = PSAM(3), PSAM(4)
    modes = [Mode(Conv1d(p, 10, 10, 10)) for p in (a, b)]
    dimer = Cooperativity(Spacing(a, b, 8, max_overlap=0), *modes)
    model = Experiment([NonSpecific(10, 10), *modes, dimer], chain("bound", [True, False, True]))
    content = export.describe({"lib": model}, {"A": a, "B": b}, {"seed": 1})
    write_json(tmp_path / "m.json", content)
    first = (tmp_path / "m.json").read_bytes()
    write_json(tmp_path / "m.json", export.describe({"lib": model}, {"A": a, "B": b}, {"seed": 1}))
    assert (tmp_path / "m.json").read_bytes() == first
    got = json.loads(first)
    assert [r["observed"] for r in got["libraries"]["lib"]["rounds"]] == [True, False, True]
    spacing = got["spacings"][0]
    banned = [o for o, v in zip(spacing["offsets"], spacing["log_omega"][0][0], strict=True) if v is None]
    assert banned == list(range(-3, 3))
    read = read_binding_model(tmp_path / "m.json")
    assert list(read) == ["A", "B"]
    np.testing.assert_allclose(read["A"].energies, export.centred_betas(a), atol=1e-12)


def test_centred_betas_are_in_order_of_position_after_a_shift() -> None:
    psam = PSAM(3)
    psam.betas.data = torch.tensor([[3.0, 0, 0, 0], [0, 3.0, 0, 0], [0, 0, 3.0, 0]])
    psam.update_footprint(1, -1)
    assert export.fitted_motifs({"m": psam})["m"].consensus[1:] == "AC"
