"""Metrics of windows beside the baselines."""

import pandas as pd
import pytest

from profile_figures import drawn_from, one_window


def test_quantiles_are_those_of_the_windows(run):
    metrics = drawn_from("metric_distributions", run).table.set_index(["kind", "metric", "model"])
    table = pd.read_csv(run["per_region"], sep="\t")
    expected = table[(table.kind == "peak") & (table.model == "combined")].jsd
    assert metrics.q50["peak", "jsd", "combined"] == pytest.approx(expected.median(), rel=5e-6)
    assert metrics.n["peak", "jsd", "combined"] == len(expected)


def test_a_single_window_is_its_own_quantiles(run, tmp_path):
    metrics = drawn_from("metric_distributions", one_window(run, tmp_path)).table.set_index(["kind", "metric", "model"])
    row = metrics.loc["peak", "jsd", "combined"]
    assert row.n == 1
    assert row.q5 == row.q50 == row.q95
