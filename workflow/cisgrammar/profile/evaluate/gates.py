"""Gates of the profile models: numbers beside the bars that they must pass.

A bar is a number of the same run: that of the best of the simpler explanations of the same windows. So a gate tells
whether a model is better than them on this data, not whether the data is deep. Nothing here imports numpy.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any

from cisgrammar.gates import Gate, Place, Side, Verdict, finite, worst
from cisgrammar.statistics.intervals import NORMAL_95

if TYPE_CHECKING:
    from cisgrammar.profile.evaluate.paired import Gain

ENZYME_ALONE = ("bias", "transformation", "position_weight")
SIMPLER = (*ENZYME_ALONE, "uniform", "mean_profile", "position_weight_profile", "control")
WITH_COUNTS = ("bias", "transformation", "position_weight", "gc_content", "kmer_ridge", "control")
OF_COUNTS = (*WITH_COUNTS, "mean_profile")
"""What the error of log-counts must beat: the mean of training windows too, which orders nothing."""
BASELINES = (
    *("uniform", "mean_profile", "position_weight", "position_weight_profile", "gc_content", "kmer_ridge"),
    "control",
)
REFERENCES = ("other_half", "other_half_cuts", "perfect_model", "perfect_model_sd")
"""No bars: half of the reads from the other half, and reads drawn from the combined model's own prediction."""
SIDE: dict[str, Side] = {"median_jsd": "below", "nll_per_cut": "below", "log_counts_mse": "below"}
"""Metric -> where of its bar it must lie; `above` for those that are not here."""
_Row = tuple[str, str, str, str, tuple[str, ...]]
_GRADED: tuple[_Row, ...] = (
    # stage, part, kind, metric, what it must beat
    ("bias", "bias", "background", "median_jsd", ("position_weight", "uniform")),
    ("bias", "bias", "background", "nll_per_cut", ("position_weight", "uniform")),
    ("combined", "combined", "peaks", "median_jsd", SIMPLER),
    ("combined", "combined", "peaks", "log_counts_pearson", WITH_COUNTS),
    ("combined", "combined", "peaks", "log_counts_mse", OF_COUNTS),
    ("combined", "combined", "peaks", "profile_pearson", SIMPLER),
    ("combined", "combined", "peaks", "nll_per_cut", SIMPLER),
)
_SHOWN = ("median_jsd", "nll_per_cut", "profile_pearson", "log_counts_pearson", "log_counts_mse")


def profile_gates(
    summary: Iterable[Mapping[str, Any]],
    footprints: Mapping[str, float],
    footprint_bar: float,
    sample: str,
    fold: str,
    gain: float | None,
    corrected: bool = True,
) -> list[Gate]:
    """Make the gates of one sample and fold.

    Bars of distances, nats and correlations are of the best simpler explanation of the same windows, for they depend on
    depth; on background, of position weights. A footprint below its bar says that the residual has no enzyme motif in
    it only if the residual has learned something: one that predicts nothing has no footprint at all. So
    `residual.footprint_max` fails where `residual.peaks.nll_gain`, the lower end of the 95 % interval of
    `residual_gain`, is not above 0. The bar of the footprint, 0.003 in a window of 1 kb, is from the literature
    (ChromBPNet's rule); that of the gain is no gain.

    Parameters
    ----------
    summary
        Rows of `summary.tsv`: model, head, kind (peak or background), and a column for each metric.
    footprints
        Part of the model -> largest marginal footprint of the enzyme's motifs.
    footprint_bar
        What the residual's must stay under.
    sample, fold
        Their names.
    gain
        Of `residual_gain`.
    corrected
        Whether the model has a bias that is taken out; without it there are no gates of bias and residual.

    Returns
    -------
    list of Gate
        Graded gates first, then baselines, references and footprints before correction. With several heads a value and
        its bar are means over heads, and the gates of each head follow.
    """
    table, combined = _Table(summary), Place("combined", sample, fold)
    graded = [row for row in _GRADED if corrected or row[0] != "bias"]
    gates = _judged(table, graded, sample, fold, [None])
    gates += _of_residual(combined, footprints.get("residual"), footprint_bar, gain) if corrected else []
    if len(table.heads) > 1:
        gates += _judged(table, graded, sample, fold, table.heads)
    shown = [
        (f"{role}{model}.{kind}.{metric}", table.mean(model, kind, metric))
        for role, models in (("baseline.", BASELINES), ("reference.", REFERENCES), ("", ("transformation", "residual")))
        for model in models
        for kind in ("peaks", "background")
        for metric in _SHOWN
    ]
    shown += [(f"{part}.footprint_max", finite(footprints.get(part))) for part in ("bias", "combined")]
    return gates + [Place("evaluate", sample, fold).shown(name, value) for name, value in shown if value is not None]


def _judged(table: _Table, rows: Sequence[_Row], sample: str, fold: str, heads: Sequence[str | None]) -> list[Gate]:
    """The gates of some rows of `_GRADED`, of each head; None for the mean of all."""
    return [
        table.judged(Place(stage, sample, fold), part, kind, metric, rivals, head)
        for stage, part, kind, metric, rivals in rows
        for head in heads
    ]


