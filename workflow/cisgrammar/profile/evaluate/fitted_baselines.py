"""The baselines of a fold: fitted on its training windows, predicting its test windows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.progress import counted
from cisgrammar.profile.evaluate import baselines
from cisgrammar.profile.evaluate.cut_weights import POSITIONS, fit_cut_weights_to
from cisgrammar.profile.fit.kmer_ridge import KmerRidge, fit_kmer_ridge
from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.profile.models.controlled import control_widths
from cisgrammar.sequence.alphabet import gc_content
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.store import cut_codes, cut_counts

KMER = 6
"""bp of the k-mers of the ridge regression."""
OTHER_HALF, OTHER_HALF_CUTS = "other_half", "other_half_cuts"
CONTROL = "control"
_CONTROL_REACH = 150
_TRAINING_AT_ONCE = 1024
_MOST_WINDOWS = 20_000
_MOST_HALVES = 1_000
_HALVES_AT_ONCE = 64


class Baseline(NamedTuple):
    """A baseline's predictions for some windows.

    `counts` is what they are to be compared with, `(windows, tasks, length)`; `log_counts` `(windows,)` may
    be nan.
    """

    name: str
    log_probabilities: NDArray
    log_counts: NDArray
    counts: NDArray


class FoldBaselines:
    """Baselines of one head in one fold.

    Position weights are fitted on training background, whatever windows they then predict: they are to hold
    the enzyme's preference alone. Everything else is fitted on training windows of the kind that it predicts.

    Parameters
    ----------
    data
        Stores and windows of the fold.
    head
        Name of the head.
    length
        bp of an output window.
    """

    def __init__(self, data: ProfileData, head: str, length: int) -> None:
        self.data, self.head, self.length = data, head, length
        train = counted(self.train("background"), "position weights of background", "windows", len)
        pieces = ((self.codes(part, POSITIONS // 2), self.counts(part)) for part in train)
        self.weights = fit_cut_weights_to(pieces, data.signal.heads[head].shape[0])

    def train(self, kind: str, most: int = _MOST_WINDOWS) -> list[NDArray[np.int64]]:
        """Starts of at most `most` training windows, evenly taken from all, in pieces."""
        starts = window_starts(self.data.windows("train", kind).centres, self.length)
        if len(starts) > most:
            starts = starts[np.linspace(0, len(starts) - 1, most).astype(np.int64)]
        return _pieces(starts, _TRAINING_AT_ONCE)

    def codes(self, starts: NDArray[np.int64], flank: int = 0) -> NDArray[np.uint8]:
        """Codes of windows, with `flank` bp on each side, `(windows, length + 2 flank)`."""
        return cut_codes(self.data.genome.codes, starts - flank, self.length + 2 * flank)

    def counts(self, starts: NDArray[np.int64]) -> NDArray:
        """Observed 5' ends of windows, `(windows, tasks, length)`."""
        return cut_counts(self.data.signal.heads[self.head], starts, self.length)

    def fit(self, kind: str) -> KindBaselines:
        """Fit what predicts windows of a kind (peak or background)."""
        return KindBaselines(self, kind)

    def fit_halves(self, kind: str, seed: int) -> Halves:
        """Fit what predicts one half of the reads by the other in windows of a kind."""
        return Halves(self, kind, seed)

    def predict(self, kind: str, starts: NDArray[np.int64]) -> list[Baseline]:
        """Predict windows of a kind that begin at `starts`, indices into the genome."""
        return self.fit(kind).predict(starts)

    def other_half(self, kind: str, starts: NDArray[np.int64], seed: int) -> Baseline:
        """Predict one half of the reads of windows by the other, as `Halves` does."""
        return self.fit_halves(kind, seed).next(starts)


