"""Control windows: stretches like the sites in width and GC content, in the same sequences, that are no site."""

from __future__ import annotations

import logging

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.sites.scan_windows import Windows
from cisgrammar.sequence.alphabet import N_CODE

_LOG = logging.getLogger(__name__)
# Widths from one of these to the next share their controls.
WIDTH_CLASSES = (1, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 65, 80, 100)
MARGIN = 5
_GC_TOLERANCE = 1


def width_class(widths: NDArray[np.integer]) -> NDArray[np.int64]:
    """Least width of the class of each width, bp."""
    edges = np.array(WIDTH_CLASSES)
    return edges[np.searchsorted(edges, np.maximum(widths, 1), side="right") - 1]


def blocked(windows: Windows, sites: pd.DataFrame, margin: int = MARGIN) -> NDArray[np.bool_]:
    """Tell which bases of each window belong to a site or lie within `margin` bp of one; `(windows, length)`."""
    taken = np.zeros(windows.codes.shape, dtype=bool)
    chroms = sites["chrom"].to_numpy()
    starts, ends = (sites[key].to_numpy(np.int64) + by for key, by in (("start", -margin), ("end", margin)))
    for row, (chrom, first) in enumerate(zip(windows.chrom, windows.start, strict=True)):
        for at in np.flatnonzero((chroms == chrom) & (ends > first) & (starts < first + windows.length)):
            taken[row, max(0, starts[at] - first) : max(0, ends[at] - first)] = True
    return taken


def draw_controls(
    windows: Windows, sites: pd.DataFrame, taken: NDArray[np.bool_], number: int, seed: int
) -> pd.DataFrame:
    """Draw control windows for each class of widths.

    A control is matched to a site: the same window, the same width, and as many G and C (at most 1 more or less);
    of the places that fit, one is drawn. Sites take turns, in a drawn order, until there are enough.

    Parameters
    ----------
    windows
        Where sites and controls lie.
    sites
        Columns site, region, start, end.
    taken
        `(windows, length)` bases that no control may cover, see `blocked`.
    number
        Controls of each class; fewer, with a warning, if there are no more places.
    seed
        Of all draws.

    Returns
    -------
    DataFrame
        region, start, end, matched_to (`site_<number>`); no place is drawn twice.
    """
    classes = width_class((sites["end"] - sites["start"]).to_numpy())
    rows: list[tuple[int, int, int, str]] = []
    for least in np.unique(classes):
        part = sites[classes == least]
        found = _draw_class(windows, part, taken, number, np.random.default_rng([seed, int(least)]))
        if len(found) < number:
            _LOG.warning("%d control windows of %d bp and wider; wanted %d", len(found), least, number)
        rows += found
    return pd.DataFrame(rows, columns=["region", "start", "end", "matched_to"])


def _draw_class(
    windows: Windows, sites: pd.DataFrame, taken: NDArray[np.bool_], number: int, rng: np.random.Generator
) -> list[tuple[int, int, int, str]]:
    row_of = {region: row for row, region in enumerate(windows.region.tolist())}
    records = sites[["site", "region", "start", "end"]].to_numpy()
    records = records[rng.permutation(len(records))].tolist()
    used: set[tuple[int, int, int]] = set()
    found: list[tuple[int, int, int, str]] = []
    while records and len(found) < number:
        left = []
        for site, region, start, end in records:
            if len(found) == number:
                break
            row, width = row_of[region], end - start
            free = candidates(windows.codes[row], taken[row], start - windows.start[row], width).tolist()
            places = [p for p in free if (row, p, width) not in used]
            if not places:
                continue
            place = int(rng.choice(places))
            used.add((row, place, width))
            first = int(windows.start[row]) + place
            found.append((region, first, first + width, f"site_{site}"))
            left.append([site, region, start, end])
        records = left
    return found


def candidates(codes: NDArray[np.uint8], taken: NDArray[np.bool_], start: int, width: int) -> NDArray[np.int64]:
    """Where in a window `(length,)` a control for the site at `start` may begin, 0-based."""
    strong = np.isin(codes, (1, 2))
    bad = taken | (codes >= N_CODE)
    strong_before, bad_before = (np.concatenate([[0], np.cumsum(values)]) for values in (strong, bad))
    gc = strong_before[width:] - strong_before[:-width]  # (length - width + 1,)
    free = bad_before[width:] == bad_before[:-width]
    wanted = strong[start : start + width].sum()
    return np.flatnonzero(free & (np.abs(gc - wanted) <= _GC_TOLERANCE))
