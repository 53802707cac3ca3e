"""p-values of effects, from controls or from sign flips, and q-values over many tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import false_discovery_control

FEWEST_CONTROLS = 19
"""With fewer controls, no p-value could be as small as 0.05."""
_CHUNK = 256

Strata = NDArray[np.integer]


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


def _pool(controls: NDArray[np.float64], strata: Strata, stratum: int) -> NDArray[np.float64]:
    """The controls of a stratum that are not nan; those of all strata if it has fewer than 19."""
    known = ~np.isnan(controls)
    pool = controls[(strata == stratum) & known]
    return pool if len(pool) >= FEWEST_CONTROLS else controls[known]


def stratified_p(
    values: NDArray[np.float64], strata: Strata, controls: NDArray[np.float64], control_strata: Strata
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Empirical p-values against the controls of the same stratum.

    A stratum with fewer than 19 controls, which could not give 0.05, takes the controls of all strata.

    Parameters
    ----------
    values, strata
        `(tests,)`: effects, and any whole number that says which controls they are like, such as a class of widths.
    controls, control_strata
        `(controls,)`: the same of the controls.

    Returns
    -------
    p, number
        `(tests,)` p-values, and how many controls each comes from.
    """
    p, number = np.full(len(values), np.nan), np.zeros(len(values), dtype=np.int64)
    for stratum in np.unique(strata):
        pool = _pool(controls, control_strata, stratum)
        p[strata == stratum] = empirical_p(values[strata == stratum], pool)
        number[strata == stratum] = len(pool)
    return p, number


def p_of_mean(
    values: NDArray[np.float64],
    strata: Strata,
    controls: NDArray[np.float64],
    control_strata: Strata,
    rng: np.random.Generator,
    draws: int = 2000,
) -> float:
    """Chance that as many controls have a mean as far from 0 as that of the values.

    `(1 + draws at least as far) / (1 + draws)`; controls are drawn with replacement, for each value from its stratum
    (from all of them where the stratum has fewer than 19). nan values and controls are left out; nan if none are left.

    Parameters
    ----------
    values, strata, controls, control_strata
        As in `stratified_p`.
    rng
        Source of the draws.
    draws
        How many means of controls.
    """
    known = ~np.isnan(values)
    if not known.any() or np.isnan(controls).all():
        return np.nan
    total = np.zeros(draws)
    for stratum, many in zip(*np.unique(strata[known], return_counts=True), strict=True):
        total += rng.choice(_pool(controls, control_strata, stratum), (draws, many)).sum(axis=1)
    observed = abs(values[known].sum())
    return float((1 + (np.abs(total) >= observed).sum()) / (1 + draws))


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

    scipy's `false_discovery_control` (Benjamini and Hochberg 1995), of the tests that were made: one that was not has
    p nan, counts for nothing and has q nan.

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
    q[made] = false_discovery_control(values[made])
    return q