class KindBaselines:
    """Baselines of one head, fitted to the training windows of a kind, which are read in pieces.

    Parameters
    ----------
    fold
        The fold's baselines.
    kind
        peak or background.
    """

    def __init__(self, fold: FoldBaselines, kind: str) -> None:
        self._fold = fold
        tasks = fold.data.signal.heads[fold.head].shape[0]
        pooled, totals, sums, gc = np.zeros((tasks, fold.length)), [], [], []
        train = fold.train(kind)
        for part in counted(train, f"baselines of {kind} windows", "windows", len):
            counts = fold.counts(part)
            pooled += counts.sum(axis=0, dtype=np.float64)
            totals.append(np.log1p(counts.sum(axis=(1, 2))))
            gc.append(gc_content(fold.codes(part)))
            sums.append(fold.weights.log_sums(fold.codes(part, fold.weights.radius)))
        log_totals = np.concatenate(totals)
        self._profile = baselines.mean_of_pooled(pooled)
        self._mean = log_totals.mean()
        self._by_sum, self._by_gc = (Line.fit(np.concatenate(x), log_totals) for x in (sums, gc))
        self._ridge = self._fit_ridge(kind)
        self._control = None if fold.data.control is None else _Control(fold, train, log_totals)

    def _fit_ridge(self, kind: str) -> KmerRidge:
        """Ln N by ridge regression on the k-mers of all training windows of a kind."""
        fold = self._fold
        train = fold.data.windows("train", kind).centres - fold.length // 2
        totals = [fold.counts(part).sum(axis=(1, 2), dtype=np.float64) for part in _pieces(train, _TRAINING_AT_ONCE)]
        return fit_kmer_ridge(fold.codes, train, np.log1p(np.concatenate(totals)), KMER)

    def predict(self, starts: NDArray[np.int64]) -> list[Baseline]:
        """Predict windows that begin at `starts`, indices into the genome."""
        fold, shape = self._fold, (len(starts), *self._profile.shape)
        codes, counts = fold.codes(starts, fold.weights.radius), fold.counts(starts)
        alone, log_sums = fold.weights.predict(codes)
        together, _ = fold.weights.predict(codes, self._profile)
        plain = fold.codes(starts)
        by_sum, by_gc = self._by_sum(log_sums), self._by_gc(gc_content(plain))
        mean, uniform = np.full(len(starts), self._mean), baselines.uniform(*shape)
        beside = [] if self._control is None else [self._control.predict(starts, counts)]
        return [
            Baseline("uniform", uniform, mean, counts),
            Baseline("mean_profile", np.broadcast_to(self._profile, shape), mean, counts),
            Baseline("gc_content", uniform, by_gc, counts),
            Baseline("kmer_ridge", uniform, self._ridge.predict(plain), counts),
            Baseline("position_weight", alone, by_sum, counts),
            Baseline("position_weight_profile", together, by_sum, counts),
            *beside,
        ]


