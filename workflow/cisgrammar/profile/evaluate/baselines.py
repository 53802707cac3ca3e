"""What a profile model must beat, and what none can: simple predictions of the same windows.

Every baseline gives natural-log probabilities `(regions, tasks, length)`, one distribution over tasks and
positions of a region, as the models do.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from cisgrammar.sequence.alphabet import N_CODE, decode
from cisgrammar.statistics.shapes import check_same_shape

Array = NDArray[np.float64]

POSITIONS = 31
_PSEUDOCOUNT = 1.0
_SMOOTHING = 20.0
_WIDTHS = (2.0, 5.0, 20.0, 80.0)
_LEAST_SHARE = 1e-4
_CHUNK = 1024


def normalise(log_weights: Array) -> Array:
    """Scale `(regions, tasks, length)` so that each region's probabilities sum to 1, in log space."""
    largest = log_weights.max(axis=(1, 2), keepdims=True)
    total = np.exp(log_weights - largest).sum(axis=(1, 2), keepdims=True)
    return log_weights - largest - np.log(total)


def uniform(regions: int, tasks: int, length: int) -> Array:
    """Return the same probability everywhere; log, `(regions, tasks, length)`."""
    return np.full((regions, tasks, length), -np.log(tasks * length))


def mean_profile(counts: NDArray, smoothing: float = _SMOOTHING) -> Array:
    """Return the mean profile of `counts` `(regions, tasks, length)`; log, `(tasks, length)`.

    Reads are pooled over regions, and smoothed by a Gaussian of `smoothing` bp so that few regions suffice.
    """
    pooled = counts.sum(axis=0, dtype=np.float64) + _PSEUDOCOUNT
    smoothed = gaussian_filter1d(pooled, smoothing, axis=1, mode="nearest")
    return np.log(smoothed / smoothed.sum())  # (tasks, length)


@dataclass(frozen=True, eq=False)
class PositionWeights:
    """A log-linear model of where the enzyme cuts.

    Attributes
    ----------
    matrix
        `(tasks, positions, 4)`: log-odds of each base around a cut against the windows around it, centred on
        the cut; the number of positions is odd.
    """

    matrix: Array

    @property
    def radius(self) -> int:
        """Bases read on each side of a position."""
        return self.matrix.shape[1] // 2

    def log_weights(self, codes: NDArray[np.uint8]) -> Array:
        """Return the summed log-odds of every position.

        Parameters
        ----------
        codes
            `(regions, length + 2 * radius)`: the windows with `radius` bases on each side.

        Returns
        -------
        ndarray
            `(regions, tasks, length)`; N counts 0.
        """
        tasks, positions, _ = self.matrix.shape
        table = np.concatenate([self.matrix, np.zeros((tasks, positions, 1))], axis=2)  # (tasks, positions, 5)
        length = codes.shape[1] - positions + 1
        if length < 1:
            raise ValueError(f"codes are {codes.shape[1]} bp long; the model needs at least {positions}")
        total = np.zeros((len(codes), tasks, length))
        for p in range(positions):
            total += table[:, p][:, codes[:, p : p + length]].swapaxes(0, 1)
        return total

    def predict(self, codes: NDArray[np.uint8], profile: Array | None = None) -> tuple[Array, Array]:
        """Return log probabilities `(regions, tasks, length)` and the log of the summed weights `(regions,)`.

        `profile`, log `(tasks, length)`, multiplies the weights: the mean enrichment around summits.
        """
        weights = self.log_weights(codes)
        log_sums = np.log(np.exp(weights).sum(axis=(1, 2)))
        return normalise(weights if profile is None else weights + profile), log_sums


def fit_position_weights(codes: NDArray[np.uint8], counts: NDArray, positions: int = POSITIONS) -> PositionWeights:
    """Fit position weights to reads in windows, best background ones.

    The log-odds of a base at an offset is ln of its frequency there around cuts over its frequency in the
    windows, where each window counts with its number of reads: a window's composition is no preference.

    Parameters
    ----------
    codes
        `(regions, length + positions - 1)`.
    counts
        `(regions, tasks, length)`.
    positions
        Odd number of bases around a cut.
    """
    radius, length = positions // 2, counts.shape[2]
    if positions % 2 == 0 or codes.shape != (len(counts), length + 2 * radius):
        raise ValueError(
            f"codes have shape {codes.shape}, counts {counts.shape}; wanted an odd number of positions, got "
            f"{positions}, and codes of shape {(len(counts), length + 2 * radius)}"
        )
    tasks = counts.shape[1]
    at_cuts, beside = np.zeros((2, tasks, positions, N_CODE + 1))
    for i in range(0, len(counts), _CHUNK):
        part, y = codes[i : i + _CHUNK], counts[i : i + _CHUNK].astype(np.float64)
        expected = np.broadcast_to(y.mean(axis=2, keepdims=True), y.shape)
        for p, task in product(range(positions), range(tasks)):
            bases = part[:, p : p + length].ravel()
            at_cuts[task, p] += np.bincount(bases, y[:, task].ravel(), N_CODE + 1)
            beside[task, p] += np.bincount(bases, expected[:, task].ravel(), N_CODE + 1)
    at_cuts, beside = at_cuts[..., :N_CODE] + _PSEUDOCOUNT, beside[..., :N_CODE] + _PSEUDOCOUNT
    odds = np.log(at_cuts / at_cuts.sum(axis=2, keepdims=True))
    return PositionWeights(odds - np.log(beside / beside.sum(axis=2, keepdims=True)))


