"""What a prediction would score if it were the truth, at the depth of these reads.

The metrics of profiles depend on how many reads a window has: the Jensen-Shannon distance of the true profile from a
hundred reads drawn from it is far from 0. So a model's metric is shown beside the same metric of reads that are drawn
from the model's own prediction. It is no limit for other models: it says how much of a model's distance is the noise of
reads, if its prediction is right. A distance above it is what the model has wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.profile.evaluate.metrics import counts_correlations, region_metrics, summarise

Array = NDArray[np.float64]

DRAWS = 5
"""Samples of reads, from which mean and standard deviation of each metric are taken."""
MOST_WINDOWS = 10_000
"""Windows that reads are drawn for, evenly taken where there are more; it bounds the time."""
_AT_ONCE = 512


class Reference(NamedTuple):
    """Metrics of reads drawn from a prediction.

    Attributes
    ----------
    windows
        `(windows,)` indices of those that reads were drawn for.
    per_region
        The columns of `metrics.region_metrics` of the first draw; `log_counts` is nan, for N is the observed one.
    mean, sd
        The columns of `metrics.summarise`: mean and standard deviation (n - 1) over draws.
    """

    windows: NDArray[np.int64]
    per_region: dict[str, Array]
    mean: dict[str, float]
    sd: dict[str, float]


def perfect_model(
    totals: NDArray[np.int64],
    predicted: Callable[[NDArray[np.int64]], NDArray],
    log_counts: NDArray,
    ends_together: float,
    seed: int,
) -> Reference:
    """Score a prediction on reads that are drawn from it.

    Profiles are drawn with the observed number of 5' ends of each window (multinomial). Numbers of ends are drawn from
    the predicted ones as a Poisson number of fragments that leave `ends_together` ends each in the window, rounded: of
    the mean that is predicted, and that many times the variance of single ends.

    Parameters
    ----------
    totals
        `(windows,)`: the observed 5' ends.
    predicted
        Indices of some windows -> their predicted log probabilities, `(some, tasks, length)`.
    log_counts
        `(windows,)`: predicted ln of 5' ends.
    ends_together
        Of `ends_per_fragment`.
    seed
        Of the draws.
    """
    rng = np.random.default_rng([seed, 15])
    windows = np.arange(len(totals))
    if len(windows) > MOST_WINDOWS:
        windows = np.unique(np.linspace(0, len(totals) - 1, MOST_WINDOWS).astype(np.int64))
    log_means = log_counts[windows].astype(np.float64)
    first: dict[str, Array] = {}
    summaries = []
    for _ in range(DRAWS):
        parts = []
        for rows in np.split(windows, range(_AT_ONCE, len(windows), _AT_ONCE)):
            log_probabilities = predicted(rows)
            parts.append(region_metrics(_draw_profiles(rng, totals[rows], log_probabilities), log_probabilities))
        found = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
        first = first or found
        summaries.append(summarise(found) | _of_counts(_draw_totals(rng, log_means, ends_together), log_means))
    names = summaries[0]
    values = {name: np.array([summary[name] for summary in summaries]) for name in names}
    mean = {name: float(value.mean()) for name, value in values.items()}
    return Reference(windows, first, mean, {name: float(value.std(ddof=1)) for name, value in values.items()})


def ends_per_fragment(one: NDArray, two: NDArray) -> float:
    """Ends that a fragment leaves in a window on average, weighted with themselves: 1 for single ends, 2 for pairs.

    Where fragments are dealt to two halves, the variance of the difference of a window's halves is the sum over
    fragments of the squared number of their ends, whatever the number of fragments; this is that over all ends. It
    follows for the variance of N too, if fragments are independent of each other.

    Parameters
    ----------
    one, two
        `(windows,)`: 5' ends of both halves of a window.

    Returns
    -------
    float
        At least 1 and at most 2; 1 without a read.
    """
    ends = float(one.sum() + two.sum())
    difference = one.astype(np.float64) - two
    return float(np.clip(np.square(difference).sum() / ends, 1, 2)) if ends else 1.0


def _draw_profiles(rng: np.random.Generator, totals: NDArray[np.int64], log_probabilities: NDArray) -> NDArray:
    weights = np.exp(log_probabilities.reshape(len(totals), -1).astype(np.float64))
    drawn = rng.multinomial(totals, weights / weights.sum(axis=1, keepdims=True))
    return drawn.reshape(log_probabilities.shape)


def _draw_totals(rng: np.random.Generator, log_means: Array, ends_together: float) -> Array:
    if not np.isfinite(log_means).all():
        return np.full(len(log_means), np.nan)
    # Beyond e^20 ends the Poisson distribution has no width that a logarithm could show.
    fragments = rng.poisson(np.exp(np.minimum(log_means, 20)) / ends_together)
    return np.rint(fragments * ends_together)


def _of_counts(totals: Array, log_means: Array) -> dict[str, float]:
    pearson, spearman = counts_correlations(totals, log_means)
    error = float(np.square(np.log1p(totals) - log_means).mean()) if len(totals) else float("nan")
    return {"log_counts_pearson": pearson, "log_counts_spearman": spearman, "log_counts_mse": error}
