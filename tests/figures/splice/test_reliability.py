"""Predicted beside observed shares."""

import pandas as pd

from splice_figures import drawn


def test_each_bin_is_a_point_at_its_confidence_and_its_share(files):
    found = drawn("splice_reliability", files)
    table = pd.read_csv(files["reliability"], sep="\t")
    assert found.figure.axes[0].get_xlabel() == "predicted probability"
    for axis, channel in zip(found.figure.axes, ("acceptor", "donor"), strict=True):
        rows = table[(table.role == "held_out") & (table.channel == channel) & table.confidence.notna()]
        assert len(rows) > 2
        shown = {(round(x, 4), round(y, 4)) for line in axis.lines for x, y in line.get_xydata()}
        places = {(round(row.confidence, 4), round(row.accuracy, 4)) for row in rows.itertuples()}
        assert places <= shown
