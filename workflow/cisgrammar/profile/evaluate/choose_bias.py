"""Choose the bias model: how well each threshold's model does on background, and what it learned that is no bias.

A bias model should hold the enzyme's preference and nothing else. Two numbers measure what else it holds: how much
better than the position-weight model, which is the preference alone, it ranks peaks by their counts; and how much
more of its predicted profile than of the position-weight model's lies at the summits, which no preference predicts.

A higher threshold gives more training windows, and more of them with factors. So of the thresholds that cannot be told
apart on held-out background, within one standard error (Breiman et al. 1984), the smallest is taken.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cisgrammar.config.profile import Bias
from cisgrammar.profile.data.thresholds import Kept
from cisgrammar.profile.data.window_sampler import Windows, evenly
from cisgrammar.profile.evaluate.cut_weights import POSITIONS, CutWeights, fit_cut_weights
from cisgrammar.profile.evaluate.metrics import counts_correlations, region_metrics, summarise
from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel
from cisgrammar.profile.predict import predict_windows
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.store import cut_codes, cut_counts
from cisgrammar.tables.contracts.profile import SWEEP

if TYPE_CHECKING:
    import pandas as pd

MOST_COUNTS_GAIN = 0.15
MOST_SUMMIT_GAIN = 0.1
"""From simulation (`calibration/bias.py`): a peak-free preference of single bases is at 0.00; one with interactions of
neighbours (standard deviation 0.15 of the ln preference) lies below 0.08 in 97.5 % of draws, whether summits are
AT-rich, hold poly(dA:dT) or are GC-rich, and below 0.125 with twice the interactions. A model that holds 1.5 times the
rate at the summits is at 0.37. On yeast's own sequence such preferences stay below 0.04, so that its models, of which
that of the quietest background is at 0.14 to 0.17, hold something of its peaks."""
WORST_COUNTS_PEARSON = -0.3
SUMMIT_BASES = 200
MOST_WINDOWS = 10_000
_EVERYTHING = 0.99
"""Share of the background windows beyond which a larger threshold adds none that matters."""


class HeadScores(NamedTuple):
    """A bias model's scores of one head, or their mean over heads; the columns of that name in `SweepRow`."""

    background_jsd: float
    background_nll: float
    position_weight_jsd: float
    position_weight_nll: float
    peak_counts_pearson: float
    position_weight_counts_pearson: float
    summit_gain: float


@dataclass(frozen=True)
class SweepRow:
    """One threshold of the sweep; the columns of `sweep.tsv`.

    `background_*` are on held-out background windows, the same for all thresholds (medians and pooled nats, averaged
    over heads); `peak_counts_pearson` is on held-out peaks, beside the position-weight model's; `summit_gain` is the
    excess, over the position-weight model's, of the predicted profile within 100 bp of the summits (0.1: a tenth more).
    `above_best` is `background_nll` less the lowest without leakage, `above_weights` less `position_weight_nll`, each
    with its standard error over windows, of which there are `background_windows`.
    """

    threshold: float
    cutoff: float
    n_windows: int
    below: int
    background_jsd: float
    background_nll: float
    position_weight_jsd: float
    position_weight_nll: float
    peak_counts_pearson: float
    position_weight_counts_pearson: float
    summit_gain: float
    leakage: bool
    verdict: str = ""
    chosen: bool = False
    above_best: float = float("nan")
    above_best_se: float = float("nan")
    above_weights: float = float("nan")
    above_weights_se: float = float("nan")
    background_windows: int = 0
    peak_windows: int = 0


class WindowNats(NamedTuple):
    """What a model's `background_nll` is made of, window by window: both `(windows, heads)`."""

    nats: np.ndarray
    ends: np.ndarray

    def above(self, other: WindowNats) -> tuple[float, float]:
        """How far the NLL per 5' end, mean over heads, is above another model's, and its standard error.

        Both are of the same windows. The error is that of a ratio of sums, linearised; windows are independent.
        """
        sums = self.ends.sum(axis=0)
        difference = self.nats - other.nats
        ratio = difference.sum(axis=0) / sums  # (heads,)
        rests = ((difference - ratio * self.ends) / sums).mean(axis=1)  # (windows,)
        number = len(rests)
        error = np.sqrt(np.square(rests).sum() * number / (number - 1)) if number > 1 else np.inf
        return float(ratio.mean()), float(error)


