"""What holds for every figure of variants: the same bytes each time, and empty tables."""

import pandas as pd
import pytest

from figure_files import said, written
from variant_figures import FIGURES, drawn, files


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_written_and_the_same_each_time(tmp_path, name):
    found = files(tmp_path)
    digests = {written(name, drawn(name, found), tmp_path / turn) for turn in ("one", "two")}
    assert len(digests) == 1
    assert len(pd.read_csv(tmp_path / "one" / "f.tsv", sep="\t")) > 0


@pytest.mark.parametrize("name", FIGURES)
def test_tables_without_rows_give_a_figure_that_says_so(tmp_path, name):
    empty = drawn(name, files(tmp_path, n=0))
    assert len(empty.table) == 0
    assert "no " in said(empty)
