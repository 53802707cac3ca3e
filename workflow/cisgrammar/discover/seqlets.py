"""Seqlets: places where contributions add up to more than they do in shuffled windows, each sign by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from cisgrammar.statistics.target_decoy import target_decoy_q

WIDTH = 21
"""bp whose contributions are summed up."""
APART = 15
"""bp to either side that a maximum is one of."""
_AT_ONCE = 512
"""Windows."""
_LEAST_SCALE = 0.1
"""Of the median scale of all windows: a window of nearly nothing is not blown up beyond that."""


@dataclass(frozen=True, eq=False)
class Seqlets:
    """Seqlets of one sign, the largest first.

    Attributes
    ----------
    row
        `(seqlets,)` window.
    centre
        `(seqlets,)` bp from the start of the window.
    score
        `(seqlets,)` sum of the contributions, in units of the window's scale; positive for both signs.
    q
        `(seqlets,)` target-decoy q-value.
    """

    row: NDArray[np.int64]
    centre: NDArray[np.int64]
    score: NDArray[np.float64]
    q: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.row)

    def take(self, index: NDArray[np.integer] | NDArray[np.bool_]) -> Seqlets:
        """The seqlets that an index or mask picks."""
        return Seqlets(self.row[index], self.centre[index], self.score[index], self.q[index])


class Maxima(NamedTuple):
    """Largest sums of contributions: window, centre in bp, and sum, `(maxima,)` each."""

    row: NDArray[np.int64]
    centre: NDArray[np.int64]
    score: NDArray[np.float64]

    def take(self, index: NDArray[np.integer] | NDArray[np.bool_]) -> Maxima:
        """The maxima that an index or mask picks."""
        return Maxima(self.row[index], self.centre[index], self.score[index])


def scales(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Scale of each window `(windows, length)`: the median size of its contributions that are not 0, `(windows,)`.

    A motif, which is short beside its window, does not change it. Sums are divided by it, for windows that differ in
    scale more than their shuffles do would else be called for their scale and not for what they hold: up to 115 false
    calls a set where the deviation of the ln scale is 0.5, and 2,663 negative ones in the profile of the demo's peaks.
    """
    return scales_of(np.concatenate([np.zeros(0), *(sizes(values[part]) for part in blocks(len(values)))]))


def sizes(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Median size of the contributions that are not 0 of each window `(windows, length)`, 0 where all are."""
    size = np.abs(values.astype(np.float64))
    known = np.where(size > 0, size, np.nan)
    known[~(size > 0).any(axis=1), 0] = 0.0
    return np.nanmedian(known, axis=1)


def scales_of(size: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scales of windows whose `sizes` are known."""
    some = size > 0
    usual = float(np.median(size[some])) if some.any() else 1.0
    return np.maximum(size, _LEAST_SCALE * usual)


def find_seqlets(
    values: NDArray[np.float32], shuffled: NDArray[np.bool_], scale: NDArray[np.float64], fdr: float
) -> Seqlets:
    """Seqlets where contributions add up to much; give the negative ones for the other sign.

    Parameters
    ----------
    values
        `(windows, length)` contributions of the bases that are there.
    shuffled
        `(windows,)` which are shuffles: their maxima are the null.
    scale
        `(windows,)` of `scales`.
    fdr
        Share of false ones among the seqlets.
    """
    return called(maxima(values, scale), shuffled, fdr)


def called(tops: Maxima, shuffled: NDArray[np.bool_], fdr: float) -> Seqlets:
    """The maxima that are seqlets, the largest first: those in shuffles are the null; arguments as above."""
    null = shuffled[tops.row]
    number = int(shuffled.sum())
    q = target_decoy_q(tops.score[~null], tops.score[null], (len(shuffled) - number) / max(number, 1))
    found = Seqlets(tops.row[~null], tops.centre[~null], tops.score[~null], q)
    order = np.lexsort((found.centre, found.row, -found.score))
    return found.take(order[found.q[order] <= fdr])


def maxima(values: NDArray[np.floating], scale: NDArray[np.float64] | None = None) -> Maxima:
    """Largest positive sums of 21 bp within 15 bp to either side: window, centre and sum, `(maxima,)` each.

    Of equal sums that are near each other the first counts. Windows are looked at some hundreds at a time, which sets
    the memory.

    Parameters
    ----------
    values
        `(windows, length)` contributions of the bases that are there.
    scale
        `(windows,)` of `scales`, which the contributions of each window are divided by.
    """
    parts = blocks(len(values))
    return maxima_of(values[part] if scale is None else values[part] / scale[part, None] for part in parts)


def maxima_of(parts: Iterable[NDArray[np.floating]]) -> Maxima:
    """As `maxima`, of windows that come some hundreds at a time, divided by their scales."""
    found = [Maxima(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    first = 0
    for values in parts:
        tops = _maxima(values)
        found.append(tops._replace(row=tops.row + first))
        first += len(values)
    row, centre, score = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return Maxima(row, centre, score)


def blocks(windows: int) -> list[slice]:
    """Windows that are looked at together."""
    return [slice(first, min(first + _AT_ONCE, windows)) for first in range(0, windows, _AT_ONCE)]


def _maxima(values: NDArray[np.floating]) -> Maxima:
    length = values.shape[1]
    if length < WIDTH:
        return Maxima(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    padded = np.concatenate([np.zeros((len(values), 1)), np.cumsum(values, axis=1, dtype=np.float64)], axis=1)
    sums = padded[:, WIDTH:] - padded[:, :-WIDTH]  # (windows, length - 20)
    tops = (sums == maximum_filter1d(sums, 2 * APART + 1, axis=1, mode="nearest")) & (sums > 0)
    row, first = np.nonzero(tops)
    # Only equal maxima can be that near: of a row of them the first is kept.
    kept = np.ones(len(row), dtype=bool)
    kept[1:] = (np.diff(row) > 0) | (np.diff(first) > APART)
    row, first = row[kept], first[kept]
    return Maxima(row.astype(np.int64), (first + WIDTH // 2).astype(np.int64), sums[row, first])
