"""Ridge regression of log-counts on the k-mers of windows: what a linear model learns of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.progress import counted
from cisgrammar.profile.fit.kmer_counts import Cut, canonical_numbers, kmer_counts
from cisgrammar.profile.fit.words import choose_words, word_counts

_FOLDS = 5
_PIECE = 4096
_FREE = 30.0
_PENALTIES = 10.0 ** np.arange(-1.0, 6.01, 0.25)


@dataclass(frozen=True, eq=False)
class KmerRidge:
    """A fitted line on the counts of canonical k-mers, and of words with a gap if there are any.

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
    words, word_weights
        As `words.choose_words` spells them, and the change of ln N for one more of each, `(words,)`.
    """

    k: int
    weights: NDArray[np.float64]
    intercept: float
    penalty: float
    words: tuple[str, ...] = ()
    word_weights: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))

    def predict(self, codes: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Ln N of windows of codes, `(windows, length)` to `(windows,)`."""
        weights = np.concatenate([self.weights, self.word_weights / _FREE])
        pieces = (codes[i : i + _PIECE] for i in range(0, len(codes), _PIECE))
        return (
            np.concatenate([np.zeros(0), *(_columns(p, self.k, self.words) @ weights for p in pieces)]) + self.intercept
        )

    def weights_of_all(self) -> NDArray[np.float64]:
        """`(4^k,)`: the weight of each k-mer, that of its reverse complement."""
        return self.weights[canonical_numbers(self.k)]


def fit_kmer_ridge(
    cut: Cut, starts: NDArray[np.int64], log_counts: NDArray[np.float64], k: int, most_words: int = 0
) -> KmerRidge:
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
    most_words
        Words with a gap that are added at most, next to unpenalised: chosen by what is left of windows whose fold was
        left out.
    """
    if len(starts) < 2 * _FOLDS:
        size = int(canonical_numbers(k).max()) + 1
        return KmerRidge(k, np.zeros(size), float(np.mean(log_counts)), float("inf"))
    parts = np.array_split(np.argsort(starts, kind="stable"), _FOLDS)
    if not most_words and len(starts) < int(canonical_numbers(k).max()) + 1:
        return _fit_few(kmer_counts(cut(starts), k).astype(np.float64), log_counts, parts, k)
    folds = [_sums(cut, starts[part], log_counts[part], k) for part in parts]
    whole = _Sums.total(folds)
    errors = sum(_errors(whole.without(fold), fold) for fold in folds)
    penalty = float(_PENALTIES[int(np.argmin(errors))])
    if most_words:
        residuals = np.empty(len(starts))
        for part, fold in zip(parts, folds, strict=True):
            residuals[part] = log_counts[part] - _predict(whole.without(fold).line(k, penalty), cut, starts[part])
        words = tuple(choose_words(cut, starts, residuals, most_words))
        if words:
            return _sums(cut, starts, log_counts, k, words).line(k, penalty, words)
    return whole.line(k, penalty)


def _fit_few(x: NDArray[np.float64], y: NDArray[np.float64], parts: list[NDArray[np.int64]], k: int) -> KmerRidge:
    """The same line of fewer windows than k-mers, `x` `(windows, k-mers)`: by products of windows with windows."""
    errors = np.zeros(len(_PENALTIES))
    for part in parts:
        others = np.setdiff1d(np.arange(len(y)), part)
        weights = _weights_of_few(x[others], y[others], _PENALTIES)
        intercept = y[others].mean() - x[others].mean(axis=0) @ weights
        errors += np.square(x[part] @ weights + intercept - y[part][:, None]).sum(axis=0)
    penalty = float(_PENALTIES[int(np.argmin(errors))])
    weights = _weights_of_few(x, y, np.array([penalty]))[:, 0]
    return KmerRidge(k, weights, float(y.mean() - x.mean(axis=0) @ weights), penalty)


def _weights_of_few(
    x: NDArray[np.float64], y: NDArray[np.float64], penalties: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Weights for each penalty, `(k-mers, penalties)`: x' (x x' + penalty)^-1 y, both centred."""
    centred = x - x.mean(axis=0)
    values, vectors = np.linalg.eigh(centred @ centred.T)
    seen = vectors.T @ (y - y.mean())
    return centred.T @ (vectors @ (seen[:, None] / (np.maximum(values, 0)[:, None] + penalties)))


def _columns(codes: NDArray[np.uint8], k: int, words: tuple[str, ...]) -> NDArray[np.float64]:
    """What the line is on, `(windows, k-mers + words)`; words are scaled, so that the penalty hardly holds them."""
    return np.concatenate([kmer_counts(codes, k), _FREE * word_counts(codes, words)], axis=1)


def _predict(ridge: KmerRidge, cut: Cut, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.concatenate([ridge.predict(cut(starts[i : i + _PIECE])) for i in range(0, len(starts), _PIECE)])


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

    def line(self, k: int, penalty: float, words: tuple[str, ...] = ()) -> KmerRidge:
        """The line of one penalty."""
        from scipy.linalg import solve

        centred = self.xx - self.number * np.outer(self.mean_x, self.mean_x)
        centred[np.diag_indices_from(centred)] += penalty
        weights = solve(centred, self.xy - self.number * self.mean_x * self.mean_y, assume_a="pos")
        intercept = float(self.mean_y - self.mean_x @ weights)
        kmers = len(weights) - len(words)
        return KmerRidge(k, weights[:kmers], intercept, penalty, words, weights[kmers:] * _FREE)

    def solve(self, penalties: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights for each penalty, `(k-mers, penalties)`."""
        centred = self.xx - self.number * np.outer(self.mean_x, self.mean_x)
        values, vectors = np.linalg.eigh(centred)
        seen = vectors.T @ (self.xy - self.number * self.mean_x * self.mean_y)
        return vectors @ (seen[:, None] / (np.maximum(values, 0)[:, None] + penalties))


def _sums(cut: Cut, starts: NDArray[np.int64], y: NDArray[np.float64], k: int, words: tuple[str, ...] = ()) -> _Sums:
    size = int(canonical_numbers(k).max()) + 1 + len(words)
    x, xx, xy = np.zeros(size), np.zeros((size, size)), np.zeros(size)
    for i in counted(range(0, len(starts), _PIECE), "k-mers of windows", "pieces"):
        counts = _columns(cut(starts[i : i + _PIECE]), k, words)
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
