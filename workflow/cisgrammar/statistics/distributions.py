"""Tails and quantiles of the common distributions, and ranks: the same numbers as scipy.stats, without loading it.

`scipy.stats` takes 0.5 s to load, in every job that needs one quantile; `scipy.special`, which it calls for these, a
quarter of that. `tests/statistics/test_distributions.py` compares all of them with scipy.stats.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special


def student_quantile(p: ArrayLike, freedom: ArrayLike) -> NDArray[np.float64]:
    """Value below which a share `p` (above 0, below 1) of Student's t lies; `freedom` need not be a whole number."""
    return special.stdtrit(freedom, p)


def student_tail(value: ArrayLike, freedom: ArrayLike) -> NDArray[np.float64]:
    """Chance that Student's t is above a value; exact also where it is small."""
    return special.stdtr(freedom, -np.asarray(value, dtype=np.float64))


def normal_quantile(p: ArrayLike) -> NDArray[np.float64]:
    """Value below which a share `p` of the standard normal lies."""
    return special.ndtri(p)


def chi_square_tail(value: ArrayLike, freedom: ArrayLike) -> NDArray[np.float64]:
    """Chance that a chi-square is above a value; 1 for values below 0."""
    return special.chdtrc(freedom, np.maximum(value, 0))


def chi_square_above(p: ArrayLike, freedom: ArrayLike) -> NDArray[np.float64]:
    """Value above which a share `p` of a chi-square lies."""
    return special.chdtri(freedom, p)


def noncentral_chi_square_tail(value: ArrayLike, freedom: ArrayLike, distance: ArrayLike) -> NDArray[np.float64]:
    """Chance that a chi-square around `distance` (squared, above 0) is above a value; small ones only to 1e-12."""
    return 1 - special.chndtr(value, freedom, distance)


def hypergeometric_tail(both: int, total: int, marked: int, drawn: int) -> float:
    """Chance of at least `both` marked ones if `drawn` of `total` are drawn, of which `marked` are marked.

    It is the p-value of Fisher's exact test for more in the first cell than by chance, of the table with first cell
    `both`, first row sum `marked` and first column sum `drawn`.
    """
    least, most = max(0, drawn + marked - total), min(marked, drawn)
    if both <= least:
        return 1.0
    count = np.arange(both, most + 1, dtype=np.float64)
    logs = _log_choose(marked, count) + _log_choose(total - marked, drawn - count)
    return float(min(1.0, np.exp(logs - _log_choose(total, drawn)).sum()))


def _log_choose(n: ArrayLike, k: ArrayLike) -> NDArray[np.float64]:
    n, k = np.asarray(n, dtype=np.float64), np.asarray(k, dtype=np.float64)
    return special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)


def ranks(values: ArrayLike) -> NDArray[np.float64]:
    """Ranks from 1 along the last axis, equal values at the mean of theirs; all nan where one of them is nan."""
    given = np.asarray(values)
    order = np.argsort(given, axis=-1, kind="stable")
    ordered = np.take_along_axis(given, order, axis=-1)
    begins = np.ones(given.shape, dtype=bool)
    begins[..., 1:] = ordered[..., 1:] != ordered[..., :-1]
    first = np.flatnonzero(begins)
    size = np.diff(np.append(first, given.size))
    place = first % max(given.shape[-1], 1) + (size + 1) / 2
    ranked = np.empty(given.shape)
    np.put_along_axis(ranked, order, np.repeat(place, size).reshape(given.shape), axis=-1)
    if given.dtype.kind == "f":
        ranked[np.isnan(given).any(axis=-1)] = np.nan
    return ranked
