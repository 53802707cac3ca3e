"""Means of values that depend on each other within clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student


def clustered_mean(values: NDArray[np.float64], clusters: NDArray) -> tuple[float, float, int]:
    """Mean of values, its standard error robust to dependence within clusters, and the number of clusters.

    Liang and Zeger's sandwich for a mean: sqrt(G / (G - 1) * sum over clusters of (sum of residuals)^2) / n. nan
    values are left out; the error is nan with fewer than two clusters.

    Parameters
    ----------
    values
        `(n,)`.
    clusters
        `(n,)`: any value that says which belong together, such as the region of a site.
    """
    known = ~np.isnan(values)
    values, clusters = values[known], np.asarray(clusters)[known]
    if not len(values):
        return np.nan, np.nan, 0
    mean = float(values.mean())
    _, group = np.unique(clusters, return_inverse=True)
    sums = np.bincount(group, weights=values - mean)
    many = len(sums)
    error = np.sqrt(many / (many - 1) * (sums**2).sum()) / len(values) if many > 1 else np.nan
    return mean, float(error), many


def mean_interval(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
    """Mean over independent units, its standard error, and the bounds of its 95 % interval by Student's t.

    Parameters
    ----------
    values
        `(units, ...)`, such as background sequences; with a single one error and bounds are nan.

    Returns
    -------
    mean, error, low, high
        Each of the shape of a unit.
    """
    many = len(values)
    mean = values.mean(axis=0)
    error = values.std(axis=0, ddof=1) / np.sqrt(many) if many > 1 else np.full_like(mean, np.nan)
    half = student.ppf(0.975, max(many - 1, 1)) * error
    return mean, error, mean - half, mean + half


def clustered_interval(values: NDArray[np.float64], clusters: NDArray) -> tuple[float, float, float]:
    """Mean of values and its 95 % interval: `clustered_mean`, and Student's t with clusters - 1 degrees of freedom."""
    mean, error, many = clustered_mean(values, clusters)
    half = student.ppf(0.975, many - 1) * error if many > 1 else np.nan
    return mean, mean - half, mean + half
