"""The baselines of a fold: fitted on its training windows, predicting its test windows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.profile.evaluate import baselines
from cisgrammar.profile.evaluate.cut_weights import POSITIONS, fit_cut_weights
from cisgrammar.profile.fit.kmer_ridge import fit_kmer_ridge
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
_PIECE = 4096
_MOST_WINDOWS = 20_000
_MOST_HALVES = 1_000


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
        background = self._train_starts("background", _MOST_WINDOWS)
        radius = POSITIONS // 2
        self.weights = fit_cut_weights(self._codes(background, radius), self._counts(background))

    def _train_starts(self, kind: str, most: int) -> NDArray[np.int64]:
        """Starts of at most `most` training windows, evenly taken from all."""
        starts = window_starts(self.data.windows("train", kind).centres, self.length)
        if len(starts) <= most:
            return starts
        return starts[np.linspace(0, len(starts) - 1, most).astype(np.int64)]

    def _codes(self, starts: NDArray[np.int64], flank: int = 0) -> NDArray[np.uint8]:
        return cut_codes(self.data.genome.codes, starts - flank, self.length + 2 * flank)

    def _counts(self, starts: NDArray[np.int64]) -> NDArray:
        return cut_counts(self.data.signal.heads[self.head], starts, self.length)

    def predict(self, kind: str, starts: NDArray[np.int64]) -> list[Baseline]:
        """Predict windows of a kind (peak or background) that begin at `starts`, indices into the genome."""
        train = self._train_starts(kind, _MOST_WINDOWS)
        profile = baselines.mean_profile(self._counts(train))
        log_totals = np.log1p(self._counts(train).sum(axis=(1, 2)))
        codes, counts = self._codes(starts, self.weights.radius), self._counts(starts)
        shape = (len(starts), *profile.shape)
        alone, log_sums = self.weights.predict(codes)
        together, _ = self.weights.predict(codes, profile)
        _, train_sums = self.weights.predict(self._codes(train, self.weights.radius))
        by_sum = fit_line(train_sums, log_totals, log_sums)
        by_gc = fit_line(gc_content(self._codes(train)), log_totals, gc_content(self._codes(starts)))
        by_kmers = self._by_kmers(kind, starts)
        mean = np.full(len(starts), log_totals.mean())
        beside = [] if self.data.control is None else [self._by_control(train, log_totals, starts, counts)]
        return [
            Baseline("uniform", baselines.uniform(*shape), mean, counts),
            Baseline("mean_profile", np.broadcast_to(profile, shape), mean, counts),
            Baseline("gc_content", baselines.uniform(*shape), by_gc, counts),
            Baseline("kmer_ridge", baselines.uniform(*shape), by_kmers, counts),
            Baseline("position_weight", alone, by_sum, counts),
            Baseline("position_weight_profile", together, by_sum, counts),
            *beside,
        ]

    def _by_control(self, train: NDArray[np.int64], log_totals: NDArray, starts: NDArray, counts: NDArray) -> Baseline:
        """The control alone: its 5' ends within the width that fits training windows best, and a line for ln N."""
        few = train[:: -(-len(train) // _MOST_HALVES)]
        observed = self._counts(few)
        errors = {}
        for width in control_widths(_CONTROL_REACH):
            predicted = baselines.control_profile(self._control(few, width))
            errors[width] = -float((observed * predicted).sum())
        best = min(errors, key=lambda width: errors[width])
        x, new = (np.log1p(self._control(at, 1).sum(axis=(1, 2), dtype=np.float64)) for at in (train, starts))
        profile = baselines.control_profile(self._control(starts, best))
        return Baseline(CONTROL, profile, fit_line(x, log_totals, new), counts)

    def _control(self, starts: NDArray[np.int64], width: int) -> NDArray[np.float64]:
        """5' ends of the control within a width of each position, all its tasks together for each of the head's."""
        if self.data.control is None:
            raise ValueError("the sample has no control")
        counts, reach = self.data.control.heads[self.head], width // 2
        found = cut_counts(counts, starts - reach, self.length + 2 * reach).astype(np.float64)
        summed = np.cumsum(np.pad(found, ((0, 0), (0, 0), (1, 0))), axis=2)
        sums = summed[..., width:] - summed[..., :-width]  # (windows, control tasks, length)
        tasks = self.data.signal.heads[self.head].shape[0]
        return sums if sums.shape[1] == tasks else np.repeat(sums.sum(axis=1, keepdims=True), tasks, axis=1)

    def _by_kmers(self, kind: str, starts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Ln N by ridge regression on the k-mers of all training windows of a kind; `(windows,)`."""
        train = self.data.windows("train", kind).centres - self.length // 2
        totals = [self._counts(part).sum(axis=(1, 2), dtype=np.float64) for part in _pieces(train)]
        ridge = fit_kmer_ridge(self._codes, train, np.log1p(np.concatenate(totals)), KMER)
        return np.concatenate([np.zeros(0), *(ridge.predict(self._codes(part)) for part in _pieces(starts))])

    def halves(self, starts: NDArray[np.int64], seed: int) -> tuple[NDArray, NDArray]:
        """Both halves of the fragments in windows, `(windows, tasks, length)` each; of 5' ends without fragments."""
        counts = self._counts(starts)
        if self.head not in self.data.signal.halves:
            return baselines.thin(counts, seed)
        half = self.data.signal.halves[self.head].windows(starts, self.length)
        return half, counts - half

    def other_half(self, kind: str, starts: NDArray[np.int64], seed: int) -> Baseline:
        """Predict one half of the reads by the other, smoothed and blended: a reference at half depth.

        It is `other_half` where fragments were dealt to the halves, and `other_half_cuts` where single 5' ends were
        (bigWigs hold no fragments). The blend is fitted on training windows of the same kind. Models and baselines
        that pool over windows may well be better.
        """
        train = self._train_starts(kind, _MOST_HALVES)
        half, other = self.halves(train, seed)
        shares = baselines.fit_blend(self._parts(train, half), other)
        half, other = self.halves(starts, seed + 1)
        blended = [
            baselines.blend(self._parts(starts[i : i + _MOST_HALVES], half[i : i + _MOST_HALVES]), shares)
            for i in range(0, len(starts), _MOST_HALVES)
        ]
        log_counts = np.log1p(half.sum(axis=(1, 2)))
        name = OTHER_HALF if self.head in self.data.signal.halves else OTHER_HALF_CUTS
        return Baseline(name, np.concatenate(blended), log_counts, other)

    def _parts(self, starts: NDArray[np.int64], half: NDArray) -> NDArray:
        codes = self._codes(starts, self.weights.radius)
        return baselines.half_profiles(half, self.weights.log_weights(codes))


def _pieces(starts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [starts[i : i + _PIECE] for i in range(0, len(starts), _PIECE)]


def fit_line(x: NDArray, y: NDArray, new_x: NDArray) -> NDArray[np.float64]:
    """Predict `y` at `new_x` by the least-squares line of `y` on `x`; its mean if `x` is constant."""
    centred = x - x.mean()
    spread = np.square(centred).sum()
    slope = (centred * (y - y.mean())).sum() / spread if spread > 0 else 0.0
    return y.mean() + slope * (new_x - x.mean())
