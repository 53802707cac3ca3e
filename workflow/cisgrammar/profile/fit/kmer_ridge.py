"""Ridge regression of log-counts on the k-mers of windows: what a linear model learns of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.progress import counted
from cisgrammar.profile.fit.kmer_counts import Cut, canonical_numbers, kmer_counts
from cisgrammar.profile.fit.words import choose_words, word_counts
from cisgrammar.statistics.penalised import solve_penalised

_FOLDS = 5
_PIECE = 512
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

    Memory is that of a piece of windows and of three matrices of k-mers by k-mers, however many windows there are; of
    fewer windows than k-mers it is that of a matrix of windows by windows.

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
        return _fit_few(_small_counts(cut, starts, k), log_counts, parts, k)
    folds = [_sums(cut, starts[part], log_counts[part], k) for part in parts]
    errors = sum(_errors(_without(folds, i), fold) for i, fold in enumerate(folds))
    penalty = float(_PENALTIES[int(np.argmin(errors))])
    if most_words:
        residuals = np.empty(len(starts))
        for i, part in enumerate(parts):
            residuals[part] = log_counts[part] - _predict(_without(folds, i).line(k, penalty), cut, starts[part])
        words = tuple(choose_words(cut, starts, residuals, most_words))
        if words:
            return _sums(cut, starts, log_counts, k, words).line(k, penalty, words)
    return _Sums.total(folds).line(k, penalty)


def _small_counts(cut: Cut, starts: NDArray[np.int64], k: int) -> NDArray[np.uint32]:
    """Counts of k-mers in half of their memory, `(windows, k-mers)`."""
    pieces = (starts[i : i + _PIECE] for i in range(0, len(starts), _PIECE))
    return np.concatenate([kmer_counts(cut(piece), k).astype(np.uint32) for piece in pieces])


def _fit_few(x: NDArray[np.uint32], y: NDArray[np.float64], parts: list[NDArray[np.int64]], k: int) -> KmerRidge:
    """The same line of fewer windows than k-mers, `x` `(windows, k-mers)`: by products of windows with windows."""
    products = _products(x)
    errors = np.zeros(len(_PENALTIES))
    for part in parts:
        others = np.setdiff1d(np.arange(len(y)), part)
        shares = np.zeros((len(y), len(_PENALTIES)))
        shares[others] = _shares_of_windows(products[np.ix_(others, others)], y[others], _PENALTIES)
        seen = products @ shares  # (windows, penalties), without the intercept
        errors += np.square(seen[part] - seen[others].mean(axis=0) + y[others].mean() - y[part][:, None]).sum(axis=0)
    penalty = float(_PENALTIES[int(np.argmin(errors))])
    shares = _shares_of_windows(products, y, np.array([penalty]))[:, 0]
    pieces = (slice(i, i + _PIECE) for i in range(0, len(x), _PIECE))
    weights = np.sum([shares[piece] @ x[piece] for piece in pieces], axis=0)
    return KmerRidge(k, weights, float(y.mean() - x.mean(axis=0) @ weights), penalty)


def _products(x: NDArray[np.uint32]) -> NDArray[np.float64]:
    """`(windows, windows)`: sums over k-mers of products of counts."""
    found = np.empty((len(x), len(x)))
    for i in range(0, len(x), _PIECE):
        rows = x[i : i + _PIECE].astype(np.float64)
        for j in range(0, i + 1, _PIECE):
            found[i : i + _PIECE, j : j + _PIECE] = rows @ x[j : j + _PIECE].T.astype(np.float64)
            found[j : j + _PIECE, i : i + _PIECE] = found[i : i + _PIECE, j : j + _PIECE].T
    return found


def _shares_of_windows(
    products: NDArray[np.float64], y: NDArray[np.float64], penalties: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How much of each window is in the weights, `(windows, penalties)`: (x x' + penalty)^-1 y, both centred.

    They add up to 0 over windows: with the counts as they are they give the weights that centred ones give.
    `products`, `(windows, windows)`, are overwritten.
    """
    means = products.mean(axis=0)
    products -= means
    products -= (means - means.mean())[:, None]
    return solve_penalised(products.T, y - y.mean(), penalties)


def _columns(codes: NDArray[np.uint8], k: int, words: tuple[str, ...]) -> NDArray[np.float64]:
    """What the line is on, `(windows, k-mers + words)`; words are scaled, so that the penalty hardly holds them."""
    kmers = kmer_counts(codes, k)
    return np.concatenate([kmers, _FREE * word_counts(codes, words)], axis=1) if words else kmers


