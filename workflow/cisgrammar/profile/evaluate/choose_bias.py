"""Choose the bias model: how well each threshold's model does on background, and what it learned that is no bias.

A bias model should hold the enzyme's preference and nothing else. Two numbers measure what else it holds: how much
better than the position-weight model, which is the preference alone, it ranks peaks by their counts; and how much
more of its predicted profile than of the position-weight model's lies at the summits, which no preference predicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cisgrammar.config.profile import Bias
from cisgrammar.profile.data.thresholds import Kept
from cisgrammar.profile.data.window_sampler import Windows, evenly
from cisgrammar.profile.evaluate.cut_weights import POSITIONS, CutWeights, fit_cut_weights
from cisgrammar.profile.evaluate.metrics import counts_correlations, region_metrics, summarise
from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.predict import predict_windows
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.store import cut_codes, cut_counts
from cisgrammar.tables.contracts.profile import SWEEP

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
    """

    def __init__(self, data: ProfileData, output_length: int, min_counts: float) -> None:
        self.data, self.output_length = data, output_length
        background = data.windows("validation", "background")
        enough = background.where(background.counts >= min_counts)
        self.background = evenly(enough if len(enough) else background, MOST_WINDOWS)
        self.peaks = evenly(data.windows("validation", "peak"), MOST_WINDOWS)
        self.weights = {head.name: self._fit_weights(head.name) for head in data.heads()}

    def _fit_weights(self, head: str) -> CutWeights:
        windows = evenly(self.data.windows("train", "background"), MOST_WINDOWS)
        return fit_cut_weights(self._codes(windows), self._counts(windows, head))

    def _codes(self, windows: Windows) -> np.ndarray:
        length = self.output_length + POSITIONS - 1
        return cut_codes(self.data.genome.codes, window_starts(windows.centres, length), length)

    def _counts(self, windows: Windows, head: str) -> np.ndarray:
        starts = window_starts(windows.centres, self.output_length)
        return cut_counts(self.data.signal.heads[head], starts, self.output_length)

    def assess(self, model: SoloModel, threshold: float, kept: Kept) -> SweepRow:
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
        mean = HeadScores(*(float(np.mean(scores)) for scores in zip(*heads, strict=True)))
        counts_gain = mean.peak_counts_pearson - mean.position_weight_counts_pearson
        leakage = bool(counts_gain > MOST_COUNTS_GAIN or mean.summit_gain > MOST_SUMMIT_GAIN)
        return SweepRow(threshold, kept.cutoff, len(kept.windows), kept.below, *mean, leakage=leakage)

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


def choose(rows: Sequence[SweepRow], section: Bias) -> tuple[list[SweepRow], dict[str, Any]]:
    """Mark the threshold to use and say why.

    Of the thresholds without leakage the one with the lowest NLL per cut on held-out background is taken; if all leak,
    the one that leaks least at the summits.

    Returns
    -------
    rows, verdict
        The rows with `verdict` and `chosen` filled in; and for the report `verdict` (`bias learned`, `motif leakage`,
        `too few regions`, `no bias found`), `threshold`, `reason`, and the chosen row's numbers.
    """
    clean = [row for row in rows if not row.leakage]
    best = min(clean, key=lambda row: row.background_nll) if clean else min(rows, key=lambda row: row.summit_gain)
    marked = [_mark(row, _verdict(row, section), row is best) for row in rows]
    chosen = next(row for row in marked if row.chosen)
    return marked, {"reason": _reason(chosen), "most_summit_gain": MOST_SUMMIT_GAIN, **asdict(chosen)}


def _mark(row: SweepRow, verdict: str, chosen: bool) -> SweepRow:
    return SweepRow(**{**asdict(row), "verdict": verdict, "chosen": chosen})


def _verdict(row: SweepRow, section: Bias) -> str:
    if row.leakage:
        return "motif leakage"
    if row.n_windows < section.min_windows:
        return "too few regions"
    return "bias learned" if row.background_nll < row.position_weight_nll else "no bias found"


def _reason(row: SweepRow) -> str:
    numbers = (
        f"held-out background: NLL per cut {row.background_nll:.3f} (position weights {row.position_weight_nll:.3f}); "
        f"log-count Pearson in peaks {row.peak_counts_pearson:.2f} (position weights "
        f"{row.position_weight_counts_pearson:.2f}); {100 * row.summit_gain:+.0f} % of the profile at the summits"
    )
    advice = {
        "bias learned": "the model knows the assay's preference and no more",
        "motif leakage": "it knows where peaks are: lower bias.thresholds, or make the model smaller",
        "too few regions": "too few background windows: raise bias.thresholds or prepare.background_ratio",
        "no bias found": "it does no better than position weights: train longer, or on more windows",
    }[row.verdict]
    if row.peak_counts_pearson < WORST_COUNTS_PEARSON:
        advice += "; the negative correlation with counts in peaks says that it learned base composition"
    return f"{advice}. Trained on {row.n_windows} windows with under {row.cutoff:.0f} 5' ends; {numbers}."


def write_sweep(path: str | Path, rows: Sequence[SweepRow]) -> None:
    """Write the sweep as TSV, one row per threshold."""
    import pandas as pd

    SWEEP.write(path, pd.DataFrame([asdict(row) for row in rows]))
