"""Spacings of a dimer."""

import numpy as np

import binding_tables as made
from binding_figures import draw
from figure_files import said


def drawn_points(axis):
    """How many estimates have a place on the axis."""
    points = [line for line in axis.lines if line.get_marker() == "o"]
    return sum(np.isfinite(line.get_ydata()).sum() for line in points)


def test_spacings_of_a_model_without_opposite_strands_and_open_intervals(tmp_path):
    table = made.spacing()
    drawn = draw("binding_spacing", tmp_path, spacing=table[table["strands"] == "same"])
    text = said(drawn)
    assert "opposite" not in text
    assert "marginal" not in text
    axis = drawn.figure.axes[1]
    arrows = [line for line in axis.lines if line.get_marker() == "v"]
    assert [len(line.get_xdata()) for line in arrows] == [4]
    filled = [line for line in axis.lines if line.get_label() == "same strand"]
    # Offset 9 is the second of five.
    assert filled[0].get_xdata().tolist() == [1.0]
    assert "marginal: mean of strands" in said(draw("binding_spacing", tmp_path))


def test_banned_offsets_take_one_place(tmp_path):
    drawn = draw("binding_spacing", tmp_path, spacing=made.spacing(offsets=[-9, -8, 8, 9]))
    axis = drawn.figure.axes[1]
    assert axis.get_xticks().tolist() == [0, 1, 3, 4]
    assert [label.get_text() for label in axis.get_xticklabels()] == ["-9", "-8", "8", "9"]


def test_a_spacing_without_value_and_a_single_one(tmp_path):
    table = made.spacing()
    table.loc[0, ["log_omega", "lower", "upper"]] = [-np.inf, -np.inf, np.nan]
    shown = draw("binding_spacing", tmp_path, spacing=table).figure.axes[1]
    whole = draw("binding_spacing", tmp_path).figure.axes[1]
    assert drawn_points(shown) == drawn_points(whole) - 1
    one = draw("binding_spacing", tmp_path, spacing=made.spacing().iloc[:1]).figure
    assert drawn_points(one.axes[1]) == 1
    assert [label.get_text() for label in one.axes[1].get_xticklabels()] == ["8"]


def test_one_kind_of_strands_has_no_strip_of_the_same_numbers(tmp_path):
    table = made.spacing()
    both = draw("binding_spacing", tmp_path, spacing=table).figure
    one = draw("binding_spacing", tmp_path, spacing=table[table["strands"] == "same"]).figure
    assert both.axes[0].axison
    assert not one.axes[0].axison
    assert one.get_size_inches()[1] < both.get_size_inches()[1]
