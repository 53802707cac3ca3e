"""What holds for every figure of the profile chain and of the simulation: the same bytes each time."""

import pandas as pd
import pytest

from cisgrammar.figures.draw import draw
from figure_files import written
from profile_figures import FIGURES


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_written_and_the_same_each_time(run, tmp_path, name):
    inputs = {key: run[key] for key in FIGURES[name]}
    digests = set()
    for turn in ("one", "two"):
        folder = tmp_path / turn
        drawn = draw(name, inputs)
        assert all(axis.get_ylabel() or axis.get_shared_y_axes() for axis in drawn.figure.axes)
        digests.add(written(name, drawn, folder))
        assert len(pd.read_csv(folder / "f.tsv", sep="\t")) > 0
    assert len(digests) == 1
