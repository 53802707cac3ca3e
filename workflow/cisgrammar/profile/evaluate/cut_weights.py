"""Position weights around cuts: a log-linear model of the enzyme's preference, as its simplest baseline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from cisgrammar.profile.evaluate.baselines import normalise
from cisgrammar.sequence.alphabet import N_CODE, decode

Array = NDArray[np.float64]

POSITIONS = 31
"""Bases around a cut that are looked at."""
_PSEUDOCOUNT = 1.0
_WINDOWS_AT_ONCE = 1024


@dataclass(frozen=True, eq=False)
class CutWeights:
    """A log-linear model of where the enzyme cuts.

    Attributes
    ----------
    matrix
        `(tasks, positions, 4)`: log-odds of each base around a cut against the windows around it, centred on
        the cut; the number of positions is odd.
    ends
        `(tasks, positions, 4)`: 5' ends that have the base there. None if the weights were not fitted.
    errors
        `(tasks, positions, 4)`: standard errors of the log-odds, the mean of each position taken off. Windows are the
        independent units: 5' ends of one window share its composition and its favourite places. nan for fewer than
        two windows with 5' ends; None if the weights were not fitted.
    """

    matrix: Array
    ends: Array | None = None
    errors: Array | None = None

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

    def log_sums(self, codes: NDArray[np.uint8]) -> Array:
        """Return the log of the summed weights alone, `(regions,)`."""
        return np.log(np.exp(self.log_weights(codes)).sum(axis=(1, 2)))


def fit_cut_weights(codes: NDArray[np.uint8], counts: NDArray, positions: int = POSITIONS) -> CutWeights:
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
    firsts = range(0, len(counts), _WINDOWS_AT_ONCE)
    pieces = ((codes[i : i + _WINDOWS_AT_ONCE], counts[i : i + _WINDOWS_AT_ONCE]) for i in firsts)
    return fit_cut_weights_to(pieces, counts.shape[1], positions)


def fit_cut_weights_to(
    pieces: Iterable[tuple[NDArray[np.uint8], NDArray]], tasks: int, positions: int = POSITIONS
) -> CutWeights:
    """`fit_cut_weights` to windows that come in pieces of codes and counts, so that only one is in memory."""
    at_cuts, beside = np.zeros((2, tasks, positions, N_CODE))
    # Of a window's 5' ends by base, at cuts and beside them: their products, summed over windows.
    products = np.zeros((tasks, positions, 2 * N_CODE, 2 * N_CODE))
    windows = np.zeros(tasks)
    for part, counts in pieces:
        y, length = counts.astype(np.float64), counts.shape[2]
        means = y.mean(axis=2)
        windows += (means > 0).sum(axis=0)
        for p, task in product(range(positions), range(tasks)):
            bases = part[:, p : p + length]
            found = _by_base(bases, y[:, task])
            expected = _by_base(bases, None) * means[:, task, None]
            at_cuts[task, p] += found.sum(axis=0)
            beside[task, p] += expected.sum(axis=0)
            both = np.concatenate([found, expected], axis=1)  # (windows, 8)
            products[task, p] += both.T @ both
    errors = _errors(at_cuts + _PSEUDOCOUNT, beside + _PSEUDOCOUNT, products, windows)
    ends, at_cuts, beside = at_cuts, at_cuts + _PSEUDOCOUNT, beside + _PSEUDOCOUNT
    odds = np.log(at_cuts / at_cuts.sum(axis=2, keepdims=True))
    return CutWeights(odds - np.log(beside / beside.sum(axis=2, keepdims=True)), ends, errors)


def _by_base(bases: NDArray[np.uint8], weights: Array | None) -> Array:
    """Summed weights of the bases of each window, or their number, `(windows, 4)`; N is left out."""
    rows = np.arange(len(bases))[:, None] * (N_CODE + 1)
    sums = np.bincount((rows + bases).ravel(), None if weights is None else weights.ravel(), len(bases) * (N_CODE + 1))
    return sums.reshape(len(bases), N_CODE + 1)[:, :N_CODE].astype(np.float64)


def _errors(at_cuts: Array, beside: Array, products: Array, windows: Array) -> Array:
    """Standard errors of log-odds whose mean over the bases is taken off, by linearising over windows.

    A window adds `found / at_cuts - expected / beside` to the log-odds of a base (the derivatives of the logarithms),
    less the mean of the bases.
    """
    centre = np.eye(N_CODE) - 1 / N_CODE
    slopes = np.concatenate([centre / at_cuts[..., None, :], -centre / beside[..., None, :]], axis=-1)  # (..., 4, 8)
    squares = np.einsum("tpij,tpjk,tpik->tpi", slopes, products, slopes)
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.where(windows > 1, windows / (windows - 1), np.nan)[:, None, None]
    return np.sqrt(np.maximum(squares, 0.0) * factor)


def preferred_sequences(weights: CutWeights, width: int = 15, number: int = 4) -> list[str]:
    """Return the sequences that the enzyme prefers most, best first.

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
        (sum(loss[p] for p, change in zip(cheap, changes, strict=True) if change), changes)
        for changes in product((0, 1), repeat=len(cheap))
    ]
    for _, changes in sorted(options):
        codes = best.copy()
        for p, change in zip(cheap, changes, strict=True):
            codes[p] = order[p, change]
        yield codes