def _predict(ridge: KmerRidge, cut: Cut, starts: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.concatenate([ridge.predict(cut(starts[i : i + _PIECE])) for i in range(0, len(starts), _PIECE)])


_Triangle = NDArray[np.float64] | NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class _Sums:
    """What least squares needs of some windows: sums of products of k-mers with k-mers and with ln N.

    `xx` are lower triangles of products of k-mers, column after column; they are added up where they are used.
    """

    number: int
    x: NDArray[np.float64]
    xx: tuple[_Triangle, ...]
    xy: NDArray[np.float64]
    y: float
    yy: float

    @classmethod
    def total(cls, parts: list[_Sums]) -> _Sums:
        return cls(
            sum(p.number for p in parts),
            np.sum([p.x for p in parts], axis=0),
            tuple(xx for p in parts for xx in p.xx),
            np.sum([p.xy for p in parts], axis=0),
            sum(p.y for p in parts),
            sum(p.yy for p in parts),
        )

    @property
    def mean_x(self) -> NDArray[np.float64]:
        return self.x / self.number

    @property
    def mean_y(self) -> float:
        return self.y / self.number

    @property
    def centred_xy(self) -> NDArray[np.float64]:
        return self.xy - self.number * self.mean_x * self.mean_y

    def square(self, centred: bool) -> NDArray[np.float64]:
        """The products of k-mers, centred or as they are, `(k-mers, k-mers)` in Fortran order: its lower triangle."""
        size, end = len(self.x), 0
        found = np.empty((size, size), order="F")
        less = self.mean_x if centred else np.zeros(size)
        for i in range(size):
            begin, end = end, end + size - i
            found[i:, i] = -self.number * less[i] * less[i:]
            for triangle in self.xx:
                found[i:, i] += triangle[begin:end]
        return found

    def line(self, k: int, penalty: float, words: tuple[str, ...] = ()) -> KmerRidge:
        """The line of one penalty."""
        from scipy.linalg import cho_factor, cho_solve

        centred = self.square(centred=True)
        centred[np.diag_indices_from(centred)] += penalty
        weights = cho_solve(cho_factor(centred, lower=True, overwrite_a=True), self.centred_xy)
        intercept = float(self.mean_y - self.mean_x @ weights)
        kmers = len(weights) - len(words)
        return KmerRidge(k, weights[:kmers], intercept, penalty, words, weights[kmers:] * _FREE)

    def solve(self, penalties: NDArray[np.float64]) -> NDArray[np.float64]:
        """Weights for each penalty, `(k-mers, penalties)`."""
        return solve_penalised(self.square(centred=True), self.centred_xy, penalties)


def _without(folds: list[_Sums], left_out: int) -> _Sums:
    return _Sums.total([fold for i, fold in enumerate(folds) if i != left_out])


def _sums(cut: Cut, starts: NDArray[np.int64], y: NDArray[np.float64], k: int, words: tuple[str, ...] = ()) -> _Sums:
    from scipy.linalg import blas

    size = int(canonical_numbers(k).max()) + 1 + len(words)
    x, xx, xy = np.zeros(size), np.zeros((size, size), order="F"), np.zeros(size)
    for i in counted(range(0, len(starts), _PIECE), "k-mers of windows", "pieces"):
        counts = _columns(cut(starts[i : i + _PIECE]), k, words)
        x += counts.sum(axis=0)
        xx = blas.dsyrk(1.0, counts.T, beta=1.0, c=xx, lower=1, overwrite_c=1)
        xy += counts.T @ y[i : i + _PIECE]
    return _Sums(len(starts), x, (_triangle(xx),), xy, float(y.sum()), float(y @ y))


def _triangle(square: NDArray[np.float64]) -> _Triangle:
    """The lower triangle, column after column; sums of products of counts are whole numbers, most often below 2^32."""
    size, end = len(square), 0
    kind: type = np.uint32 if square.max() < 2**32 else np.float64
    found: _Triangle = np.empty(size * (size + 1) // 2, dtype=kind)
    for i in range(size):
        begin, end = end, end + size - i
        found[begin:end] = square[i:, i]
    return found


def _errors(training: _Sums, held_out: _Sums) -> NDArray[np.float64]:
    """Sum of squared errors on the windows left out, for each penalty."""
    from scipy.linalg import blas

    weights = training.solve(_PENALTIES)  # (k-mers, penalties)
    intercept = training.mean_y - training.mean_x @ weights
    products = blas.dsymm(1.0, held_out.square(centred=False), weights, lower=1)
    fitted = np.einsum("kp,kp->p", weights, products)
    cross = held_out.xy @ weights + intercept * held_out.y
    straight = held_out.number * intercept**2 + 2 * intercept * (held_out.x @ weights)
    return fitted + straight + held_out.yy - 2 * cross
