"""Rows of four numbers: STAMP's and a matrix alone give the shares of a PFM."""

import numpy as np
import pytest

from cisgrammar.motifs.formats import read_motif_file

SHARES = np.array([[0.7, 0.1, 0.1, 0.1], [0, 0, 0.5, 0.5], [0, 1, 0, 0], [0.25, 0.25, 0.25, 0.25], [0, 0, 1, 0]])
ROWS = ["\t".join(f"{value:g}" for value in row) for row in SHARES]
STAMP = "".join(f"{at}\t{row}\tN\n" for at, row in enumerate(ROWS))


def read(tmp_path, text, name="m.txt"):
    (tmp_path / name).write_text(text)
    return read_motif_file(tmp_path / name)


@pytest.mark.parametrize("end", ["XX\n", "XX\n//\n", "\n", ""])
def test_stamp_gives_each_motif_below_its_name(tmp_path, end):
    found = read(tmp_path, f"DE\tAbf1\n{STAMP}{end}DE\tReb1 from_x\n{STAMP.replace('N', '')}{end}")
    assert list(found) == ["Abf1", "Reb1"]
    assert all(np.allclose(motif.shares, SHARES, atol=0.02) for motif in found.values())


@pytest.mark.parametrize("mark", ["\t", " ", ","])
def test_a_matrix_alone_has_the_name_of_its_file(tmp_path, mark):
    (found,) = read(tmp_path, "# from R\n" + "\n".join(ROWS).replace("\t", mark) + "\n", "CTCF.pwm").values()
    assert found.name == "CTCF"
    assert np.allclose(found.shares, SHARES, atol=0.02)


def test_four_rows_of_four_are_bases(tmp_path):
    (found,) = read(tmp_path, "8\t0\t0\t0\n0\t8\t0\t1\n0\t0\t8\t1\n0\t0\t0\t6\n").values()
    assert found.consensus.startswith("ACG")
    assert found.shares[3].argmax() == 3


COUNTS = [[0, 30, 4, 1], [1, 2, 3, 29], [2, 2, 1, 30], [35, 0, 0, 0]]
"""Four positions: each adds up to 35, columns do not."""


@pytest.mark.parametrize("head", ["", ">X\n", ">X\tX\t3.5\n"])
def test_four_rows_of_four_counts_that_add_up_alike_are_positions(tmp_path, head):
    """HOCOMOCO's counts; JASPAR's, whose columns add up alike, are bases."""
    by_position = "".join("\t".join(map(str, row)) + "\n" for row in COUNTS)
    by_base = "".join("\t".join(map(str, row)) + "\n" for row in np.array(COUNTS).T.tolist())
    assert next(iter(read(tmp_path, head + by_position).values())).consensus == "CTTA"
    assert next(iter(read(tmp_path, head + by_base).values())).consensus == "CTTA"


@pytest.mark.parametrize("end", ["", "<\n"])
def test_cluster_buster_may_end_motifs_with_a_mark(tmp_path, end):
    found = read(tmp_path, "".join(f">{name}\n" + "\n".join(ROWS) + f"\n{end}" for name in "ab"))
    assert list(found) == ["a", "b"]
    assert all(motif.width == 5 for motif in found.values())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"DE\tA\n{STAMP}5\t1\t2\tN\n", "m.txt:7: .* is not a row"),
        (f"DE\tA\n{STAMP}DE\tB\n", "motif B is empty"),
        ("1\t2\t3\t4\n" * 5 + "0\t0\t0\t0\n", "m.txt:6: .*row of zeros"),
        ("DE\tA\nno numbers\n", "no motif; wanted a file of MEME"),
        ("1\t2\t3\t4\n" * 5 + "1\t2\t3\n", "no motif; wanted a file of MEME"),
    ],
)
def test_rows_of_something_else_are_one_line(tmp_path, text, said):
    with pytest.raises(ValueError, match=said):
        read(tmp_path, text)
