"""Outliers of a scan over places, against scans in which no place is meant: each scan is measured by its own spread.

What stands out is left out of the spread, together with the places that only resemble it.
"""

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
CUT = 5.0
"""Spreads from the centre beyond which a place is left out of the spread and the centre of its neighbours. Simulated
scans, two planted places of 8 and 5.6 standard deviations and half of that at places that resemble them: 59 % of these
have q < 0.05 if nothing is left out, 7 % with 5, and places that resemble none p < 0.05 in 1.7 %, now 4.4 %. With 4 as
many; with 6 15 % of images; with 3 a scan without effect has p < 0.05 at 7.5 % of its places."""
LESS = 0.95
"""Most that an image stands out by, as a part of what it resembles does: of two that do about as much neither is the
other's image. In the simulation below power is as with 1, and with 0.9 it is less by 0.1."""
_MOST_APART = 0.5
"""Share of the places of a scan that are left out, at most: more is no outlier (judgement)."""
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
    image
        Flat index of the place that a place resembles and that stands out by more, the same way; -1 for none.
    scans
        Number of null scans.
    """

    p: Values
    centre: Values
    low: Values
    high: Values
    own: NDArray[np.bool_]
    image: NDArray[np.int64]
    scans: int


def scan_test(values: Values, kinds: Sequence[Values], alike: NDArray[np.bool_] | None = None) -> ScanTest:
    """Test each place of a scan for standing out from its neighbourhood, and from null scans at the same place.

    t = |x - median| / spread, both of the scan's own neighbourhood (`REACH` steps on all sides; the spread is 1.4826
    times the median absolute deviation), the spread at least `FLOOR` times the standard deviation of null scans at the
    place, of the kind that varies most. So a scan is measured by itself, and what makes all of it vary, such as two
    strong motifs in a network, is no effect of a place (an empirical null: Efron 2004, J Am Stat Assoc 99:96).

    Places beyond `CUT` spreads are set apart (`set_apart`): they, and those that resemble them, are no part of any
    centre or spread, which they would widen for each other. A place that resembles a greater one is its image; whoever
    counts discoveries leaves images out.

    Null scans are treated alike in all of this, each against the others, without the places that the scan has set
    apart, so that their spreads are of as few values. They give the law of t of places that are no images: p = (1 +
    pooled t at least as large) / (1 + pooled t) (Davison and Hinkley 1997, section 4.2.5). The smallest q of a scan is
    1 over the number of null scans.

    Parameters
    ----------
    values
        `(sides, steps)`; neighbours along the second axis are alike.
    kinds
        For each kind of null `(scans, sides, steps)`; as many scans of each kind.
    alike
        `(sides * steps, sides * steps)`: whether two places resemble each other; none do if not given.
    """
    scans, places = [len(kind) for kind in kinds], values.size
    alike = np.zeros((places, places), dtype=bool) if alike is None else alike
    if not scans or min(scans) < FEWEST_SCANS or len(set(scans)) > 1:
        p, centre, low, high = np.full((4, *values.shape), np.nan)
        none = np.zeros(values.shape, dtype=bool)
        return ScanTest(p, centre, low, high, none, np.full(values.shape, -1), sum(scans))
    null = np.stack(kinds)  # (kinds, scans, sides, steps)
    floors = np.stack([FLOOR * _widest(np.delete(null, k, axis=1)) for k in range(null.shape[1])])
    # The last null scan is left out, so that observed and null scans are judged by as many others.
    mine = _measured(values[None], floors[-1:], alike, np.zeros((1, *values.shape), dtype=bool))
    tiled = np.tile(floors, (len(kinds), 1, 1))
    of_null = _measured(null.reshape(-1, *values.shape), tiled, alike, np.broadcast_to(mine.apart, tiled.shape))
    pool = np.sort((np.abs(of_null.away) / of_null.scale)[of_null.image < 0])
    away, scale = mine.away[0], mine.scale[0]
    p = (1 + len(pool) - np.searchsorted(pool, np.abs(away) / scale, side="left")) / (1 + len(pool))
    half = np.quantile(pool, LEVEL) * scale
    centre = mine.centre[0]
    return ScanTest(p, centre, centre - half, centre + half, mine.own[0], mine.image[0], sum(scans))


def _widest(null: Values) -> Values:
    """Of null scans `(kinds, scans, sides, steps)` the greatest standard deviation at each place."""
    return null.std(axis=1, ddof=1).max(axis=0)


@dataclass(frozen=True, eq=False)
class _Measured:
    """Scans as they stand out; every array is `(scans, sides, steps)`: distance from the centre, centre, spread,
    whether the spread is the scan's own, whether a place is set apart, and `ScanTest.image`.
    """

    away: Values
    centre: Values
    scale: Values
    own: NDArray[np.bool_]
    apart: NDArray[np.bool_]
    image: NDArray[np.int64]


def _measured(x: Values, floor: Values, alike: NDArray[np.bool_], without: NDArray[np.bool_]) -> _Measured:
    """Measure scans `(scans, sides, steps)` by their neighbourhoods, the spread at least `floor`.

    Places of `without` are in no neighbourhood; all arrays but `alike` are like x.
    """
    apart, image = np.zeros(x.shape, dtype=bool), np.full(x.shape, -1)
    while True:
        centre, own = neighbourhood(np.where(apart | without, np.nan, x), x)
        away = np.where(np.abs(x - centre) < RESOLUTION, 0.0, x - centre)
        scale = np.maximum(np.maximum(own, floor), RESOLUTION)
        moved = set_apart(away, np.abs(away) > CUT * scale, alike, apart, image)
        if not moved:
            return _Measured(away, np.broadcast_to(centre, x.shape), scale, own > floor, apart, image)


def set_apart(
    away: Values,
    outside: NDArray[np.bool_],
    alike: NDArray[np.bool_],
    apart: NDArray[np.bool_],
    image: NDArray[np.int64],
) -> bool:
    """Set apart the greatest place of each scan that is outside, with its images; whether there was one.

    A place that is outside and is the image of a greater one, the same way from the centre, lends its turn to the
    greatest of these, and so on: near the origin of a scan places vary more, so that what is imaged may not be outside
    yet.
    Images are the places that resemble the chosen one, the same way and by less (`LESS`). `apart` and `image` change.

    Parameters
    ----------
    away, outside, apart, image
        `(scans, sides, steps)`: distance from the centre; beyond the cut; already set apart; image of which place.
    alike
        `(places, places)`.
    """
    moved = False
    for scan in range(len(away)):
        left, x = ~apart[scan].reshape(-1), away[scan].reshape(-1)
        standing = np.flatnonzero(outside[scan].reshape(-1) & left)
        if not len(standing) or (~left).sum() >= _MOST_APART * x.size:
            continue
        size = np.abs(x)
        chosen = int(standing[size[standing].argmax()])
        same = left & (np.sign(x) == np.sign(x[chosen]))
        while len(greater := np.flatnonzero(alike[chosen] & same & (LESS * size >= size[chosen]))):
            chosen = int(greater[size[greater].argmax()])
        mine = alike[chosen] & same & (size <= LESS * size[chosen])
        mine[chosen] = False
        image[scan].reshape(-1)[mine] = chosen
        mine[chosen] = True
        apart[scan].reshape(-1)[mine] = True
        moved = True
    return moved


def neighbourhood(x: Values, whole: Values | None = None) -> tuple[Values, Values]:
    """Median and robust standard deviation of the places around each step of scans, on all sides.

    Parameters
    ----------
    x
        `(..., sides, steps)`; nan: left out.
    whole
        The same without anything left out, for neighbourhoods of which fewer than `FEWEST_PLACES` values are left.

    Returns
    -------
    centre, spread
        `(..., 1, steps)`; the spread is 0 where a neighbourhood has fewer than `FEWEST_PLACES` values.
    """
    around = _around(x)
    few = np.isfinite(around).sum(axis=-1, keepdims=True) < FEWEST_PLACES
    around = around if whole is None else np.where(few, _around(whole), around)
    centre = _median(around)  # (..., steps, 1)
    spread = _NORMAL * _median(np.abs(around - centre))
    spread = np.where(np.isfinite(around).sum(axis=-1, keepdims=True) < FEWEST_PLACES, 0.0, spread)
    return np.swapaxes(centre, -1, -2), np.swapaxes(spread, -1, -2)


def _around(x: Values) -> Values:
    """Values within `REACH` steps of each step, `(..., steps, values)`; nan beyond the ends."""
    padded = np.pad(x, [(0, 0)] * (x.ndim - 1) + [(REACH, REACH)], constant_values=np.nan)
    windows = np.moveaxis(np.lib.stride_tricks.sliding_window_view(padded, 2 * REACH + 1, axis=-1), -3, -2)
    return windows.reshape(*windows.shape[:-2], -1)


def _median(x: Values) -> Values:
    """Median over the last axis without nan, kept as an axis of 1; nan where there is nothing."""
    many = np.isfinite(x).sum(axis=-1, keepdims=True)
    ordered = np.sort(x, axis=-1)
    middle = [np.take_along_axis(ordered, np.maximum(k, 0), axis=-1) for k in ((many - 1) // 2, many // 2)]
    return (middle[0] + np.where(many > 0, middle[1], np.nan)) / 2