def preferred_sequences(weights: PositionWeights, width: int = 15, number: int = 4) -> list[str]:
    """Return the sequences that the enzyme likes best, best first.

    The `width` positions around the cut are used. Each further sequence differs in at least two bases from
    the ones before: single changes of the best one would all be the same motif.
    """
    centre = weights.radius
    matrix = weights.matrix.mean(axis=0)[centre - width // 2 : centre + width // 2 + 1]  # (width, 4)
    order = np.argsort(-matrix, axis=1, kind="stable")
    chosen: list[NDArray] = []
    for codes in _by_score(matrix, order):
        if all((codes != other).sum() >= 2 for other in chosen):
            chosen.append(codes)
        if len(chosen) == number:
            break
    return [decode(codes) for codes in chosen]


def _by_score(matrix: Array, order: NDArray) -> Iterator[NDArray]:
    """Sequences that differ from the best one in at most three positions, by falling score."""
    rows = np.arange(len(matrix))
    best = order[:, 0]
    loss = matrix[rows, best] - matrix[rows, order[:, 1]]
    cheap = np.sort(np.argsort(loss, kind="stable")[:6])
    options = [
        (sum(loss[p] for p, change in zip(cheap, changes) if change), changes)
        for changes in product((0, 1), repeat=len(cheap))
    ]
    for _, changes in sorted(options):
        codes = best.copy()
        for p, change in zip(cheap, changes):
            codes[p] = order[p, change]
        yield codes


def thin(counts: NDArray, seed: int) -> tuple[NDArray, NDArray]:
    """Deal the reads at random into two halves of the same shape (binomial, 1/2): pseudo-replicates.

    Reads are dealt one by one, so the two ends of a fragment may part.
    """
    first = np.random.default_rng(seed).binomial(counts.astype(np.int64), 0.5)
    return first, counts.astype(np.int64) - first


def half_profiles(half: NDArray, log_weights: Array) -> Array:
    """Return what one half of the reads says of the other: `(parts, regions, tasks, length)`, to be blended.

    Parts, each a distribution over tasks and positions: a uniform one; the half itself; the half smoothed by
    Gaussians of several widths; and the same times the enzyme's preference, so that smoothing takes the shape
    and not the preference from the half.

    Parameters
    ----------
    half
        `(regions, tasks, length)` counts.
    log_weights
        The same shape: `PositionWeights.log_weights` of the windows.
    """
    check_same_shape(half, log_weights, 3)
    reads = half.astype(np.float64)
    weights = np.exp(log_weights)
    parts = [np.ones(half.shape), reads]
    for width in _WIDTHS:
        smooth = gaussian_filter1d(reads, width, axis=2, mode="constant")
        parts += [smooth, smooth / gaussian_filter1d(weights, width, axis=2, mode="constant") * weights]
    return np.stack([_proportions(part) for part in parts])


def _proportions(weights: Array) -> Array:
    """Each region's share at each position; even where a region has nothing."""
    totals = weights.sum(axis=(1, 2), keepdims=True)
    even = 1 / (weights.shape[1] * weights.shape[2])
    return np.where(totals > 0, weights / np.where(totals > 0, totals, 1), even)


def fit_blend(parts: Array, other: NDArray, rounds: int = 60) -> Array:
    """Fit the shares with which `half_profiles` predict the other half best, by expectation maximisation.

    Parameters
    ----------
    parts
        `(parts, regions, tasks, length)`, of training windows.
    other
        `(regions, tasks, length)`: the other half's counts.

    Returns
    -------
    ndarray
        `(parts,)`, summing to 1.
    """
    check_same_shape(other, parts[0], 3)
    seen = other > 0
    reads, at_reads = other[seen].astype(np.float64), parts[:, seen]  # (reads,), (parts, reads)
    shares = np.full(len(parts), 1 / len(parts))
    if not len(reads):
        return shares
    for _ in range(rounds):
        blame = shares[:, None] * at_reads
        shares = (blame / blame.sum(axis=0) * reads).sum(axis=1) / reads.sum()
    # The uniform part stays, so that no position is impossible in windows of another kind.
    return (shares + _LEAST_SHARE) / (1 + len(shares) * _LEAST_SHARE)


def blend(parts: Array, shares: Array) -> Array:
    """Blend `(parts, regions, tasks, length)` profiles; log probabilities `(regions, tasks, length)`."""
    return np.log(np.tensordot(shares, parts, axes=1))