def _of_residual(place: Place, height: float | None, bar: float, gain: float | None) -> list[Gate]:
    """Whether the enzyme's motif is gone from a residual that has learned something."""
    learned: Verdict = "pass" if gain is not None and gain > 0 else "fail"
    footprint = place.judged("residual.footprint_max", height, bar, "below")
    judged = replace(footprint, verdict=worst([footprint.verdict, learned]))
    return [judged, place.graded("residual.peaks.nll_gain", gain, 0.0, learned)]


def gain_gates(gains: Mapping[str, Gain], sample: str, fold: str) -> list[Gate]:
    """What the combined model gains over the best baseline on the same peaks: difference and 95 % interval, shown."""
    place = Place("evaluate", sample, fold)
    return [
        place.shown(f"combined.peaks.{metric}.gain{end}", value)
        for metric, gain in gains.items()
        for end, value in (("", gain.value), (".low", gain.low), (".high", gain.high))
    ]


def residual_gain(before: Iterable[float], after: Iterable[float]) -> float | None:
    """What the residual adds to the transformed bias in peaks: lower end of the 95 % interval, nats per 5' end.

    The mean over windows of the paired difference of `nll_per_cut`, transformation minus combined, less 1.96 standard
    errors; None with fewer than two windows.

    Parameters
    ----------
    before, after
        `nll_per_cut` of the transformation and of the combined model in the same peaks of all heads, in the same order;
        those that are not finite are left out.
    """
    pairs = zip(before, after, strict=True)
    gains = [one - two for one, two in pairs if math.isfinite(one) and math.isfinite(two)]
    if len(gains) < 2:
        return None
    return mean(gains) - NORMAL_95 * stdev(gains) / math.sqrt(len(gains))


class _Table:
    """The summary's numbers by model, kind of windows, head and metric."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._rows = {(row["model"], _PLURAL[row["kind"]], row["head"]): row for row in rows}
        self.heads = list(dict.fromkeys(head for _, _, head in self._rows))

    def of_head(self, model: str, kind: str, metric: str, head: str) -> float | None:
        """Return one number; None if it is not there or not finite."""
        return finite(self._rows.get((model, kind, head), {}).get(metric))

    def mean(self, model: str, kind: str, metric: str, heads: Sequence[str] | None = None) -> float | None:
        """Return the mean over heads; None unless all have the number."""
        values = [self.of_head(model, kind, metric, head) for head in heads or self.heads]
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known and len(known) == len(values) else None

    def judged(
        self, place: Place, part: str, kind: str, metric: str, rivals: Sequence[str], head: str | None = None
    ) -> Gate:
        """The gate of a part's metric, of one head or the mean of all; the bar is the best of the rivals."""
        side = SIDE.get(metric, "above")
        heads = None if head is None else [head]
        found = [self.mean(rival, kind, metric, heads) for rival in rivals]
        known = [number for number in found if number is not None]
        bar = (min(known) if side == "below" else max(known)) if known else None
        name = f"{part}.{kind}.{metric}" + ("" if head is None else f".{head}")
        return place.judged(name, self.mean(part, kind, metric, heads), bar, side)


_PLURAL = {"peak": "peaks", "background": "background"}


def verdict_gates(sample: str, fold: str, verdict: Mapping[str, Any]) -> list[Gate]:
    """The gates of a bias model, of which a given one has no threshold; arguments as of `bias_gate`."""
    swept = [threshold_gate(sample, fold, verdict)] if "given" not in verdict else []
    return [bias_gate(sample, fold, verdict), *swept]


def bias_gate(sample: str, fold: str, verdict: Mapping[str, Any]) -> Gate:
    """The gate of the chosen bias model: whether it learned more than the enzyme's preference.

    The bar, `choose_bias.MOST_SUMMIT_GAIN`, is from simulation: what preferences without peaks reach.

    Parameters
    ----------
    sample, fold
        Their names.
    verdict
        What the sweep wrote: `verdict`, `summit_gain`, `most_summit_gain`.
    """
    grades: dict[str, Verdict] = {"bias learned": "pass", "motif leakage": "fail"}
    grade = grades.get(verdict["verdict"], "warn")
    place = Place("bias", sample, fold)
    return place.graded("bias.summit_gain", verdict["summit_gain"], verdict["most_summit_gain"], grade)


def threshold_gate(sample: str, fold: str, verdict: Mapping[str, Any]) -> Gate:
    """The threshold of the chosen bias model: a warning where the best one is at an edge of the sweep.

    Parameters
    ----------
    sample, fold
        Their names.
    verdict
        What the sweep wrote: `threshold`, `swept` and `at_edge`. Of a single threshold the number is shown.
    """
    place = Place("bias", sample, fold)
    if len(verdict["swept"]) < 2:
        return place.shown("bias.threshold", verdict["threshold"])
    return place.graded("bias.threshold", verdict["threshold"], None, "warn" if verdict["at_edge"] else "pass")
