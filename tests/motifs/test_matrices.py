"""Motifs of CIS-BP, TRANSFAC and UniPROBE are those of the plain matrix."""

import numpy as np
import pytest

from cisgrammar.motifs.formats import read_motif_file

SHARES = np.array([[0.7, 0.1, 0.1, 0.1], [0, 0, 0.5, 0.5], [0, 1, 0, 0], [0.25, 0.25, 0.25, 0.25], [0, 0, 1, 0]])
ROWS = [" ".join(f"{value:g}" for value in row) for row in SHARES]
COUNTS = "".join(f"{at:02d}\t" + "\t".join(f"{20 * v:g}" for v in row) + "\tN\n" for at, row in enumerate(SHARES, 1))
ONE = {
    "CIS-BP": (
        "Pos\tA\tC\tG\tT\n" + "".join(f"{i}\t" + r.replace(" ", "\t") + "\n" for i, r in enumerate(ROWS, 1)),
        "m",
    ),
    "CIS-BP with its name": (
        "TF\tT1\nTF Name\tAbf1\nMotif\tM01_2.00\nPos\tA\tC\tG\tT\n"
        + "".join(f"{i}\t" + r.replace(" ", "\t") + "\n" for i, r in enumerate(ROWS, 1)),
        "Abf1",
    ),
    "TRANSFAC": (f"AC  M1\nXX\nID  X$Y\nXX\nP0\tA\tC\tG\tT\n{COUNTS}XX\n//\n", "X$Y"),
    "TRANSFAC of JASPAR": (f"AC MA1.1\nXX\nDE a motif\nPO\tA\tC\tG\tT\n{COUNTS}XX\nCC a comment\n//\n", "MA1.1"),
    "SwissRegulon": (
        "//\nNA Abf1\nPO\tA\tC\tG\tT\tcons\tinf\n"
        + "".join(f"{i:02d}\t" + r.replace(" ", "\t") + "\tN\t0.5\n" for i, r in enumerate(ROWS, 1))
        + "//\n",
        "Abf1",
    ),
    "RSAT": (
        "; convert-matrix\n; made today\n"
        + "".join(f"{b} | " + " ".join(f"{v:g}" for v in SHARES[:, i]) + "\n" for i, b in enumerate("ACGT"))
        + "//\n",
        "m",
    ),
    "R": (
        '"","1","2","3","4","5"\n'
        + "".join(f'"{b}",' + ",".join(f"{v:g}" for v in SHARES[:, i]) + "\n" for i, b in enumerate("ACGT")),
        "m",
    ),
    "columns by name": ("T,G,C,A\n" + "".join(",".join(r.split()[::-1]) + "\n" for r in ROWS), "m"),
    "columns": ("A C G T\n" + "\n".join(ROWS), "m"),
    "UniPROBE": (
        "Gata1\n" + "".join(f"{b}:\t" + "\t".join(f"{v:g}" for v in SHARES[:, i]) + "\n" for i, b in enumerate("ACGT")),
        "Gata1",
    ),
}


@pytest.mark.parametrize("name", ONE)
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_each_format_gives_the_same_shares(tmp_path, name, ends):
    text, called = ONE[name]
    (tmp_path / "m.txt").write_bytes(text.replace("\n", ends).encode())
    (found,) = read_motif_file(tmp_path / "m.txt").values()
    assert found.name == called
    assert np.allclose(found.shares, SHARES, atol=0.02)


def test_several_motifs_of_one_file(tmp_path):
    text = "".join(f"ID  {name}\nP0 A C G T\n{COUNTS}XX\n//\n" for name in ("one", "two"))
    (tmp_path / "m.txt").write_text(text)
    assert [(name, len(motif.shares)) for name, motif in read_motif_file(tmp_path / "m.txt").items()] == [
        *(("one", 5), ("two", 5))
    ]
    rows = "".join(f"{base}: 0.1 0.4\n" for base in "ACGT")
    (tmp_path / "m.txt").write_text(f"one\n{rows}\ntwo\n{rows}")
    assert list(read_motif_file(tmp_path / "m.txt")) == ["one", "two"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Pos A C G T\n1 0.5 0.5 0 0\n2 0.5 x 0 0\n", "m.txt:3: "),
        ("Pos A C G T\n1 0.5 0.5 0 0\n2 0 0 0 0\n", "m.txt:3: .*a row of zeros"),
        ("Pos A C G T\n1 0.5 0.5 0 0\n2 -1 0.5 0 0\n", "m.txt:3: .*finite numbers >= 0"),
        ("Pos A C G T\n1 0.5 0.5 0 0\n2 0.5 0.5 0\n", "m.txt:3: "),
        ("A C G T\n1 0.5 0.5 0 0\n0.5 0.5 0 0\n", "m.txt:3: "),
        ("A C G T\n0.5 0.5 0 0\n0.5 0.5 0 0 0\n", "m.txt:3: "),
        ("Pos A C G T\n", "no motif"),
        ("x\nA: 1 2\nC: 1 2\nG: 1\nT: 1 2\n", "rows of"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, said):
    (tmp_path / "m.txt").write_text(text)
    with pytest.raises(ValueError, match=said) as error:
        read_motif_file(tmp_path / "m.txt")
    assert "\n" not in str(error.value)
