"""p-values of effects, from controls or from sign flips, and q-values over many tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEWEST_CONTROLS = 19
"""With fewer controls, no p-value could be as small as 0.05."""
_CHUNK = 256


def empirical_p(values: ArrayLike, controls: ArrayLike) -> NDArray[np.float64]:
    """Chance that a control is at least as large: `(1 + controls >= value) / (1 + controls)`, in the values' shape.

    A p-value is never 0: with N controls it is at least 1 / (N + 1). Values and controls that are nan do not count; a
    nan value, or one without any control, has the p-value nan. (Davison and Hinkley 1997, section 4.2.)
    """
    value, known = np.asarray(values, dtype=np.float64), np.asarray(controls, dtype=np.float64)
    known = np.sort(known[~np.isnan(known)])
    if not len(known):
        return np.full(value.shape, np.nan)
    above = len(known) - np.searchsorted(known, value, side="left")
    return np.where(np.isnan(value), np.nan, (1 + above) / (1 + len(known)))


def sign_flip_p(sums: NDArray[np.float64], flips: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Chance of a total as far from 0, if the sum of each group is as likely to be of either sign.

    `(1 + flips at least as far) / (1 + flips)` (Davison and Hinkley 1997, section 4.3). Totals that lie nearer to 0
    by rounding alone count as being as far: a part in 10^12 is allowed for.

    Parameters
    ----------
    sums
        `(groups, quantities)`: sum of the effects of each independent group, such as a gene.
    flips
        How many times signs are drawn.
    rng
        Source of the signs.

    Returns
    -------
    NDArray
        `(quantities,)`.
    """
    groups, quantities = sums.shape
    bar = np.abs(sums.sum(axis=0)) - 1e-12 * np.abs(sums).sum(axis=0)
    above = np.zeros(quantities, dtype=np.int64)
    for start in range(0, flips, _CHUNK):
        size = min(_CHUNK, flips - start)
        signs = 2.0 * rng.integers(2, size=(size, groups)) - 1  # (size, groups)
        above += (np.abs(signs @ sums) >= bar).sum(axis=0)
    return (1 + above) / (1 + flips)


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Least false discovery rate at which each test is a discovery: q-values, `(tests,)`.

    Benjamini and Hochberg 1995, of the tests that were made: one that was not has p nan, counts for nothing and has q
    nan.

    Raises
    ------
    ValueError
        If a p-value is not within [0, 1].
    """
    values = np.asarray(p, dtype=np.float64)
    if (wrong := values[(values < 0) | (values > 1)]).size:
        raise ValueError(f"p-values must be in [0, 1], got {wrong[0]:g}")
    q = np.full(values.shape, np.nan)
    made = ~np.isnan(values)
    tested = values[made]
    order = np.argsort(tested)[::-1]  # largest first
    many = len(tested)
    rates = np.minimum.accumulate(tested[order] * (many / np.arange(many, 0, -1)))
    found = np.empty(many)
    found[order] = np.clip(rates, 0, 1)
    q[made] = found
    return q


def benjamini_hochberg_of_counts(p: ArrayLike, counts: ArrayLike) -> NDArray[np.float64]:
    """q-values of tests of which only the different p-values and how often each occurs are held, `(values,)`.

    The same as `benjamini_hochberg` of all tests: equal p-values have one q-value.

    Parameters
    ----------
    p
        `(values,)`, each once, none nan.
    counts
        `(values,)` tests with that p-value, 1 or more.
    """
    values, number = np.asarray(p, dtype=np.float64), np.asarray(counts, dtype=np.int64)
    order = np.argsort(values)
    rates = values[order] * (number.sum() / np.cumsum(number[order]))
    q = np.empty(len(values))
    q[order] = np.clip(np.minimum.accumulate(rates[::-1])[::-1], 0, 1)
    return q
