"""Observed against predicted in bins, before and after the transformation."""

import numpy as np

from cisgrammar.figures.profile.transformation_fit import paint
from profile_figures import bins_table, drawn_from


def test_each_head_and_output_has_a_panel_with_its_bins(run):
    drawn = drawn_from("transformation_fit", run)
    names = [axis.get_title(loc="left") for axis in drawn.figure.axes]
    assert [name.split(",")[0] for name in names] == ["a: profile", "a: counts", "b: profile", "b: counts"]
    assert all("n = 500 " in name and name.endswith("in 10 bins") for name in names)


def test_what_was_fitted_lies_on_the_line(run):
    table = bins_table()
    (axis, *_) = drawn_from("transformation_fit", run).figure.axes
    points = np.concatenate([line.get_xydata() for line in axis.lines])
    after = table[(table["head"] == "a") & (table["output"] == "profile")]
    for x, y in zip(after["after"], after["observed"], strict=True):
        assert np.isclose(points, (x, y), rtol=1e-4).all(axis=1).any()


def test_counts_that_hardly_differ_are_a_range_beside_the_observed(run):
    """A bias model predicts nearly one number: two vertical lines of points showed nothing."""
    table = drawn_from("transformation_fit", run).table
    table = table[table["head"] == "a"].copy()
    counts = table["output"] == "counts"
    table.loc[counts, "before"] = 4.9 + 0.01 * np.arange(counts.sum())
    table.loc[counts, "after"] = table.loc[counts, "before"] + 1
    table.loc[counts, "observed"] = np.linspace(5.0, 7.0, counts.sum())
    profile, ranges = paint(table).axes
    assert [label.get_text() for label in ranges.get_yticklabels()] == ["observed", "bias model", "transformed"]
    means = [line.get_xydata()[0] for line in ranges.lines if line.get_marker() == "o"]
    np.testing.assert_allclose([x for x, _ in means], [6.0, 4.945, 5.945], atol=1e-9)
    assert profile.get_ylabel().startswith("observed share")
