"""Means of values that depend on each other within clusters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


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
