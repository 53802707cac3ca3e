"""Files of motifs: what is written can be read, and has the same numbers."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
            r":3: .* is not a row of numbers",
        ),
        (formats.read_jaspar, ">a\nA [ 1 2 ]\nC [ 1 2 ]\nG [ 1 ]\nT [ 1 2 ]\n", "wanted 4 alike"),
        (formats.read_jaspar, "A [ 1 2 ]\n", ":1: "),
        (formats.read_pfm, "1 2\n1 2\n1 2\n", r"rows of \[2, 2, 2\] numbers, wanted 4 alike"),
        (formats.read_pfm, "1 2\n1 x\n", ":2: '1 x' is not a row of numbers"),
        (formats.read_binding_model, "{}", "not a binding model"),
        (formats.read_motifs, "{}", "not a file of motifs"),
        (formats.read_motifs, "[1, 2]", "not a file of motifs"),
        (formats.read_motifs, "{", "not a file of motifs"),
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


MATRIX = np.array([[0.7, 0.1, 0.1, 0.1], [0.0, 0.5, 0.5, 0.0], [0.1, 0.1, 0.1, 0.7], [0.25, 0.25, 0.4, 0.1]])
ROWS = [" ".join(f"{p:g}" for p in row) for row in MATRIX]
BASE_ROWS = [" ".join(f"{p * 100:g}" for p in row) for row in MATRIX.T]


def meme(name: str, rows: list[str], width: int | str = "", between: str = "\n") -> str:
    stated = f"w= {width}" if width else ""
    return f"MOTIF {name}\nletter-probability matrix: alength= 4 {stated} nsites= 20\n" + between.join(rows) + "\n\n"


FIT = {"coefficients": {"bindingModes": [{"mononucleotide": np.log(MATRIX + 1e-3).ravel().tolist()}]}}
# Name -> a file, whose one motif has the shares of MATRIX.
SAME = {
    "MEME": "MEME version 4\n\nALPHABET= ACGT\n\n" + meme("x", ROWS, 4),
    "MEME without w=": "MEME version 4\n" + meme("x", ROWS) + "URL http://x\n",
    "MEME with blank lines between rows": "MEME version 4\n" + meme("x", ROWS, 4, "\n\n"),
    "MEME with a URL after it": "MEME version 4\n" + meme("x", ROWS, 4).rstrip() + "\nURL http://x\n",
    "MEME of RNA": "MEME version 5\nALPHABET= ACGU\n" + meme("x", ROWS, 4),
    "MEME of Windows": ("MEME version 4\n" + meme("x alternate", ROWS, 4)).replace("\n", "\r\n"),
    "JASPAR": ">x alternate\n" + "\n".join(f"{b} [ {row} ]" for b, row in zip("ACGT", BASE_ROWS, strict=True)),
    "JASPAR in another order": ">x\n" + "\n".join(f"{b} | {BASE_ROWS['ACGT'.index(b)]}" for b in "TGAC"),
    "JASPAR without letters": ">x\n" + "\n".join(BASE_ROWS) + "\n",
    "HOMER": ">ACTN\tx\t6.05\t-1.2\n" + "\n".join(row.replace(" ", "\t") for row in ROWS) + "\n",
    "PFM": "\n".join(BASE_ROWS),
    "PFM with letters": "# x\n" + "\n".join(f"{b}: {row}" for b, row in zip("ACGT", BASE_ROWS, strict=True)),
    "ProBound": json.dumps(FIT),
    "ProBound on many lines": json.dumps(FIT, indent=1),
    "a binding model": json.dumps(
        {"format": "cisgrammar.binding", "factors": {"x": {"betas": np.log(MATRIX + 1e-3).tolist()}}}
    ),
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("name", SAME)
def test_a_file_in_any_format_gives_its_motif(tmp_path, name: str, encoding: str) -> None:
    path = tmp_path / "x.txt"
    path.write_bytes(SAME[name].encode(encoding))
    (motif,) = formats.read_motif_file(path).values()
    assert motif.name == ("mode0" if name.startswith("ProBound") else "x")
    assert motif.source == "motifs"
    np.testing.assert_allclose(motif.shares, MATRIX, atol=4e-3)


@pytest.mark.parametrize("name", ["nan", "1", "NA", "NFI/CTF", "GATA::TAL1", "<b>", "Müller", "MA0001.1", "a" * 300])
def test_any_word_is_a_name(tmp_path, name: str) -> None:
    for text in (meme(name, ROWS, 4), f">{name}\n" + "\n".join(BASE_ROWS), f">C\t{name}\n" + "\n".join(ROWS)):
        (tmp_path / "m").write_text("" + text)
        assert list(formats.read_motif_file(tmp_path / "m")) == [name]


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("A B A A", ["A", "B", "A.2", "A.3"]),
        ("A A.2 A", ["A", "A.2", "A.3"]),
        ("A A.2", ["A", "A.2"]),
    ],
)
def test_repeated_names_get_a_number_and_are_told(tmp_path, caplog, given: str, names: list[str]) -> None:
    called = given.split()
    texts = ["".join(meme(f"{name} alternate{i}", ROWS, 4) for i, name in enumerate(called))]
    texts.append("".join(f">{name}\n" + "\n".join(BASE_ROWS) + "\n" for name in called))
    for text in texts:
        caplog.clear()
        (tmp_path / "m").write_text(text)
        found = formats.read_motif_file(tmp_path / "m")
        assert [motif.name for motif in found.values()] == list(found) == names
        told = [record.getMessage() for record in caplog.records]
        assert len(told) == len(called) - len(set(called))
        assert all(": a second motif A (first in line 1) is called A." in line for line in told)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (meme("A", ROWS, 9), "m:1: motif A: w= 9, but 4 rows; the file may be cut off"),
        (meme("A", ROWS, 9) + meme("B", ROWS, 4), "m:1: motif A: w= 9, but 4 rows"),
        (meme("A", ROWS, 3), "m:1: motif A: w= 3, but 4 rows"),
        (meme("A", [*ROWS[:2], "nan 0 0 1"], 3), "m:5: 'nan 0 0 1' is not a row of finite numbers >= 0"),
        (meme("A", [*ROWS[:2], "inf 0 0 1"], 3), "m:5: 'inf 0 0 1' is not a row of finite"),
        (meme("A", [*ROWS[:2], "-0.1 0.1 0.5 0.5"], 3), "m:5: '-0.1 0.1 0.5 0.5' is not a row of finite"),
        (meme("A", [*ROWS[:2], "0 0 0 0"], 3), "m:5: '0 0 0 0' has no base: a row of zeros"),
        (meme("A", [*ROWS[:2], "0.5 0.5"], 3), "m:5: '0.5 0.5' is not a row of 4 shares"),
        (meme("A", [], 3), "m:1: motif A: w= 3, but 0 rows"),
        ("MEME version 4\nMOTIF A\nMOTIF B\n", "m: motif A is empty; wanted a MEME file"),
        (meme("A", ROWS, 4).replace("alength= 4", "alength= 20"), "m:2: alength= 20; wanted motifs of DNA"),
        (
            "MEME version 4\nALPHABET= ACDEFGHIKLMNPQRSTVWY\n",
            "m:2: 'ALPHABET= ACDEFGHIKLMNPQRSTVWY'; wanted motifs of DNA",
        ),
        (">A\nA 1 2\nC 1 2\nG nan 2\nT 1 2\n", "m:4: 'nan 2' is not a row of finite numbers >= 0"),
        (">A\nA 1 0\nC 1 0\nG 1 0\nT 1 0\n", "m:1: motif A has no base at position 2: a column of zeros"),
        (">A\nA 1 2\nC 1 2\nC 1 2\nT 1 2\n", "m:1: motif A has rows of A, C, C, T; wanted A, C, G and T"),
        (">A\nA 1 2\nC 1 2\nG 1 2\n", "m:1: motif A has rows of [2, 2, 2] numbers, wanted 4 alike"),
        (">\n1 2\n1 2\n1 2\n1 2\n", "m:1: a motif without a name"),
        (">A\tx\n0.5 0.5 0 0\n0 0 0 0\n1 0 0 0\n", "m:3: '0 0 0 0' has no base"),
        ("1 2\n1 2\n1 -2\n1 2\n", "m:3: '1 -2' is not a row of finite numbers >= 0"),
        (
            '{"coefficients": {"bindingModes": [{"mononucleotide": [1, 2, NaN, 4]}]}}',
            "m: motif mode0: wanted 4 numbers for",
        ),
        ('{"coefficients": {"bindingModes": [{"mononucleotide": [1, 2, 3]}]}}', "m: motif mode0: wanted 4 numbers for"),
        (
            '{"coefficients": {"bindingModes": [{"mononucleotide": [9e9, 0, 0, 0]}]}}',
            "m: motif mode0: wanted 4 numbers for",
        ),
        ('{"coefficients": {"bindingModes": []}}', "m: no binding mode with a matrix in it"),
        ('{"coefficients": 1}', "m: not a ProBound fit"),
        ("{", "m: not a ProBound fit"),
        ('{"format": "cisgrammar.binding", "factors": {"x": {"betas": "y"}}}', "m: motif x: wanted 4 numbers for"),
        ('{"format": "cisgrammar.binding"}', "m: not a binding model"),
        ("TTACCCGG\n", "m: no motif; wanted a file of MEME, JASPAR, HOMER, TRANSFAC, STAMP, CIS-BP, UniPROBE"),
        ("", "m: no motif; wanted a file of"),
    ],
)
def test_what_is_no_motif_is_named_with_its_line(tmp_path, text: str, said: str) -> None:
    (tmp_path / "m").write_text(text)
    with pytest.raises(ValueError, match=re.escape(said)) as caught:
        formats.read_motif_file(tmp_path / "m")
    assert "\n" not in str(caught.value)


def test_latin1_names_are_names(tmp_path) -> None:
    (tmp_path / "m").write_bytes(meme("Mé", ROWS, 4).encode("latin-1"))
    assert list(formats.read_motif_file(tmp_path / "m")) == ["Mé"]


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from(">ACGT[]|:0123456789.-e \t\nnaifMOTIFw="), max_size=80), st.sampled_from(sorted(SAME)))
def test_a_damaged_file_is_read_or_one_line(tmp_path_factory, text: str, name: str) -> None:
    path = tmp_path_factory.mktemp("motifs") / "m"
    whole = SAME[name]
    path.write_text(whole[: len(text) % 50 * len(whole) // 50] + text + whole[len(whole) // 2 :])
    try:
        found = formats.read_motif_file(path)
    except ValueError as error:
        found = {} if str(error).startswith(str(path)) and "\n" not in str(error) else {"traceback": error}
    for motif in found.values():
        assert np.isfinite(motif.shares).all()
        np.testing.assert_allclose(motif.shares.sum(1), 1)


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