class _Control:
    """The control alone: its 5' ends within the width that fits training windows best, and a line for ln N."""

    def __init__(self, fold: FoldBaselines, train: list[NDArray[np.int64]], log_totals: NDArray) -> None:
        if fold.data.control is None:
            raise ValueError("the sample has no control")
        self._ends, self._fold = fold.data.control.heads[fold.head], fold
        self._tasks = fold.data.signal.heads[fold.head].shape[0]
        every = np.concatenate(train)
        few = every[:: -(-len(every) // _MOST_HALVES)]
        observed = fold.counts(few)
        errors = {}
        for width in control_widths(_CONTROL_REACH):
            errors[width] = -float((observed * baselines.control_profile(self._near(few, width))).sum())
        self._width = min(errors, key=lambda width: errors[width])
        self._line = Line.fit(np.concatenate([self._log_ends(part) for part in train]), log_totals)

    def predict(self, starts: NDArray[np.int64], counts: NDArray) -> Baseline:
        profile = baselines.control_profile(self._near(starts, self._width))
        return Baseline(CONTROL, profile, self._line(self._log_ends(starts)), counts)

    def _log_ends(self, starts: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.log1p(self._near(starts, 1).sum(axis=(1, 2), dtype=np.float64))

    def _near(self, starts: NDArray[np.int64], width: int) -> NDArray[np.float64]:
        """5' ends of the control within a width of each position, all its tasks together for each of the head's."""
        length, reach = self._fold.length, width // 2
        found = cut_counts(self._ends, starts - reach, length + 2 * reach).astype(np.float64)
        summed = np.cumsum(np.pad(found, ((0, 0), (0, 0), (1, 0))), axis=2)
        sums = summed[..., width:] - summed[..., :-width]  # (windows, control tasks, length)
        whole = sums.shape[1] == self._tasks
        return sums if whole else np.repeat(sums.sum(axis=1, keepdims=True), self._tasks, axis=1)


class Halves:
    """One half of the reads predicted by the other, smoothed and blended: a reference at half depth.

    It is `other_half` where fragments were dealt to the halves, and `other_half_cuts` where single 5' ends were
    (bigWigs hold no fragments). The blend is fitted on training windows of the same kind. Models and baselines
    that pool over windows may well be better.

    Parameters
    ----------
    fold
        The fold's baselines.
    kind
        peak or background.
    seed
        Of how ends are dealt where no fragments are known.
    """

    def __init__(self, fold: FoldBaselines, kind: str, seed: int) -> None:
        self._fold = fold
        train = np.concatenate(fold.train(kind, _MOST_HALVES))
        half, other = self._deal(train, np.random.default_rng(seed))
        pieces = _slices(len(train))
        self._shares = baselines.fit_blend((self._parts(train[rows], half[rows]), other[rows]) for rows in pieces)
        self._rng = np.random.default_rng(seed + 1)

    def next(self, starts: NDArray[np.int64]) -> Baseline:
        """Predict the next windows; with the windows before them they are dealt as all at once would be."""
        half, other = self._deal(starts, self._rng)
        pieces = _slices(len(starts))
        blended = [baselines.blend(self._parts(starts[rows], half[rows]), self._shares) for rows in pieces]
        name = OTHER_HALF if self._fold.head in self._fold.data.signal.halves else OTHER_HALF_CUTS
        return Baseline(name, np.concatenate(blended), np.log1p(half.sum(axis=(1, 2))), other)

    def _deal(self, starts: NDArray[np.int64], rng: np.random.Generator) -> tuple[NDArray, NDArray]:
        """Both halves of the fragments in windows, `(windows, tasks, length)` each; of 5' ends without fragments."""
        fold = self._fold
        counts = fold.counts(starts)
        if fold.head not in fold.data.signal.halves:
            return baselines.thin(counts, rng)
        half = fold.data.signal.halves[fold.head].windows(starts, fold.length)
        return half, counts - half

    def _parts(self, starts: NDArray[np.int64], half: NDArray) -> NDArray:
        codes = self._fold.codes(starts, self._fold.weights.radius)
        return baselines.half_profiles(half, self._fold.weights.log_weights(codes))


def _pieces(starts: NDArray[np.int64], size: int) -> list[NDArray[np.int64]]:
    return [starts[i : i + size] for i in range(0, len(starts), size)]


def _slices(windows: int) -> list[slice]:
    """Windows in the few whose smoothed halves are held at once."""
    return [slice(i, i + _HALVES_AT_ONCE) for i in range(0, windows, _HALVES_AT_ONCE)]


class Line(NamedTuple):
    """A straight line."""

    x: float
    y: float
    slope: float

    @classmethod
    def fit(cls, x: NDArray, y: NDArray) -> Line:
        """The least-squares line of `y` on `x`; flat if `x` is constant."""
        centred = x - x.mean()
        spread = np.square(centred).sum()
        slope = (centred * (y - y.mean())).sum() / spread if spread > 0 else 0.0
        return cls(x.mean(), y.mean(), slope)

    def __call__(self, x: NDArray) -> NDArray[np.float64]:
        """Its values at `x`."""
        return self.y + self.slope * (x - self.x)
