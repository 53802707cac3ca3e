"""Ridge regression of log-counts on the k-mers of windows: what a linear model learns of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

Cut = Callable[[NDArray[np.int64]], NDArray[np.uint8]]

_FOLDS = 5
_PIECE = 4096
_PENALTIES = 10.0 ** np.arange(-1.0, 6.01, 0.25)


@dataclass(frozen=True, eq=False)
class KmerRidge:
    """A fitted line on the counts of canonical k-mers.

    Attributes
    ----------
    k
        Length of the k-mers.
    weights
        `(canonical k-mers,)` change of ln N for one more of each.
    intercept
        ln N of a window without any.
    penalty
        The chosen one, of squared weights.
    """

    k: int
    weights: NDArray[np.float64]
    intercept: float
    penalty: float

    def predict(self, codes: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Ln N of windows of codes, `(windows, length)` to `(windows,)`."""
        parts = [kmer_counts(codes[i : i + _PIECE], self.k) @ self.weights for i in range(0, len(codes), _PIECE)]
        return np.concatenate([np.zeros(0), *parts]) + self.intercept

    def weights_of_all(self) -> NDArray[np.float64]:
        """`(4^k,)`: the weight of each k-mer, that of its reverse complement."""
        return self.weights[canonical_numbers(self.k)]


@cache
def canonical_numbers(k: int) -> NDArray[np.int64]:
    """`(4^k,)`: which of the canonical k-mers each k-mer is; it and its reverse complement are one."""
    numbers = np.arange(4**k)
    letters = numbers[:, None] // 4 ** np.arange(k - 1, -1, -1) % 4
    turned = ((3 - letters[:, ::-1]) * 4 ** np.arange(k - 1, -1, -1)).sum(axis=1)
    return np.unique(np.minimum(numbers, turned), return_inverse=True)[1]


def kmer_counts(codes: NDArray[np.uint8], k: int) -> NDArray[np.float64]:
    """How often each canonical k-mer stands in each window; those with an N are not counted.

    Parameters
    ----------
    codes
        `(windows, length)`.

    Returns
    -------
    array
        `(windows, canonical k-mers)`.
    """
    canonical = canonical_numbers(k)
    size, places = int(canonical.max()) + 1, codes.shape[1] - k + 1
    numbers = np.zeros((len(codes), max(places, 0)), dtype=np.int64)
    known = np.ones(numbers.shape, dtype=bool)
    for i in range(k if places > 0 else 0):
        letters = codes[:, i : i + places]
        numbers = numbers * 4 + np.minimum(letters, 3)
        known &= letters < 4
    rows = np.arange(len(codes))[:, None] * size
    flat = np.bincount((canonical[numbers] + rows)[known], minlength=len(codes) * size)
    return flat.reshape(len(codes), size).astype(np.float64)


def fit_kmer_ridge(cut: Cut, starts: NDArray[np.int64], log_counts: NDArray[np.float64], k: int) -> KmerRidge:
    """Fit with the penalty that predicts stretches of the training genome best that were left out.

    Memory is that of a piece of windows and of a few matrices of k-mers by k-mers, however many windows there are.

    Parameters
    ----------
    cut
        Starts of windows -> their codes `(windows, length)`.
    starts
        `(windows,)` in the concatenated genome; five runs of neighbours are the folds of the choice.
    log_counts
        `(windows,)` ln of reads plus one.
    k
        Length of the k-mers.
    """
    if len(starts) < 2 * _FOLDS:
        size = int(canonical_numbers(k).max()) + 1
        return KmerRidge(k, np.zeros(size), float(np.mean(log_counts)), float("inf"))
    order = np.argsort(starts, kind="stable")
    folds = [_sums(cut, starts[part], log_counts[part], k) for part in np.array_split(order, _FOLDS)]
    whole = _Sums.total(folds)
    errors = sum(_errors(whole.without(fold), fold) for fold in folds)
    penalty = float(_PENALTIES[int(np.argmin(errors))])
    weights = whole.solve(np.array([penalty]))[:, 0]
    return KmerRidge(k, weights, float(whole.mean_y - whole.mean_x @ weights), penalty)


@dataclass(frozen=True, eq=False)
class _Sums:
    """What least squares needs of some windows: sums of products of k-mers with k-mers and with ln N."""

    number: int
    x: NDArray[np.float64]
    xx: NDArray[np.float64]
    xy: NDArray[np.float64]
    y: float
    yy: float

    @classmethod
    def total(cls, parts: list[_Sums]) -> _Sums:
        return cls(
            sum(p.number for p in parts),
            np.sum([p.x for p in parts], axis=0),
            sum((p.xx for p in parts[1:]), parts[0].xx.copy()),
            np.sum([p.xy for p in parts], axis=0),
            sum(p.y for p in parts),
            sum(p.yy for p in parts),
        )

    def without(self, part: _Sums) -> _Sums:
        return _Sums(
            self.number - part.number,
            self.x - part.x,
            self.xx - part.xx,
            self.xy - part.xy,
            self.y - part.y,
            self.yy - part.yy,
        )

    @property
    def mean_x(self) -> NDArray[np.float64]:
        return self.x / self.number

    @property
    def mean_y(self) -> float:
        return self.y / self.number

    def solve(self, penalties: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights for each penalty, `(k-mers, penalties)`."""
        centred = self.xx - self.number * np.outer(self.mean_x, self.mean_x)
        values, vectors = np.linalg.eigh(centred)
        seen = vectors.T @ (self.xy - self.number * self.mean_x * self.mean_y)
        return vectors @ (seen[:, None] / (np.maximum(values, 0)[:, None] + penalties))


def _sums(cut: Cut, starts: NDArray[np.int64], y: NDArray[np.float64], k: int) -> _Sums:
    size = int(canonical_numbers(k).max()) + 1
    x, xx, xy = np.zeros(size), np.zeros((size, size)), np.zeros(size)
    for i in range(0, len(starts), _PIECE):
        counts = kmer_counts(cut(starts[i : i + _PIECE]), k)
        x += counts.sum(axis=0)
        xx += counts.T @ counts
        xy += counts.T @ y[i : i + _PIECE]
    return _Sums(len(starts), x, xx, xy, float(y.sum()), float(y @ y))


def _errors(training: _Sums, held_out: _Sums) -> NDArray[np.float64]:
    """Sum of squared errors on the windows left out, for each penalty."""
    weights = training.solve(_PENALTIES)  # (k-mers, penalties)
    intercept = training.mean_y - training.mean_x @ weights
    fitted = np.einsum("kp,kp->p", weights, held_out.xx @ weights)
    cross = held_out.xy @ weights + intercept * held_out.y
    straight = held_out.number * intercept**2 + 2 * intercept * (held_out.x @ weights)
    return fitted + straight + held_out.yy - 2 * cross
