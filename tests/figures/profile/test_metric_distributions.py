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


def test_a_run_without_bias_says_so(run, tmp_path):
    table = pd.read_csv(run["per_region"], sep="\t")
    table[~table.model.isin(["bias", "transformation", "residual"])].to_csv(
        tmp_path / "per_region.tsv", sep="\t", index=False
    )
    for name, files in (("metric_distributions", {}), ("counts_scatter", {})):
        figure = drawn_from(name, {**files, "per_region": str(tmp_path / "per_region.tsv")}).figure
        texts = [label.get_text() for axis in figure.axes for label in axis.get_yticklabels()]
        assert any("no bias stage" in text for text in [*texts, *(axis.get_title() for axis in figure.axes)])
