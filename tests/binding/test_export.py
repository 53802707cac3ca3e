"""Files of fitted models: what is written can be read, and says the same."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from cisgrammar.binding import export
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from places import DATA


@pytest.fixture
def motifs() -> dict[str, np.ndarray]:
    values = np.random.default_rng(0).normal(0, 1, (6, 4))
    return {"one": values - values.mean(1, keepdims=True), "two": values[:3] * 2}


@pytest.mark.parametrize(
    ("write", "read", "tolerance"),
    [(export.write_meme, export.read_meme, 1e-5), (export.write_jaspar, export.read_jaspar, 2e-3)],
)
def test_motif_files_round_trip(tmp_path, motifs, write, read, tolerance) -> None:
    write(tmp_path / "m", motifs)
    got = read(tmp_path / "m")
    assert list(got) == list(motifs)
    for name, values in got.items():
        shares = values / values.sum(1, keepdims=True)
        np.testing.assert_allclose(shares, export.probabilities(motifs[name]), atol=tolerance)


def test_shares_give_the_betas_back(motifs) -> None:
    betas = motifs["one"]
    np.testing.assert_allclose(export.from_shares(export.probabilities(betas), 1e-12), betas, atol=1e-9)


def test_pfm_has_a_row_for_each_base(tmp_path, motifs) -> None:
    export.write_pfm(tmp_path / "m.pfm", motifs["one"])
    rows = np.loadtxt(tmp_path / "m.pfm")
    np.testing.assert_allclose(rows.T, export.probabilities(motifs["one"]), atol=1e-6)


def test_json_says_the_model_and_its_bans(tmp_path) -> None:
    a, b = PSAM(3), PSAM(4)
    modes = [Mode(Conv1d(p, 10, 10, 10)) for p in (a, b)]
    dimer = Cooperativity(Spacing(a, b, 8, max_overlap=0), *modes)
    model = Experiment([NonSpecific(10, 10), *modes, dimer], chain("bound", [True, False, True]))
    content = export.describe({"lib": model}, {"A": a, "B": b}, {"seed": 1})
    export.write_json(tmp_path / "m.json", content)
    first = (tmp_path / "m.json").read_bytes()
    export.write_json(tmp_path / "m.json", export.describe({"lib": model}, {"A": a, "B": b}, {"seed": 1}))
    assert (tmp_path / "m.json").read_bytes() == first
    got = json.loads(first)
    assert [r["observed"] for r in got["libraries"]["lib"]["rounds"]] == [True, False, True]
    spacing = got["spacings"][0]
    banned = [o for o, v in zip(spacing["offsets"], spacing["log_omega"][0][0]) if v is None]
    assert banned == list(range(-3, 3))
    np.testing.assert_allclose(export.read_json(tmp_path / "m.json")["A"], export.centred_betas(a))


def test_centred_betas_are_in_order_of_position_after_a_shift() -> None:
    psam = PSAM(3)
    psam.betas.data = torch.tensor([[3.0, 0, 0, 0], [0, 3.0, 0, 0], [0, 0, 3.0, 0]])
    psam.update_footprint(1, -1)
    assert export.consensus(export.centred_betas(psam))[1:] == "AC"


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (export.read_meme, "MEME version 4\n", "no motif"),
        (
            export.read_meme,
            "MOTIF a\nletter-probability matrix: w= 1\n0.1 0.2 x 0.3\n",
            r":3: .* is not a row of 4 shares",
        ),
        (export.read_jaspar, ">a\nA [ 1 2 ]\nC [ 1 2 ]\nG [ 1 ]\nT [ 1 2 ]\n", "wanted 4 alike"),
        (export.read_jaspar, "A [ 1 2 ]\n", ":1: "),
        (export.read_json, "{}", "not a binding model"),
        (export.read_probound_json, "{}", "not a ProBound fit"),
    ],
)
def test_files_of_another_kind_are_refused(tmp_path, read, text: str, message: str) -> None:
    path = tmp_path / "m"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read(path)


@pytest.mark.skipif(not (DATA / "selex_bcd").exists(), reason=f"no data at {DATA}; set CISGRAMMAR_DATA")
def test_a_probound_fit_is_read() -> None:
    modes = export.read_probound_json(DATA / "selex_bcd" / "out.Bcd.models.json")
    assert [len(m) for m in modes.values()] == [12]
    assert "GGATTA" in export.consensus(modes["mode1"])


@pytest.mark.skipif(not (DATA / "motifs").exists(), reason=f"no data at {DATA}; set CISGRAMMAR_DATA")
def test_a_real_meme_file_is_read() -> None:
    motifs = export.read_meme(DATA / "motifs" / "jaspar_2024_consensus.meme")
    assert len(motifs) > 50
    for shares in motifs.values():
        np.testing.assert_allclose(shares.sum(1), 1, atol=0.01)
