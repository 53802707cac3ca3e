"""Interaction of two motifs by their distance, in the model and in vitro."""

import numpy as np
import pandas as pd

from ablation_figures import draw, usual
from cisgrammar.figures.ablation.spacing import bounds, lowest_end
from figure_files import said


def test_a_pair_that_was_not_measured_says_so(tmp_path):
    table = usual()["spacings"]
    assert "not measured" not in said(draw("ablation_spacing", tmp_path, table))
    assert "not measured" in said(draw("ablation_spacing", tmp_path, table.assign(log_omega=np.nan)))


def test_crossed_placements_are_explained_where_there_are_some(tmp_path):
    table = usual()["spacings"]
    none = said(draw("ablation_spacing", tmp_path, table.assign(image_of="")))
    some = said(draw("ablation_spacing", tmp_path, table.assign(image_of=["same 9", *[""] * (len(table) - 1)])))
    assert "crossed: overlaps a stronger one" not in none
    assert "crossed: overlaps a stronger one" in some
    assert f"{len(table)} placements" in some


def test_called_placements_are_filled_above_the_open_points(tmp_path):
    above = draw("ablation_spacing", tmp_path, usual()["spacings"]).figure.axes[0]
    lines = [line for line in above.lines if line.get_marker() == "o" and len(line.get_xdata())]
    open_points = [line for line in lines if line.get_markerfacecolor() == "white"]
    called = [line for line in lines if line.get_markerfacecolor() != "white"]
    assert sum(len(line.get_xdata()) for line in called) == 1
    assert min(line.get_zorder() for line in called) > max(line.get_zorder() for line in open_points)


def test_intervals_in_vitro_are_drawn_and_an_open_one_ends_below_all_points(tmp_path):
    table = usual()["spacings"]
    table = table.assign(lower=table.log_omega - 0.5, upper=table.log_omega + 0.25)
    table.loc[0, "lower"] = -np.inf
    below = draw("ablation_spacing", tmp_path, table).figure.axes[1]
    ends = np.concatenate([found.get_segments() for found in below.collections])[:, :, 1]
    assert len(ends) == len(table)
    assert np.isclose(ends[:, 1] - ends[:, 0], 0.75).sum() == len(table) - 1
    assert ends.min() < table.lower.iloc[1:].min()


def test_ends_that_are_not_known_are_the_value():
    value, lower, upper = (pd.Series(numbers) for numbers in ([0.0, 1.0], [np.nan, -np.inf], [np.nan, 3.0]))
    low, high = bounds(value, lower, upper, -9.0)
    assert low.tolist() == [0.0, -9.0]
    assert high.tolist() == [0.0, 3.0]
    assert np.isnan(lowest_end(np.array([np.nan, np.inf])))