class SweepJudge:
    """Assesses bias models on the held-out (validation) windows of a fold.

    Parameters
    ----------
    data
        Stores and windows.
    output_length
        bp.
    min_counts
        Fewest 5' ends of a background window that is scored.

    Attributes
    ----------
    nats
        Threshold -> nats of each background window, of all models that were assessed.
    """

    def __init__(self, data: ProfileData, output_length: int, min_counts: float) -> None:
        self.data, self.output_length = data, output_length
        background = data.windows("validation", "background")
        enough = background.where(background.counts >= min_counts)
        self.background = evenly(enough if len(enough) else background, MOST_WINDOWS)
        self.peaks = evenly(data.windows("validation", "peak"), MOST_WINDOWS)
        self.weights = {head.name: self._fit_weights(head.name) for head in data.heads()}
        self.nats: dict[float, WindowNats] = {}

    def _fit_weights(self, head: str) -> CutWeights:
        windows = evenly(self.data.windows("train", "background"), MOST_WINDOWS)
        return fit_cut_weights(self._codes(windows), self._counts(windows, head))

    def _codes(self, windows: Windows) -> np.ndarray:
        length = self.output_length + POSITIONS - 1
        return cut_codes(self.data.genome.codes, window_starts(windows.centres, length), length)

    def _counts(self, windows: Windows, head: str) -> np.ndarray:
        starts = window_starts(windows.centres, self.output_length)
        return cut_counts(self.data.signal.heads[head], starts, self.output_length)

    def assess(self, model: SoloModel | TransformationModel, threshold: float, kept: Kept) -> SweepRow:
        """Score a bias model; `kept` says what it was trained on."""
        half = self.output_length // 2
        codes = self.data.genome.codes
        background = predict_windows(model, codes, self.background.centres - half)
        peaks = predict_windows(model, codes, self.peaks.centres - half)
        heads = [
            self._assess_head(
                name, background.log_probabilities[name], peaks.log_probabilities[name], peaks.log_counts[name]
            )
            for name in self.weights
        ]
        self.nats[threshold] = self._nats(background.log_probabilities)
        above, error = self.nats[threshold].above(self.weight_nats)
        mean = HeadScores(*(float(np.mean(scores)) for scores in zip(*heads, strict=True)))
        counts_gain = mean.peak_counts_pearson - mean.position_weight_counts_pearson
        leakage = bool(counts_gain > MOST_COUNTS_GAIN or mean.summit_gain > MOST_SUMMIT_GAIN)
        return SweepRow(
            *(threshold, kept.cutoff, len(kept.windows), kept.below, *mean),
            leakage=leakage,
            above_weights=above,
            above_weights_se=error,
            background_windows=len(self.background),
            peak_windows=len(self.peaks),
        )

    @cached_property
    def weight_nats(self) -> WindowNats:
        """Nats of each background window by the position weights."""
        codes = self._codes(self.background)
        return self._nats({name: weights.predict(codes)[0] for name, weights in self.weights.items()})

    def _nats(self, log_probabilities: Mapping[str, np.ndarray]) -> WindowNats:
        """Nats of each background window by predicted profiles, head -> `(windows, tasks, length)`."""
        found = [region_metrics(self._counts(self.background, n), log_probabilities[n]) for n in self.weights]
        ends = np.stack([each["counts"] for each in found], axis=1)
        return WindowNats(
            np.stack([np.where(each["counts"] > 0, each["nll_per_cut"], 0) for each in found], axis=1) * ends, ends
        )

    def _assess_head(self, head: str, background: np.ndarray, peaks: np.ndarray, log_counts: np.ndarray) -> HeadScores:
        weights = self.weights[head]
        y = self._counts(self.background, head)
        model_scores = summarise(region_metrics(y, background))
        weight_scores = summarise(region_metrics(y, weights.predict(self._codes(self.background))[0]))
        weight_peaks, weight_sums = weights.predict(self._codes(self.peaks))
        totals = self._counts(self.peaks, head).sum(axis=(1, 2))
        return HeadScores(
            background_jsd=model_scores["median_jsd"],
            background_nll=model_scores["nll_per_cut"],
            position_weight_jsd=weight_scores["median_jsd"],
            position_weight_nll=weight_scores["nll_per_cut"],
            peak_counts_pearson=counts_correlations(totals, log_counts)[0],
            position_weight_counts_pearson=counts_correlations(totals, weight_sums)[0],
            summit_gain=summit_share(peaks) / summit_share(weight_peaks) - 1,
        )


