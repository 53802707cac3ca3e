"""How well predicted profiles and counts fit what was observed, region by region and in summary.

Profiles are `(regions, tasks, length)`; tasks and positions of a region are one distribution. Nothing here
broadcasts: arrays that must match must have the same shape, or ValueError. A region without reads has no
profile, so its profile metrics are nan; summaries leave it out and say how many were left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from cisgrammar.statistics.correlation import pearson_rows, spearman_rows
from cisgrammar.statistics.divergence import jensen_shannon_distance
from cisgrammar.statistics.shapes import check_same_shape

Array = NDArray[np.float64]

_REGIONS_AT_ONCE = 2048


def _flat(counts: NDArray, predicted: NDArray) -> tuple[Array, Array]:
    check_same_shape(counts, predicted, 3)
    size = counts.shape[1] * counts.shape[2]
    y, p = counts.reshape(-1, size), predicted.reshape(-1, size)  # (regions, size)
    return y.astype(np.float64), p.astype(np.float64)


def _without_empty(values: Array, totals: Array) -> Array:
    return np.where(totals > 0, values, np.nan)


def log_likelihood(counts: NDArray, log_probabilities: NDArray) -> Array:
    """Return the multinomial log-likelihood of each region, factorials included, in nats; `(regions,)`."""
    y, log_p = _flat(counts, log_probabilities)
    totals = y.sum(axis=1)
    ways = gammaln(totals + 1) - gammaln(y + 1).sum(axis=1)
    return _without_empty(ways + _weighted_sum(y, log_p), totals)


def nll_per_cut(counts: NDArray, log_probabilities: NDArray) -> Array:
    """Return the mean of -ln p over the reads of each region, no factorials; nats per read, `(regions,)`."""
    y, log_p = _flat(counts, log_probabilities)
    totals = y.sum(axis=1)
    return _without_empty(-_weighted_sum(y, log_p) / np.maximum(totals, 1), totals)


def _weighted_sum(y: Array, log_p: Array) -> Array:
    # 0 ln 0 is 0: a position without reads says nothing about a probability of zero.
    return np.where(y > 0, y * np.where(y > 0, log_p, 0), 0).sum(axis=1)


def profile_jsd(counts: NDArray, log_probabilities: NDArray) -> Array:
    """Return the Jensen-Shannon distance of observed and predicted profile of each region; `(regions,)`."""
    y, log_q = _flat(counts, log_probabilities)
    totals = y.sum(axis=1)
    observed = y / np.maximum(totals, 1)[:, None]
    return _without_empty(jensen_shannon_distance(observed, np.exp(log_q)), totals)


def profile_pearson(counts: NDArray, log_probabilities: NDArray) -> Array:
    """Return the Pearson correlation of observed and predicted profile of each region; `(regions,)`."""
    y, log_p = _flat(counts, log_probabilities)
    return _without_empty(pearson_rows(y, np.exp(log_p)), y.sum(axis=1))


def profile_spearman(counts: NDArray, log_probabilities: NDArray) -> Array:
    """Return the rank correlation of observed and predicted profile of each region; `(regions,)`."""
    y, log_p = _flat(counts, log_probabilities)
    return _without_empty(spearman_rows(y, log_p), y.sum(axis=1))


def counts_correlations(totals: NDArray, log_counts: NDArray) -> tuple[float, float]:
    """Return Pearson and Spearman correlation over regions of ln(1 + N) and predicted log counts.

    Both arrays are `(regions,)`. nan with fewer than three regions or without spread.
    """
    check_same_shape(totals, log_counts, 1)
    pair = np.log1p(totals.astype(np.float64))[None], log_counts.astype(np.float64)[None]  # (1, regions) each
    return float(pearson_rows(*pair)[0]), float(spearman_rows(*pair)[0])


def region_metrics(counts: NDArray, log_probabilities: NDArray, log_counts: NDArray | None = None) -> dict[str, Array]:
    """Score every region.

    Parameters
    ----------
    counts, log_probabilities
        `(regions, tasks, length)`: 5' ends, and natural-log probabilities that sum to 1 in each region.
    log_counts
        `(regions,)` predicted natural-log counts; None if the model predicts none (nan in the result).

    Returns
    -------
    dict
        `counts`, `log_counts`, `log_likelihood`, `nll_per_cut`, `jsd`, `pearson`, `spearman`: `(regions,)`.
    """
    check_same_shape(counts, log_probabilities, 3)
    totals = counts.sum(axis=(1, 2)).astype(np.float64)
    if log_counts is None:
        log_counts = np.full(len(counts), np.nan)
    check_same_shape(totals, log_counts, 1)
    functions = {
        "log_likelihood": log_likelihood,
        "nll_per_cut": nll_per_cut,
        "jsd": profile_jsd,
        "pearson": profile_pearson,
        "spearman": profile_spearman,
    }
    found: dict[str, Array] = {"counts": totals, "log_counts": log_counts.astype(np.float64)}
    for name, function in functions.items():
        parts = [
            function(counts[i : i + _REGIONS_AT_ONCE], log_probabilities[i : i + _REGIONS_AT_ONCE])
            for i in range(0, len(counts), _REGIONS_AT_ONCE)
        ]
        found[name] = np.concatenate(parts) if parts else np.zeros(0)
    return found


def summarise(metrics: Mapping[str, NDArray]) -> dict[str, float]:
    """Summarise the columns of `region_metrics` over regions.

    Returns
    -------
    dict
        `regions`, `regions_without_reads`; `median_jsd`, `profile_pearson` and `profile_spearman` (means over
        regions), `nll_per_cut` (pooled: nats over all reads together), `log_likelihood` (mean);
        `log_counts_pearson`, `log_counts_spearman`, `log_counts_mse` against ln(1 + N). nan where there is
        nothing to summarise; `regions_without_pearson` counts constant predictions too.
    """
    totals = np.asarray(metrics["counts"], dtype=np.float64)
    log_counts = np.asarray(metrics["log_counts"], dtype=np.float64)
    pearson, spearman = counts_correlations(totals, log_counts)
    reads = totals.sum()
    nats = np.where(totals > 0, metrics["nll_per_cut"], 0) * totals
    return {
        "regions": float(len(totals)),
        "regions_without_reads": float((totals == 0).sum()),
        "regions_without_pearson": float(np.isnan(metrics["pearson"]).sum()),
        "median_jsd": _known(np.median, metrics["jsd"]),
        "profile_pearson": _known(np.mean, metrics["pearson"]),
        "profile_spearman": _known(np.mean, metrics["spearman"]),
        "nll_per_cut": float(nats.sum() / reads) if reads else float("nan"),
        "log_likelihood": _known(np.mean, metrics["log_likelihood"]),
        "log_counts_pearson": pearson,
        "log_counts_spearman": spearman,
        "log_counts_mse": _known(np.mean, np.square(np.log1p(totals) - log_counts)),
    }


def _known(function: Callable[[NDArray], float], values: NDArray) -> float:
    known = np.asarray(values, dtype=np.float64)
    known = known[~np.isnan(known)]
    return float(function(known)) if len(known) else float("nan")
