"""Precision and recall of held-out genes."""

import pandas as pd
import pytest

from splice_figures import drawn


def test_the_curve_shows_held_out_genes_with_their_number_of_sites(files):
    found = drawn("splice_pr_curves", files)
    accuracy = pd.read_csv(files["accuracy"], sep="\t")
    held = accuracy[(accuracy.role == "held_out") & (accuracy.model == "model")].set_index(["channel", "metric"]).value
    assert set(found.table.role) == {"held_out"}
    for axis, channel in zip(found.figure.axes, ("acceptor", "donor"), strict=True):
        assert axis.get_title() == f"{channel}: n = {held[channel, 'sites']:.0f} sites"
        dot = next(line for line in axis.lines if line.get_marker() == "o")
        assert dot.get_xdata()[0] == dot.get_ydata()[0] == pytest.approx(held[channel, "top_k_1"])