def summit_share(log_probabilities: np.ndarray) -> float:
    """Mean share of the profile within `SUMMIT_BASES` / 2 of the window's centre."""
    length = log_probabilities.shape[2]
    half = min(SUMMIT_BASES, length // 2) // 2
    middle = log_probabilities[:, :, length // 2 - half : length // 2 + half]
    return float(np.exp(middle).sum(axis=(1, 2)).mean())


def choose(
    rows: Sequence[SweepRow],
    section: Bias,
    nats: Mapping[float, WindowNats] | None = None,
    available: int | None = None,
) -> tuple[list[SweepRow], dict[str, Any]]:
    """Mark the threshold to use and say why.

    Of the thresholds without leakage those are looked at whose NLL per cut on held-out background is within one
    standard error of the lowest; the smallest is taken. If all leak, the one that leaks least at the summits is.

    Parameters
    ----------
    rows
        One for each threshold.
    section
        The config's `bias`.
    nats
        Threshold -> its background windows (`SweepJudge.nats`), for the error of the difference; None for none.
    available
        Background windows that a threshold may keep; None if not known.

    Returns
    -------
    rows, verdict
        The rows with `verdict`, `chosen`, `above_best` (NLL above the lowest of those without leakage) and its error
        filled in; and for the report `verdict` (`bias learned`, `motif leakage`, `too few regions`, `no bias found`),
        `threshold`, `reason`, `swept` (thresholds), `at_edge` (of `edge_of_sweep`, empty too where thresholds beyond
        the edge would keep the same windows), and the chosen row's numbers.
    """
    clean = [row for row in rows if not row.leakage]
    best = min(clean, key=lambda row: row.background_nll) if clean else min(rows, key=lambda row: row.summit_gain)
    above = [_above(row, best, nats or {}) for row in rows]
    rows = [replace(row, above_best=gap, above_best_se=error) for row, (gap, error) in zip(rows, above, strict=True)]
    alike = [row for row in rows if not row.leakage and row.above_best <= row.above_best_se]
    taken = min(alike, key=lambda row: row.threshold).threshold if clean else best.threshold
    marked = [replace(row, verdict=_verdict(row, section), chosen=row.threshold == taken) for row in rows]
    chosen = next(row for row in marked if row.chosen)
    edge = edge_of_sweep([row.threshold for row in rows], best.threshold, taken)
    everything = available is not None and chosen.n_windows >= _EVERYTHING * available
    if (edge == "largest" and everything) or (edge == "smallest" and chosen.below <= section.min_windows):
        edge = ""
    numbers = asdict(chosen) | {"swept": [row.threshold for row in rows], "at_edge": edge}
    return marked, {"reason": _reason(chosen, best, edge), "most_summit_gain": MOST_SUMMIT_GAIN, **numbers}


def judge_given(judge: SweepJudge, model: SoloModel | TransformationModel, source: str) -> dict[str, Any]:
    """The verdict on a bias model that was not trained by the run: as `choose` has it, but for what is of a sweep.

    Parameters
    ----------
    judge
        Of the sample's fold.
    model
        The given model.
    source
        Its file, for the report (`given`).
    """
    row = judge.assess(model, 0.0, Kept(judge.background, 0.0, 0, False))
    better = row.background_nll < row.position_weight_nll
    verdict = "motif leakage" if row.leakage else "bias learned" if better else "no bias found"
    swept = ("threshold", "cutoff", "n_windows", "below", "chosen", "verdict", "above_best", "above_best_se")
    numbers = {name: value for name, value in asdict(row).items() if name not in swept}
    reason = f"{_GIVEN[verdict]}; {_numbers_of(row)}."
    return {"verdict": verdict, "given": source, "reason": reason, "most_summit_gain": MOST_SUMMIT_GAIN, **numbers}


_GIVEN = {
    "bias learned": "on background better than position weights, at summits and in counts of peaks little more",
    "motif leakage": "the given model holds where peaks are: give another one, or train one here",
    "no bias found": "on this sample it does no better than position weights: it may be of another enzyme or another "
    "shift",
}


def edge_of_sweep(thresholds: Sequence[float], best: float, chosen: float) -> str:
    """Whether thresholds beyond the swept ones might be better: `smallest` or `largest` if so, else empty.

    `smallest` if the lowest NLL is at the smallest threshold; `largest` if it is at the largest and no smaller one is
    within one standard error of it. One threshold is no sweep.
    """
    low, high = min(thresholds), max(thresholds)
    if low == high:
        return ""
    if best == low:
        return "smallest"
    return "largest" if best == high == chosen else ""


def _above(row: SweepRow, best: SweepRow, nats: Mapping[float, WindowNats]) -> tuple[float, float]:
    if row is best:
        return 0.0, 0.0
    if row.threshold in nats and best.threshold in nats:
        return nats[row.threshold].above(nats[best.threshold])
    return row.background_nll - best.background_nll, 0.0


def _verdict(row: SweepRow, section: Bias) -> str:
    if row.leakage:
        return "motif leakage"
    if row.n_windows < section.min_windows:
        return "too few regions"
    return "bias learned" if row.background_nll < row.position_weight_nll else "no bias found"


def _numbers_of(row: SweepRow) -> str:
    return (
        f"held-out background: NLL per cut {row.background_nll:.3f} (position weights {row.position_weight_nll:.3f}); "
        f"log-count Pearson in peaks {row.peak_counts_pearson:.2f} (position weights "
        f"{row.position_weight_counts_pearson:.2f}); {100 * row.summit_gain:+.0f} % of the profile at the summits"
    )


def _reason(row: SweepRow, best: SweepRow, edge: str) -> str:
    numbers = _numbers_of(row)
    advice = {
        "bias learned": "on background better than position weights, at summits and in counts of peaks little more",
        "motif leakage": "the model has learned where peaks are: lower bias.thresholds, or make the model smaller",
        "too few regions": "too few background windows: raise bias.thresholds or prepare.background_ratio",
        "no bias found": "it does no better than position weights: train longer, or on more windows",
    }[row.verdict]
    if row.peak_counts_pearson < WORST_COUNTS_PEARSON:
        advice += "; the negative correlation with counts in peaks is that of base composition"
    if row.threshold != best.threshold:
        advice += (
            f"; the smallest threshold within one standard error of {best.threshold:g}, the best "
            f"({row.above_best:.4f} +- {row.above_best_se:.4f} nats above it)"
        )
    if edge:
        other = "smaller" if edge == "smallest" else "larger"
        advice += f"; the best threshold is the {edge} of the sweep: add {other} ones to bias.thresholds"
    return f"{advice}. Trained on {row.n_windows} windows with under {row.cutoff:.0f} 5' ends; {numbers}."


def training_end(history: pd.DataFrame) -> dict[str, int]:
    """How a training ended, for its verdict: `epochs`, and `kept_epoch`, from 1, whose weights were kept."""
    return {"epochs": len(history), "kept_epoch": int(history["epoch"][history["kept"] == 1].max())}


def write_sweep(path: str | Path, rows: Sequence[SweepRow]) -> None:
    """Write the sweep as TSV, one row per threshold."""
    import pandas as pd

    SWEEP.write(path, pd.DataFrame([asdict(row) for row in rows]))


def chosen_threshold(verdict: str | Path) -> float:
    """The threshold that a sweep has chosen, from its `verdict.json`."""
    return float(json.loads(Path(verdict).read_text())["threshold"])
