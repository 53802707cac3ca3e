"""Bases that belong to sites: with a margin, on their own chromosome, the same as base by base."""

import numpy as np
import pandas as pd

from cisgrammar.ablation.sites.blocked import blocked
from cisgrammar.ablation.sites.scan_windows import Windows, inside


def toy():
    rng = np.random.default_rng(2)
    chrom = np.array(["b"] * 3 + ["a"] * 3)
    start = np.array([100, 130, 400, 0, 100, 160])
    windows = Windows(np.arange(6), chrom, start, np.zeros((6, 50), dtype=np.uint8))
    first = rng.integers(0, 460, 60)
    last = first + rng.integers(1, 70, 60)
    sites = pd.DataFrame({"chrom": rng.choice(["a", "b", "c"], 60), "start": first, "end": last})
    return windows, sites


def test_blocked_bases_are_those_within_the_margin_of_a_site():
    windows, sites = toy()
    for margin in (0, 5):
        found = blocked(windows, sites, margin)
        for row in range(6):
            at = windows.start[row] + np.arange(50)
            mine = sites[sites["chrom"] == windows.chrom[row]]
            low, high = (mine[name].to_numpy()[:, None] for name in ("start", "end"))
            np.testing.assert_array_equal(found[row], ((at >= low - margin) & (at < high + margin)).any(axis=0))
    assert not blocked(windows, sites.iloc[:0])[0].any()


def test_inside_is_wholly_in_a_window_of_the_chromosome():
    windows, sites = toy()
    places = list(zip(windows.chrom.tolist(), windows.start.tolist(), strict=True))
    wanted = [
        any(chrom == site.chrom and start <= site.start and site.end <= start + 50 for chrom, start in places)
        for site in sites.itertuples()
    ]
    assert inside(sites, windows).tolist() == wanted
    assert any(wanted)
    assert not all(wanted)
