"""Control places: free, like their site, and never used twice."""

import logging

import numpy as np
import pandas as pd

from cisgrammar.ablation.sites.blocked import blocked
from cisgrammar.ablation.sites.controls import draw_controls, free_places, width_class
from cisgrammar.sequence.alphabet import encode
from toy_sites import windows_from


def test_control_places_are_free_of_n_and_sites_and_have_the_gc():
    codes = encode("ACGTNACGTACGGGTTTTTT")
    taken = np.zeros(20, dtype=bool)
    taken[9:13] = True
    # ACGT has two G or C: GTTT, with one, will do, TTTT will not; it will for GTTT.
    assert free_places(codes, taken, 2, 4).tolist() == [0, 5, 13]
    assert free_places(codes, taken, 1, 4).tolist() == [0, 5, 13, 14, 15, 16]


def test_too_few_places_are_said_and_never_used_twice(caplog):
    windows = windows_from(["ACGTACGTACGTACGT"])
    sites = pd.DataFrame({"site": [3], "region": [0], "start": [100], "end": [104], "chrom": ["c"]})
    with caplog.at_level(logging.WARNING):
        found = draw_controls(windows, sites, blocked(windows, sites, 0), 50, 1)
    assert sorted(found["start"]) == list(range(104, 113))
    assert set(found["matched_to"]) == {"site_3"}
    assert "9 control windows for the sites; wanted 50" in caplog.text


def test_width_classes_hold_neighbouring_widths():
    assert width_class(np.array([4, 6, 7, 8, 12, 13, 30, 500])).tolist() == [1, 6, 6, 8, 10, 13, 25, 100]
