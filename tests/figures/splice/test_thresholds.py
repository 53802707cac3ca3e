"""Thresholds, and what is reached with them."""

import numpy as np
import pandas as pd

from splice_figures import drawn


def test_thresholds_stand_at_their_values_and_metrics_at_theirs(files):
    found = drawn("splice_thresholds", files)
    thresholds = pd.read_csv(files["thresholds"], sep="\t").set_index("channel").threshold
    accuracy = pd.read_csv(files["accuracy"], sep="\t")
    points = [line.get_xydata()[0] for line in found.figure.axes[0].lines if line.get_marker() == "o"]
    shown = {round(float(value), 4) for point in points for value in point}
    assert {round(float(value), 4) for value in thresholds} <= shown
    held = accuracy[(accuracy.role == "held_out") & (accuracy.metric == "pr_auc")].value
    heights = [line.get_ydata()[0] for line in found.figure.axes[1].lines if line.get_marker() == "o"]
    for value in held:
        assert np.isclose(heights, value, atol=1e-4).any()
