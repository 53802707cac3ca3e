"""Predicted beside observed counts."""

import pandas as pd

from profile_figures import drawn_from, one_window, titles


def test_panels_name_their_number_of_windows(run):
    table = pd.read_csv(run["per_region"], sep="\t")
    peaks = table[(table.kind == "peak") & (table.model == "combined")]
    assert f"n = {len(peaks)}" in titles(drawn_from("counts_scatter", run))


def test_a_single_window_is_one_point(run, tmp_path):
    drawn = drawn_from("counts_scatter", one_window(run, tmp_path))
    assert "n = 1" in titles(drawn)
