"""Observed against predicted in bins, before and after the transformation."""

import numpy as np

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
