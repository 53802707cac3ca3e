"""What holds for every figure of the splice stage: the same bytes each time, and empty tables."""

import pandas as pd
import pytest

from figure_files import said, written
from splice_figures import FIGURES, drawn, emptied


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_written_and_the_same_each_time(files, tmp_path, name):
    digests = set()
    for turn in ("one", "two"):
        folder = tmp_path / turn
        digests.add(written(name, drawn(name, files), folder))
        assert len(pd.read_csv(folder / "f.tsv", sep="\t")) > 0
    assert len(digests) == 1


@pytest.mark.parametrize("name", FIGURES)
def test_tables_without_rows_give_a_figure_that_says_so(files, tmp_path, name):
    empty = drawn(name, emptied(name, files, tmp_path))
    assert len(empty.table) == 0
    assert any(word in said(empty) for word in ("no ", "nothing"))
