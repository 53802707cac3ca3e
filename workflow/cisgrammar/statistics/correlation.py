"""Pearson's and Spearman's correlation, with one rule for what is missing.

A correlation is nan with fewer than three pairs of finite numbers (two always lie on a line), or if one side is
constant. A pair that is not finite is left out; rows of a table are complete, so that one that is not gives nan.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.statistics.distributions import ranks
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.statistics.shapes import check_same_shape

FEWEST = 3


def _pairs(a: ArrayLike, b: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The finite pairs; None if nothing can be said of them."""
    x, y = np.asarray(a, dtype=np.float64).ravel(), np.asarray(b, dtype=np.float64).ravel()
    check_same_shape(x, y)
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    # The mean of equal numbers may be off by a rounding: only the range tells that they are constant.
    return None if len(x) < FEWEST or np.ptp(x) == 0 or np.ptp(y) == 0 else (x, y)


def pearson(a: ArrayLike, b: ArrayLike) -> float:
    """Pearson's correlation of two lists of numbers, of any shape but of one size."""
    pairs = _pairs(a, b)
    return float("nan") if pairs is None else float(np.corrcoef(*pairs)[0, 1])


def pearson_interval(a: ArrayLike, b: ArrayLike) -> tuple[float, float]:
    """Ends of the 95 % interval of Pearson's correlation of independent pairs; nan where there is none.

    On Fisher's scale, with a variance from the pairs themselves (the influence of each on r; Devlin, Gnanadesikan and
    Kettenring 1975), as normal pairs alone have 1 / (n - 3). Neither is below that of normal pairs, which few pairs
    may seem to be by chance.
    """
    pairs = _pairs(a, b)
    if pairs is None or len(pairs[0]) <= FEWEST:
        return float("nan"), float("nan")
    x, y = ((values - values.mean()) / values.std() for values in pairs)
    r, n = float(np.mean(x * y)), len(x)
    if 1 - abs(r) < 1e-12:
        return r, r
    influence = x * y - r * (x**2 + y**2) / 2
    error = math.sqrt(max(float(np.sum(influence**2)) / (n * (n - 3)) / (1 - r**2) ** 2, 1 / (n - 3)))
    low, high = (math.tanh(math.atanh(r) + side * NORMAL_95 * error) for side in (-1, 1))
    return low, high


def said_pearson(a: ArrayLike, b: ArrayLike) -> str:
    """A correlation with its 95 % interval, such as `r = 0.91 (0.89 to 0.92)`; empty if there is none."""
    r, (low, high) = pearson(a, b), pearson_interval(a, b)
    if not np.isfinite(r):
        return ""
    return f"r = {r:.2f} ({low:.2f} to {high:.2f})" if np.isfinite(low) else f"r = {r:.2f}"


def spearman(a: ArrayLike, b: ArrayLike) -> float:
    """Pearson's correlation of the ranks, tied ones at their mean."""
    pairs = _pairs(a, b)
    return float("nan") if pairs is None else pearson(ranks(pairs[0]), ranks(pairs[1]))


def pearson_rows(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """Pearson's correlation of each row of `(rows, columns)` with that of the other, `(rows,)`."""
    check_same_shape(a, b, 2)
    if a.shape[1] < FEWEST:
        return np.full(len(a), np.nan)
    x, y = (row - row.mean(axis=1, keepdims=True) for row in (a.astype(np.float64), b.astype(np.float64)))
    scale = np.sqrt(np.square(x).sum(axis=1) * np.square(y).sum(axis=1))
    varies = (scale > 0) & (np.ptp(a, axis=1) > 0) & (np.ptp(b, axis=1) > 0)
    return np.where(varies, (x * y).sum(axis=1) / np.where(varies, scale, 1), np.nan)


def spearman_rows(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    """Pearson's correlation of the ranks in each row, `(rows,)`."""
    check_same_shape(a, b, 2)
    return pearson_rows(ranks(a), ranks(b))
