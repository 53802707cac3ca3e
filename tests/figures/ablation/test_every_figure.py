"""What holds for every figure of the ablation stage: the same bytes each time, and empty tables."""

import pytest

from ablation_figures import FIGURES, draw, usual
from cisgrammar.figures import style
from figure_files import said, written


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_table_gives_the_same_bytes_and_every_axis_is_named(tmp_path, name):
    digests = set()
    for turn in ("one", "two"):
        drawn = draw(name, tmp_path, usual()[FIGURES[name]])
        axes = [
            axis for axis in drawn.figure.axes if axis.axison and axis.yaxis.get_tick_params().get("labelleft", True)
        ]
        assert all(axis.get_ylabel() or axis.get_yticklabels() for axis in axes)
        digests.add(written(name, drawn, tmp_path / turn))
        assert len((tmp_path / turn / "f.tsv").read_text().splitlines()) > 2
    assert len(digests) == 1
    assert drawn.figure.get_size_inches()[0] <= style.TWO_COLUMNS


@pytest.mark.parametrize("name", FIGURES)
def test_tables_without_rows_are_said_to_be_empty(tmp_path, name):
    drawn = draw(name, tmp_path, usual()[FIGURES[name]].iloc[:0])
    assert len(drawn.table) == 0
    assert "no " in said(drawn)
