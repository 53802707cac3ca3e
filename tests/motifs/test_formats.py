"""Files of motifs: what is written can be read, and has the same numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cisgrammar.motifs import formats
from cisgrammar.motifs.motif import Motif, from_consensus, from_energies
from places import DATA


@pytest.fixture
def motifs() -> dict[str, Motif]:
    values = np.random.default_rng(0).normal(0, 1, (6, 4))
    return {"one": from_energies("one", values), "two": from_energies("two", values[:3] * 2)}


def write_first_pfm(path, motifs) -> None:
    formats.write_pfm(path, motifs["one"])


@pytest.mark.parametrize(
    ("write", "read", "names", "tolerance"),
    [
        (formats.write_meme, formats.read_meme, ["one", "two"], 2e-3),
        (formats.write_jaspar, formats.read_jaspar, ["one", "two"], 3e-3),
        (write_first_pfm, formats.read_pfm, ["one"], 2e-3),
    ],
)
def test_motif_files_round_trip(tmp_path, motifs, write, read, names, tolerance) -> None:
    # The pseudocount of what is read, 0.001 a base, is the largest difference.
    write(tmp_path / "one.txt", motifs)
    got = read(tmp_path / "one.txt")
    assert list(got) == names
    for name, motif in got.items():
        assert (motif.name, motif.source) == (name, "motifs")
        np.testing.assert_allclose(motif.shares, motifs[name].shares, atol=tolerance)


def test_meme_has_the_shares_with_six_digits(tmp_path) -> None:
    formats.write_meme(tmp_path / "m.meme", {"x": from_consensus("x", "AR")})
    text = (tmp_path / "m.meme").read_text()
    assert text.startswith("MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n")
    matrix = "letter-probability matrix: alength= 4 w= 2 nsites= 1000 E= 0\n"
    rows = " 1.000000 0.000000 0.000000 0.000000\n 0.500000 0.000000 0.500000 0.000000\n"
    assert text.endswith(f"\nMOTIF x\n{matrix}{rows}")


def test_pfm_has_a_row_for_each_base(tmp_path, motifs) -> None:
    formats.write_pfm(tmp_path / "m.pfm", motifs["one"])
    rows = np.loadtxt(tmp_path / "m.pfm")
    np.testing.assert_allclose(rows.T, motifs["one"].shares, atol=1e-6)


def test_motifs_of_a_run_survive_their_file(tmp_path, motifs) -> None:
    exact = from_consensus("exact", "TTACCYGG")
    decoy = motifs["one"].reordered(np.arange(6)[::-1], "one.decoy1")
    given = {**motifs, "exact": exact, "one.decoy1": decoy}
    formats.write_motifs(tmp_path / "motifs.json", given)
    back = formats.read_motifs(tmp_path / "motifs.json")
    assert list(back) == list(given)
    for name, motif in back.items():
        np.testing.assert_allclose(motif.scores, given[name].scores, atol=1e-6)
        np.testing.assert_allclose(motif.shares, given[name].shares, atol=1e-6)
        assert (motif.source, motif.decoy_of) == (given[name].source, given[name].decoy_of)
    assert back["one"].log_affinity == pytest.approx(motifs["one"].log_affinity, abs=1e-6)
    assert np.isnan(back["exact"].log_affinity)
    assert back["exact"].exact


def test_a_binding_model_gives_its_factors(tmp_path) -> None:
    betas = np.array([[1.0, 0, -1, 0], [0, 2, -1, -1]])
    content = {"format": "cisgrammar.binding", "factors": {"A": {"betas": betas.tolist()}}}
    (tmp_path / "m.json").write_text(json.dumps(content))
    found = formats.read_binding_model(tmp_path / "m.json")["A"]
    assert found.source == "binding"
    np.testing.assert_allclose(found.energies, betas, atol=1e-12)


@pytest.mark.parametrize(
    ("read", "text", "message"),
    [
        (formats.read_meme, "MEME version 4\n", "no motif"),
        (formats.read_meme, "MOTIF\n", ":1: MOTIF without a name"),
        (
            formats.read_meme,
            "MOTIF a\nletter-probability matrix: w= 1\n0.1 0.2 x 0.3\n",
            r":3: .* is not a row of 4 shares",
        ),
        (formats.read_jaspar, ">a\nA [ 1 2 ]\nC [ 1 2 ]\nG [ 1 ]\nT [ 1 2 ]\n", "wanted 4 alike"),
        (formats.read_jaspar, "A [ 1 2 ]\n", ":1: "),
        (formats.read_pfm, "1 2\n1 2\n1 2\n", r"rows of \[2, 2, 2\] numbers, wanted 4 alike"),
        (formats.read_pfm, "1 2\n1 x\n", ":2: '1 x' is not a row of numbers"),
        (formats.read_binding_model, "{}", "not a binding model"),
        (formats.read_motifs, "{}", "not a file of motifs"),
        (formats.read_probound_json, "{}", "not a ProBound fit"),
    ],
)
def test_files_of_another_kind_are_refused(tmp_path, read, text: str, message: str) -> None:
    path = tmp_path / "m"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read(path)


def test_the_last_model_of_a_probound_fit_is_read(tmp_path) -> None:
    def line(*values: list[float]) -> str:
        return json.dumps({"coefficients": {"bindingModes": [{"mononucleotide": v} for v in values]}})

    path = tmp_path / "fit.json"
    path.write_text(f"{line([], [1.0] * 8)}\n{line([], [1.0, 0, 0, 0, 0, 0, 3, 0])}\n")
    found = formats.read_probound_json(path)
    assert {name: motif.consensus for name, motif in found.items()} == {"mode1": "AG"}


@pytest.mark.skipif(not (DATA / "selex_bcd").exists(), reason=f"no data at {DATA}; set CISGRAMMAR_DATA")
def test_a_probound_fit_is_read() -> None:
    modes = formats.read_probound_json(DATA / "selex_bcd" / "out.Bcd.models.json")
    assert [m.width for m in modes.values()] == [12]
    assert "GGATTA" in modes["mode1"].consensus


@pytest.mark.skipif(not (DATA / "motifs").exists(), reason=f"no data at {DATA}; set CISGRAMMAR_DATA")
def test_a_real_meme_file_is_read() -> None:
    motifs = formats.read_meme(DATA / "motifs" / "jaspar_2024_consensus.meme")
    assert len(motifs) > 50
    for motif in motifs.values():
        np.testing.assert_allclose(motif.shares.sum(1), 1)
