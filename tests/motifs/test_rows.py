"""Rows of motif files: what is a row, and where one that is none stands."""

import numpy as np
import pytest

from cisgrammar.motifs.rows import MotifRows, numbers


def test_numbers_or_nothing():
    assert numbers(["1", "2e-3", ".5"]) == [1, 0.002, 0.5]
    assert numbers(["1", "x"]) is None


def test_positions_are_gathered_and_normalised():
    rows = MotifRows("f", "MEME")
    assert rows.empty
    rows.begin("a", 1)
    rows.add(["10", "0", "10", "0"], 2)
    rows.check_width(1)
    rows.check_width(None)
    with pytest.raises(ValueError, match="f:1: motif a: w= 2, but 1 rows"):
        rows.check_width(2)
    np.testing.assert_allclose(rows.motifs()["a"].shares, [[0.5, 0, 0.5, 0]], atol=2e-3)
    assert rows.width == 1


def test_bases_may_come_in_any_order():
    rows = MotifRows("f", "JASPAR")
    rows.begin("a", 1)
    for base, values in (("u", "4 0"), ("G", "3 0"), ("A", "1 0"), ("c", "2 8")):
        rows.add_base([base, *values.split()], 2)
    np.testing.assert_allclose(rows.of_bases()["a"].shares, [[0.1, 0.2, 0.3, 0.4], [0, 1, 0, 0]], atol=4e-3)


def test_positions_of_other_sums_are_told(caplog):
    rows = MotifRows("f", "MEME")
    rows.begin("a", 1)
    rows.add(["0.5", "0", "0", "0"], 2)
    rows.add(["0.5", "0", "0.5", "0"], 3)
    rows.begin("b", 4)
    rows.add(["10", "0", "1", "0"], 5)
    rows.add(["5", "5", "0", "0"], 6)
    rows.motifs()
    assert caplog.messages == ["f:1: positions of motif a add up to 0.5 to 1; each is scaled to shares of 1"]


def test_a_row_before_any_motif_is_named():
    with pytest.raises(ValueError, match="f:3: 'A 1 2' is not a row of counts under a > line"):
        MotifRows("f", "JASPAR").add_base(["A", "1", "2"], 3)


def test_a_long_line_is_cut_in_the_message():
    rows = MotifRows("f", "MEME")
    rows.begin("a", 1)
    with pytest.raises(ValueError, match="is not a row of numbers") as caught:
        rows.add(["x"] * 1000, 2)
    assert len(str(caught.value)) < 80
