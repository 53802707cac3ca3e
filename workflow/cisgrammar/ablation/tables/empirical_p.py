"""Empirical p-values from controls, and q-values over many tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.ablation.sites.controls import FEW, width_class


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


def p_by_width(
    values: NDArray[np.float64],
    widths: NDArray[np.integer],
    controls: NDArray[np.float64],
    control_widths: NDArray[np.integer],
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Empirical p-values against the controls of the same class of widths.

    A class with fewer than 19 controls, which could not give 0.05, takes the controls of all classes.

    Returns
    -------
    p, number
        `(sites,)` p-values, and how many controls each comes from.
    """
    mine, theirs = width_class(widths), width_class(control_widths)
    p, number = np.full(len(values), np.nan), np.zeros(len(values), dtype=np.int64)
    for least in np.unique(mine):
        known = controls[(theirs == least) & ~np.isnan(controls)]
        known = known if len(known) >= FEW else controls[~np.isnan(controls)]
        p[mine == least] = empirical_p(values[mine == least], known)
        number[mine == least] = len(known)
    return p, number


def benjamini_hochberg(p: ArrayLike) -> NDArray[np.float64]:
    """Least false discovery rate at which each test is a discovery, `(tests,)`; nan where p is nan.

    Benjamini and Hochberg 1995: `min over j >= rank of p_(j) * tests / j`.
    """
    values = np.asarray(p, dtype=np.float64)
    q = np.full(values.shape, np.nan)
    known = np.flatnonzero(~np.isnan(values))
    order = known[np.argsort(values[known], kind="stable")]
    scaled = values[order] * len(order) / np.arange(1, len(order) + 1)
    q[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return q
