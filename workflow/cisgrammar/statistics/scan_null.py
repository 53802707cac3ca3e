"""Outliers of a scan over places, against scans in which no place is meant: each scan is measured by its own spread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.statistics.local_null import RESOLUTION

REACH = 8
"""Steps to either side that make up the neighbourhood of a place. Of 4 to 20 steps, in simulated scans whose spread
falls off with the distance and with two planted places that blur into their neighbours, fewer than 8 cost power (6: 0.1
to 0.3 less), more than 10 the type I error where the spread falls off fast."""
FEWEST_PLACES = 12
"""Values that a spread of a neighbourhood is taken from; with fewer the null scans alone give it (judgement)."""
FEWEST_SCANS = 4
"""Null scans of a kind that say something of their spread; with fewer no test is made (judgement)."""
FLOOR = 0.5
"""Part of the spread of null scans below which no scan's own spread is taken. Simulation: with 1 a scan that varies
three times as much as null scans has p < 0.05 at 9 to 11 % of places without effect, with 0.5 at 4.5 to 4.7 %."""
LEVEL = 0.95
_NORMAL = 1.4826
"""Standard deviation of a normal law over the median of |x - median|."""

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ScanTest:
    """Tests of the places of a scan; every array is `(sides, steps)`.

    Attributes
    ----------
    p
        Two-sided p-values; nan where no test was made.
    centre, low, high
        Median of the neighbourhood, and the bounds within which 95 % of null values lie.
    own
        Whether the spread is that of the scan's own neighbourhood, not the floor that null scans set.
    scans
        Number of null scans.
    """

    p: Values
    centre: Values
    low: Values
    high: Values
    own: NDArray[np.bool_]
    scans: int


def scan_test(values: Values, kinds: Sequence[Values]) -> ScanTest:
    """Test each place of a scan for standing out from its neighbourhood, and from null scans at the same place.

    t = |x - median| / spread, both of the scan's own neighbourhood (`REACH` steps on all sides; the spread is 1.4826
    times the median absolute deviation, which a few places with an effect hardly move), the spread at least `FLOOR`
    times the standard deviation of null scans at the place, of the kind that varies most. So a scan is measured by
    itself, and what makes all of it vary, such as two strong motifs in a network, is no effect of a place (an empirical
    null: Efron 2004, J Am Stat Assoc 99:96). Null scans are treated alike, each against the others, and give the law
    of t: p = (1 + pooled t at least as large) / (1 + pooled t) (Davison and Hinkley 1997, section 4.2.5). The smallest
    q of a scan is 1 over the number of null scans.

    Parameters
    ----------
    values
        `(sides, steps)`; neighbours along the second axis are alike.
    kinds
        For each kind of null `(scans, sides, steps)`; as many scans of each kind.
    """
    scans = [len(kind) for kind in kinds]
    if not scans or min(scans) < FEWEST_SCANS or len(set(scans)) > 1:
        p, centre, low, high = np.full((4, *values.shape), np.nan)
        return ScanTest(p, centre, low, high, np.zeros(values.shape, dtype=bool), sum(scans))
    null = np.stack(kinds)  # (kinds, scans, sides, steps)
    without = [FLOOR * _widest(np.delete(null, k, axis=1)) for k in range(null.shape[1])]
    of_null = [_measured(null[:, k], floor) for k, floor in enumerate(without)]
    pool = np.sort(np.concatenate([(np.abs(x) / scale).ravel() for x, _, scale, _ in of_null]))
    # The last null scan is left out, so that observed and null scans are judged by as many others.
    away, centre, scale, own = _measured(values, without[-1])
    p = (1 + len(pool) - np.searchsorted(pool, np.abs(away) / scale, side="left")) / (1 + len(pool))
    half = np.quantile(pool, LEVEL) * scale
    return ScanTest(p, centre, centre - half, centre + half, own, sum(scans))


def _widest(null: Values) -> Values:
    """Of null scans `(kinds, scans, sides, steps)` the greatest standard deviation at each place."""
    return null.std(axis=1, ddof=1).max(axis=0)


def _measured(x: Values, floor: Values) -> tuple[Values, Values, Values, NDArray[np.bool_]]:
    """Distance of values `(..., sides, steps)` from their centre, the centre, the spread, whether it is their own."""
    centre, own = neighbourhood(x)
    away = np.where(np.abs(x - centre) < RESOLUTION, 0.0, x - centre)
    return away, np.broadcast_to(centre, x.shape), np.maximum(np.maximum(own, floor), RESOLUTION), own > floor


def neighbourhood(x: Values) -> tuple[Values, Values]:
    """Median and robust standard deviation of the places around each step of scans, on all sides.

    Parameters
    ----------
    x
        `(..., sides, steps)`.

    Returns
    -------
    centre, spread
        `(..., 1, steps)`; the spread is 0 where a neighbourhood has fewer than `FEWEST_PLACES` values.
    """
    steps = x.shape[-1]
    centre = np.zeros((*x.shape[:-2], 1, steps))
    spread = np.zeros_like(centre)
    for step in range(steps):
        near = x[..., max(0, step - REACH) : step + REACH + 1].reshape(*x.shape[:-2], -1)
        middle = np.median(near, axis=-1, keepdims=True)
        centre[..., step] = middle
        if near.shape[-1] >= FEWEST_PLACES:
            spread[..., 0, step] = _NORMAL * np.median(np.abs(near - middle), axis=-1)
    return centre, spread
