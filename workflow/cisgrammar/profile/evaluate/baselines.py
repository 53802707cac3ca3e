"""What a profile model must beat: simple predictions of the same windows; and one half of the reads from the other.

Every baseline gives natural-log probabilities `(regions, tasks, length)`, one distribution over tasks and
positions of a region, as the models do.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from cisgrammar.statistics.shapes import check_same_shape

Array = NDArray[np.float64]

_PSEUDOCOUNT = 1.0
"""Reads added to each position of the mean profile."""
_SMOOTHING = 20.0
"""bp, standard deviation of the Gaussian that smooths the mean profile."""
_HALF_WIDTHS = (2.0, 5.0, 20.0, 80.0)
"""bp, standard deviations of the Gaussians that smooth one half of the reads."""
_LEAST_SHARE = 1e-4
"""Of each part in a blend."""


def normalise(log_weights: Array) -> Array:
    """Scale `(regions, tasks, length)` so that each region's probabilities sum to 1, in log space."""
    largest = log_weights.max(axis=(1, 2), keepdims=True)
    total = np.exp(log_weights - largest).sum(axis=(1, 2), keepdims=True)
    return log_weights - largest - np.log(total)


def uniform(regions: int, tasks: int, length: int) -> Array:
    """Return the same probability everywhere; log, `(regions, tasks, length)`."""
    return np.full((regions, tasks, length), -np.log(tasks * length))


def control_profile(sums: NDArray) -> Array:
    """Return the control's own profile: 1 + its 5' ends within a width of each position; log, of the same shape.

    Parameters
    ----------
    sums
        `(regions, tasks, length)`, as `fit_control_width` takes them.
    """
    return normalise(np.log1p(sums.astype(np.float64)))


def mean_profile(counts: NDArray, smoothing: float = _SMOOTHING) -> Array:
    """Return the mean profile of `counts` `(regions, tasks, length)`; log, `(tasks, length)`.

    Reads are pooled over regions, and smoothed by a Gaussian of `smoothing` bp so that few regions suffice.
    """
    return mean_of_pooled(counts.sum(axis=0, dtype=np.float64), smoothing)


def mean_of_pooled(pooled: Array, smoothing: float = _SMOOTHING) -> Array:
    """`mean_profile` of counts that are summed over regions, `(tasks, length)`."""
    pooled = pooled + _PSEUDOCOUNT
    smoothed = gaussian_filter1d(pooled, smoothing, axis=1, mode="nearest")
    return np.log(smoothed / smoothed.sum())  # (tasks, length)


def thin(counts: NDArray, seed: int | np.random.Generator) -> tuple[NDArray, NDArray]:
    """Deal 5' ends at random into two halves of the same shape (binomial, 1/2), where no fragments are known.

    Ends are dealt one by one, so the two ends of a fragment may part: halves agree in counts more than two samples of
    fragments would.
    """
    first = np.random.default_rng(seed).binomial(counts.astype(np.int64), 0.5)
    return first, counts.astype(np.int64) - first


def half_profiles(half: NDArray, log_weights: Array) -> Array:
    """Return predictions of one half of the reads from the other: `(parts, regions, tasks, length)`, to be blended.

    Parts, each a distribution over tasks and positions: a uniform one; the half itself; the half smoothed by
    Gaussians of several widths; and the same times the enzyme's preference, so that smoothing takes the shape
    and not the preference from the half.

    Parameters
    ----------
    half
        `(regions, tasks, length)` counts.
    log_weights
        The same shape: `CutWeights.log_weights` of the windows.
    """
    check_same_shape(half, log_weights, 3)
    reads = half.astype(np.float64)
    weights = np.exp(log_weights)
    parts = [np.ones(half.shape), reads]
    for width in _HALF_WIDTHS:
        smooth = gaussian_filter1d(reads, width, axis=2, mode="constant")
        parts += [smooth, smooth / gaussian_filter1d(weights, width, axis=2, mode="constant") * weights]
    return np.stack([_proportions(part) for part in parts])


def _proportions(weights: Array) -> Array:
    """Each region's share at each position; even where a region has nothing."""
    totals = weights.sum(axis=(1, 2), keepdims=True)
    even = 1 / (weights.shape[1] * weights.shape[2])
    return np.where(totals > 0, weights / np.where(totals > 0, totals, 1), even)


def fit_blend(pieces: Iterable[tuple[Array, NDArray]], rounds: int = 60) -> Array:
    """Fit the shares with which `half_profiles` predict the other half best, by expectation maximisation.

    Parameters
    ----------
    pieces
        Of training windows, at least one piece: their parts, `(parts, regions, tasks, length)`, and the other half's
        counts, `(regions, tasks, length)`. Of each piece what stands at reads is kept.

    Returns
    -------
    ndarray
        `(parts,)`, summing to 1.
    """
    found = [_at_reads(parts, other) for parts, other in pieces]
    at_reads, reads = (np.concatenate(arrays, axis=-1) for arrays in zip(*found, strict=True))
    shares = np.full(len(at_reads), 1 / len(at_reads))
    if not len(reads):
        return shares
    for _ in range(rounds):
        shares = shares * (at_reads @ (reads / (shares @ at_reads))) / reads.sum()
    # The uniform part stays, so that no position is impossible in windows of another kind.
    return (shares + _LEAST_SHARE) / (1 + len(shares) * _LEAST_SHARE)


def _at_reads(parts: Array, other: NDArray) -> tuple[Array, Array]:
    """Shares where the other half has reads, `(parts, places)`, and how many it has there, `(places,)`."""
    check_same_shape(other, parts[0], 3)
    seen = other > 0
    return parts[:, seen], other[seen].astype(np.float64)


def blend(parts: Array, shares: Array) -> Array:
    """Blend `(parts, regions, tasks, length)` profiles; log probabilities `(regions, tasks, length)`."""
    return np.log(np.tensordot(shares, parts, axes=1))
