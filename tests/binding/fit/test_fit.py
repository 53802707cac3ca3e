"""The sequential fit: recovers what it was drawn from, in register, twice the same, and after a kill."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.fit import fit as fit_module
from cisgrammar.binding.fit import fit_state
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.optimise import Effort, FitFailed, minimise
from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM, Seed
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.likelihood.likelihood import Data, Objective, Penalty, negative_log_likelihood
from cisgrammar.binding.reads.count_table import CountTable
from toy_fit import (
    QUICK,
    centred,
)
from toy_reads import monomer


def test_a_motif_is_found_in_register_without_a_seed(truth: Experiment, table: CountTable) -> None:
    model = monomer()
    Fit([model], [table], QUICK).run()
    found, wanted = centred(model), centred(truth)
    error = min(np.sqrt(((x - wanted) ** 2).mean()) for x in (found, found[::-1, ::-1]))
    assert error < 0.2
    data = Data(table, [0, 1])
    truth.log_depth.data[1] = -torch.logsumexp(truth.log_aggregate(data.codes[:3000])[:, 0], 0).detach() + np.log(3000)
    assert negative_log_likelihood(model, data) < negative_log_likelihood(truth, data)


def test_the_same_seed_gives_the_same_bytes(table: CountTable) -> None:
    values = []
    for _ in range(2):
        model = monomer()
        Fit([model], [table], QUICK).run()
        values.append(model.bindings[1].psam.betas.detach().numpy().tobytes())
    assert values[0] == values[1]


def test_a_killed_fit_goes_on_to_the_same_bytes(table: CountTable, tmp_path, monkeypatch) -> None:
    whole = monomer()
    Fit([whole], [table], QUICK).run()
    saved = fit_module.save_checkpoint
    calls = []

    def killed(path, state) -> None:
        saved(path, state)
        calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(fit_module, "save_checkpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        Fit([monomer()], [table], QUICK, checkpoint=tmp_path / "c.pt", fingerprint="a").run()
    monkeypatch.setattr(fit_module, "save_checkpoint", saved)
    resumed = monomer()
    second = Fit([resumed], [table], QUICK, checkpoint=tmp_path / "c.pt", fingerprint="a")
    second.run()
    assert torch.equal(resumed.bindings[1].psam.betas, whole.bindings[1].psam.betas)
    assert [h["stage"] for h in second.history] == [
        "activate binding 0",
        "activate binding 1",
        "start binding 1",
        "shift binding 1",
        "fit all binding 1",
        "draws from library",
    ]


def dimer(width: int = 10) -> Experiment:
    a, b = PSAM(3, seed=Seed("TGA", random_state=1)), PSAM(3, seed=Seed("CCA", random_state=2))
    modes = [Mode(Conv1d(psam, width, width, width)) for psam in (a, b)]
    term = Cooperativity(Spacing(a, b, width - 2, max_overlap=0, max_spacing=2), *modes)
    # The dimer before a mode: motifs come first all the same.
    return Experiment([NonSpecific(width, width), modes[0], term, modes[1]], chain("bound_unsaturated", [True, True]))


def test_motifs_stand_on_their_own_and_the_dimer_goes_on_from_them(tmp_path) -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, (600, 10)).astype(np.uint8)
    codes[300:, 1:4], codes[300:500, 5:8] = [3, 2, 0], [1, 1, 0]
    table = CountTable(codes, np.repeat([[1.0, 0.0], [0.0, 1.0]], 300, axis=0))
    settings = FitSettings(Penalty(l2=1e-3), search=Search(shift=0), effort=Effort(100, 1e-6))
    whole = dimer()
    Fit([whole], [table], settings).run()

    first = Fit([dimer()], [table], settings, checkpoint=tmp_path / "c.pt", fingerprint="a")
    loss = first.run(until="motifs")
    assert first.history[-1]["stage"] == "fit all binding 3"
    assert first.model[0].active == [True, True, False, True]
    assert not first.model[0].bindings[2].spacing.log_spacing.any()
    # On all reads, and at an optimum: going on with it gains nothing.
    objective = Objective(first.model, first.data, settings.penalty)
    assert minimise(objective, Effort(20, 1e-9)) == pytest.approx(loss, abs=1e-5)

    resumed = dimer()
    second = Fit([resumed], [table], settings, checkpoint=tmp_path / "c.pt", fingerprint="a")
    assert second.run() < loss - 1e-3
    assert [h["stage"] for h in second.history][-3:] == [
        "activate binding 2",
        "fit spacing binding 2",
        "fit all binding 2",
    ]
    for name, value in whole.state_dict().items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(value, resumed.state_dict()[name]), name
    # A file that holds the dimer already does not serve for the motifs alone.
    again = Fit([dimer()], [table], settings, checkpoint=tmp_path / "c.pt", fingerprint="a")
    assert again.run(until="motifs") == loss
    with pytest.raises(ValueError, match="motifs or end"):
        again.run(until="dimers")


def test_a_failed_stage_is_tried_again_and_then_given_up(table: CountTable, monkeypatch) -> None:
    tries = []

    def fails(objective, effort=None, curvature=None) -> float:
        tries.append(1)
        raise FitFailed("loss became nan")

    monkeypatch.setattr(fit_state, "minimise", fails)
    with pytest.raises(FitFailed, match="failed 4 times"):
        Fit([monomer()], [table], QUICK).run()
    assert len(tries) == 4
