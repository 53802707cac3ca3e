"""Effects against a few draws of the null of each, studentised: nulls of different scale share their tails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST = 4
"""Draws of a null that say something of its spread; with fewer a test is not made (judgement)."""
RESOLUTION = 1e-6
"""What float32 tells apart in ln counts near 10: a smaller difference is none, and no spread is below it."""
LEVEL = 0.95
MARGIN = 1.2
"""How much wider than the first kind of null another one must be to take its place. Simulation: by chance alone that is
so seldom that p stays uniform; a null that is wider by less would at most give 0.10 for 0.05 (normal law)."""

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LocalTest:
    """Tests of values against their own nulls; every array is `(tests,)`.

    Attributes
    ----------
    p
        Two-sided p-values; nan where no test was made.
    mean, low, high
        Mean of the null draws, and the bounds within which 95 % of null values lie: a value on a bound has p near 0.05.
    draws
        Null draws.
    """

    p: Values
    mean: Values
    low: Values
    high: Values
    draws: NDArray[np.int64]


def studentised_test(values: Values, nulls: Values) -> LocalTest:
    """Test values against null draws, of which each test has its own few.

    Each null value of a test is compared with the m - 1 others, the observed one with the first m - 1:
    t = (x - mean) / (sd sqrt(1 + 1 / (m - 1))). Under the null both have one law, whatever the location and scale of
    a test, so the t of all null values are pooled over tests: nulls must agree in shape, not in scale. The observed
    value is in no null t, which tests with an effect would otherwise narrow for those without.
    p = (1 + null |t| at least as large) / (1 + null t) (Davison and Hinkley 1997, section 4.2.5).

    Parameters
    ----------
    values
        `(tests,)`.
    nulls
        `(tests, m)`; nan: not drawn. A test with fewer than `FEWEST` draws is not made, and lends none to the others.
    """
    drawn = np.isfinite(nulls)
    made = np.isfinite(values) & (drawn.sum(axis=1) >= FEWEST)
    p, mean, low, high = np.full((4, len(values)), np.nan)
    if made.any():
        null = nulls[made]
        pool = np.sort(np.abs(_against_the_others(null)[drawn[made]]))
        t = _against_the_others(_last_replaced(null, values[made]))
        observed = np.abs(t[np.arange(len(t)), _last_known(null)])
        p[made] = (1 + len(pool) - np.searchsorted(pool, observed, side="left")) / (1 + len(pool))
        mean[made] = np.nanmean(null, axis=1)
        many = drawn[made].sum(axis=1)
        spread = np.maximum(np.nanstd(null, axis=1, ddof=1), RESOLUTION) * np.sqrt(1 + 1 / many)
        low[made], high[made] = (mean[made] + side * np.quantile(pool, LEVEL) * spread for side in (-1, 1))
    return LocalTest(p, mean, low, high, drawn.sum(axis=1))


def widest_null(kinds: Sequence[Values], groups: NDArray[np.integer]) -> tuple[Values, NDArray[np.int64]]:
    """Of several kinds of null, for each group of tests the one that varies most; the first, unless another is wider.

    An effect has to stand out from whatever may bring it about without being meant. The kind is chosen for a group of
    like tests (by the median over them of the standard deviation), from the nulls alone; another one than the first
    must be wider by `MARGIN`, so that p stays uniform where all have one law (tests/statistics/test_local_null.py).

    Parameters
    ----------
    kinds
        For each kind `(tests, m)`; m may differ, nan: not drawn.
    groups
        `(tests,)` which tests are alike.

    Returns
    -------
    nulls, chosen
        `(tests, m)` null draws, and `(tests,)` the kind that they are of.
    """
    most = max(kind.shape[1] for kind in kinds)
    padded = np.stack([np.pad(k, ((0, 0), (0, most - k.shape[1])), constant_values=np.nan) for k in kinds])
    many = np.isfinite(padded).sum(axis=2)  # (kinds, tests)
    centred = padded - np.nansum(padded, axis=2, keepdims=True) / np.maximum(many, 1)[..., None]
    variance = np.nansum(centred**2, axis=2) / np.maximum(many - 1, 1)
    variance = np.where(many >= FEWEST, variance, -1.0)
    chosen = np.zeros(len(groups), dtype=np.int64)
    for group in np.unique(groups):
        mine = groups == group
        typical = np.median(variance[:, mine], axis=1)
        widest = int(typical.argmax())
        chosen[mine] = widest if typical[widest] > MARGIN**2 * max(typical[0], 0.0) else 0
    return padded[chosen, np.arange(len(groups))], chosen


def _last_known(x: Values) -> NDArray[np.int64]:
    """Column of the last value of each row that is not nan."""
    return x.shape[1] - 1 - np.isfinite(x)[:, ::-1].argmax(axis=1)


def _last_replaced(nulls: Values, values: Values) -> Values:
    """The nulls `(tests, m)` with the observed value in place of the last."""
    changed = nulls.copy()
    changed[np.arange(len(nulls)), _last_known(nulls)] = values
    return changed


def _against_the_others(x: Values) -> Values:
    """Prediction t of each value of a row `(tests, values)` against the others; nan for those that are nan."""
    known = np.isfinite(x)
    centred = np.where(known, x - np.nanmedian(x, axis=1, keepdims=True), 0.0)
    others = known.sum(axis=1, keepdims=True) - 1
    mean = (centred.sum(axis=1, keepdims=True) - centred) / others
    squares = (centred**2).sum(axis=1, keepdims=True) - centred**2
    spread = np.sqrt(np.maximum(squares - others * mean**2, 0) / (others - 1))
    difference = np.where(np.abs(centred - mean) < RESOLUTION, 0.0, centred - mean)
    t = difference / (np.maximum(spread, RESOLUTION) * np.sqrt(1 + 1 / others))
    return np.where(known, t, np.nan)


def groups_of_like(order: NDArray[np.integer], least: int) -> NDArray[np.int64]:
    """Number groups of at least `least` tests that are neighbours in `order`, `(tests,)`; equal ones stay together.

    The tests left over at the end join the last group; with fewer than `least` in all there is one.
    """
    values, index, counts = np.unique(order, return_inverse=True, return_counts=True)
    group, filled, of_value = 0, 0, np.zeros(len(values), dtype=np.int64)
    for i, count in enumerate(counts.tolist()):
        if filled >= least and counts[i:].sum() >= least:
            group, filled = group + 1, 0
        of_value[i] = group
        filled += count
    return of_value[index]
