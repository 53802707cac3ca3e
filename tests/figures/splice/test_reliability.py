"""Predicted beside observed shares."""

import numpy as np
import pandas as pd
import pytest

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


def test_bins_have_intervals_and_one_series_where_no_temperature_is_used(files, tmp_path):
    two = drawn("splice_reliability", files)
    assert len(two.figure.legends[0].texts) == 2
    table = pd.read_csv(files["reliability"], sep="\t")
    several = table[table.lower.notna()]
    assert len(several) > 4
    assert (several.lower <= several.accuracy).all()
    assert (several.upper >= several.accuracy).all()
    before = table[table.stage == "before"]
    pd.concat([before, before.assign(stage="after")]).to_csv(tmp_path / "one.tsv", sep="\t", index=False)
    one = drawn("splice_reliability", {**files, "reliability": str(tmp_path / "one.tsv")})
    (text,) = one.figure.legends[0].texts
    assert text.get_text().startswith("temperature 1")
    assert "before" not in one.figure.axes[0].get_title()
    ends = one.figure.axes[0].collections[0].get_segments()
    rows = before[(before.role == "held_out") & (before.channel == "acceptor")].sort_values("confidence")
    shown = [segment[1, 1] for segment in ends if len(segment) == 2 and np.isfinite(segment).all()]
    assert shown == pytest.approx(rows.upper.dropna().tolist(), abs=1e-4)
