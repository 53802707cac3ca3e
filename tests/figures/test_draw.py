"""A figure is its table and what is painted of that table."""

import pandas as pd
import pytest

from cisgrammar.figures.draw import draw, redraw
from profile_figures import drawn_from


def test_a_table_without_a_column_is_refused_by_name(tmp_path):
    pd.DataFrame({"threshold": [1]}).to_csv(tmp_path / "sweep.tsv", sep="\t", index=False)
    with pytest.raises(ValueError, match=r"sweep\.tsv: no column cutoff, n_windows"):
        drawn_from("threshold_sweep", {"sweep": str(tmp_path / "sweep.tsv")})


def test_numbers_are_those_of_the_file(run, tmp_path):
    """A picture is painted from six digits, as the TSV has them, so that it can be drawn again from there."""
    drawn = drawn_from("threshold_sweep", run)
    drawn.table.to_csv(tmp_path / "sweep.tsv", sep="\t", index=False)
    again = redraw("threshold_sweep", tmp_path / "sweep.tsv")
    assert [axis.get_title() for axis in again.axes] == [axis.get_title() for axis in drawn.figure.axes]


def test_a_name_that_is_no_figure_is_an_error():
    with pytest.raises((KeyError, ValueError, ImportError), match="splash"):
        draw("splash", {})
