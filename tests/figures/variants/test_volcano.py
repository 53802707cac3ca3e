"""Variants by effect and p-value."""

import numpy as np
import pandas as pd

from cisgrammar.figures.variants import volcano
from variant_figures import drawn, files


def test_a_panel_for_each_null_counts_what_is_called(tmp_path):
    found = drawn("variants_volcano", files(tmp_path))
    titles = [axis.get_title() for axis in found.figure.axes]
    assert [title.split(":")[0] for title in titles] == ["demo, substitutions", "demo, shuffled"]
    part = found.table[found.table["null"] == "shuffled"]
    assert f"{(part.q < 0.05).sum()} of 60" in titles[1]
    grey, down, up = found.figure.axes[1].lines[:3]
    assert (down.get_xdata() < 0).all()
    assert (up.get_xdata() >= 0).all()
    assert len(grey.get_xdata()) + len(down.get_xdata()) + len(up.get_xdata()) == 60


def test_a_null_of_too_few_draws_is_told_and_not_read_as_no_effect():
    p = np.repeat([0.05, 0.5], [20, 40])
    rows = {"source": "demo", "null": "substitutions", "logfc": np.linspace(-1, 1, 60), "p": p, "q": 0.15}
    (axis,) = volcano.paint(pd.DataFrame(rows)).axes
    assert axis.get_title() == (
        "demo, substitutions: smallest p 0.05 (20 of 60):\ntoo few draws of the null for any q < 0.05"
    )
    rows["p"] = np.linspace(0.0001, 1, 60)
    (axis,) = volcano.paint(pd.DataFrame(rows)).axes
    assert axis.get_title() == "demo, substitutions: 0 of 60 with q < 0.05"


def test_of_many_variants_the_largest_effects_are_shown_and_no_more_are_held(tmp_path, monkeypatch):
    path = files(tmp_path)["scores"]
    whole = volcano.tabulate({"scores": path})
    monkeypatch.setattr(volcano, "_MOST", 7)
    held = []
    largest = volcano._largest
    monkeypatch.setattr(volcano, "_largest", lambda part: held.append(len(part)) or largest(part))
    few = volcano.tabulate({"scores": path})
    assert max(held) <= 2 * 7 * 3
    for null, part in few.groupby("null"):
        every = whole[whole["null"] == null]
        wanted = every.loc[every["logfc"].abs().nlargest(7).index]
        pd.testing.assert_frame_equal(part.reset_index(drop=True), wanted.reset_index(drop=True))
    assert np.isfinite(few["logfc"]).all()
