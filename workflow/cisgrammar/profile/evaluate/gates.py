"""The headline of a run: numbers beside the bars that they must pass.

A bar is a number of the same run: whatever simpler explanation of the same windows does best. So a gate says whether
a model earns its place on this data, not whether the data is deep. Nothing here imports numpy.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from cisgrammar.files.atomic import atomic_path

Verdict = Literal["pass", "warn", "fail", "n/a"]

ENZYME_ALONE = ("bias", "transformation", "position_weight")
SIMPLER = (*ENZYME_ALONE, "uniform", "mean_profile", "position_weight_profile")
WITH_COUNTS = ("bias", "transformation", "position_weight", "gc_content")
BASELINES = ("uniform", "mean_profile", "position_weight", "position_weight_profile", "gc_content")
BOUND = "pseudo_replicate"
LOWER_IS_BETTER = {"median_jsd": True, "nll_per_cut": True}
_NEAR = 0.01
_GRADED = (
    # stage, part, kind, metric, what it must beat
    ("bias", "bias", "background", "median_jsd", ("position_weight", "uniform")),
    ("bias", "bias", "background", "nll_per_cut", ("position_weight", "uniform")),
    ("combined", "combined", "peaks", "median_jsd", SIMPLER),
    ("combined", "combined", "peaks", "log_counts_pearson", WITH_COUNTS),
    ("combined", "combined", "peaks", "profile_pearson", SIMPLER),
    ("combined", "combined", "peaks", "nll_per_cut", SIMPLER),
)
_SHOWN = ("median_jsd", "nll_per_cut", "profile_pearson", "log_counts_pearson")


@dataclass(frozen=True)
class Gate:
    """One number of a run, and whether it is good enough.

    Attributes
    ----------
    stage, sample, fold
        Where it belongs.
    name
        `<what>.<windows>.<metric>`; with several heads, `.<head>` follows in the gates of single heads.
    value, bar
        The number and what it must be better than; None where there is none.
    verdict
        `pass` (better than the bar), `warn` (worse by at most 1 %), `fail`, or `n/a` (shown for comparison).
    """

    stage: str
    sample: str
    fold: str
    name: str
    value: float | None
    bar: float | None
    verdict: Verdict


def judge(value: float | None, bar: float | None, lower_is_better: bool) -> Verdict:
    """Compare a number with its bar. A number that should be there and is not fails; no bar is `n/a`."""
    if bar is None:
        return "n/a"
    if value is None:
        return "fail"
    gain = bar - value if lower_is_better else value - bar
    if gain > 0:
        return "pass"
    return "warn" if gain >= -_NEAR * abs(bar) else "fail"


def profile_gates(
    summary: Iterable[Mapping[str, Any]],
    footprints: Mapping[str, float],
    footprint_bar: float,
    sample: str,
    fold: str,
) -> list[Gate]:
    """Make the gates of one sample and fold.

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

    Returns
    -------
    list of Gate
        Graded gates first, then baselines, bound and footprints before correction. With several heads a value and
        its bar are means over heads, and the gates of each head follow.
    """
    table = _Table(summary)
    gates = [
        Gate(stage, sample, fold, *table.graded(part, kind, metric, rivals))
        for stage, part, kind, metric, rivals in _GRADED
    ]
    height = _number(footprints.get("residual"))
    gates.append(
        Gate(
            "combined",
            sample,
            fold,
            "residual.footprint_max",
            height,
            footprint_bar,
            judge(height, footprint_bar, True),
        )
    )
    if len(table.heads) > 1:
        for stage, part, kind, metric, rivals in _GRADED:
            for head in table.heads:
                gates.append(Gate(stage, sample, fold, *table.graded(part, kind, metric, rivals, head)))
    shown = [
        (f"{role}{model}.{kind}.{metric}", table.mean(model, kind, metric))
        for role, models in (("baseline.", BASELINES), ("bound.", (BOUND,)), ("", ("transformation", "residual")))
        for model in models
        for kind in ("peaks", "background")
        for metric in _SHOWN
    ]
    shown += [(f"{part}.footprint_max", _number(footprints.get(part))) for part in ("bias", "combined")]
    gates += [Gate("evaluate", sample, fold, name, v, None, "n/a") for name, v in shown if v is not None]
    return gates


class _Table:
    """The summary's numbers by model, kind of windows, head and metric."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        self._rows = {(row["model"], _PLURAL[row["kind"]], row["head"]): row for row in rows}
        self.heads = list(dict.fromkeys(head for _, _, head in self._rows))

    def of_head(self, model: str, kind: str, metric: str, head: str) -> float | None:
        """Return one number; None if it is not there or not finite."""
        return _number(self._rows.get((model, kind, head), {}).get(metric))

    def mean(self, model: str, kind: str, metric: str, heads: Sequence[str] | None = None) -> float | None:
        """Return the mean over heads; None unless all have the number."""
        values = [self.of_head(model, kind, metric, head) for head in heads or self.heads]
        known = [value for value in values if value is not None]
        return sum(known) / len(known) if known and len(known) == len(values) else None

    def graded(
        self, part: str, kind: str, metric: str, rivals: Sequence[str], head: str | None = None
    ) -> tuple[str, float | None, float | None, Verdict]:
        """Name, value, bar and verdict of a gate; the bar is the best of the rivals."""
        lower = LOWER_IS_BETTER.get(metric, False)
        heads = None if head is None else [head]
        value = self.mean(part, kind, metric, heads)
        found = [self.mean(rival, kind, metric, heads) for rival in rivals]
        known = [number for number in found if number is not None]
        bar = (min(known) if lower else max(known)) if known else None
        name = f"{part}.{kind}.{metric}" + ("" if head is None else f".{head}")
        return name, value, bar, judge(value, bar, lower)


_PLURAL = {"peak": "peaks", "background": "background"}


def _number(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def write_summary(path: str | Path, gates: Iterable[Gate]) -> None:
    """Write gates as a JSON list of objects with the keys stage, sample, fold, name, value, bar, verdict."""
    with atomic_path(path) as partial:
        text = json.dumps([asdict(gate) for gate in gates], indent=1, allow_nan=False)
        partial.write_text(text + "\n")


def read_summary(path: str | Path) -> list[Gate]:
    """Read gates written by `write_summary`."""
    return [Gate(**gate) for gate in json.loads(Path(path).read_text())]


def bias_gate(sample: str, fold: str, verdict: Mapping[str, Any]) -> Gate:
    """The gate of the chosen bias model: whether it knows more than the enzyme's preference.

    Parameters
    ----------
    sample, fold
        Their names.
    verdict
        What the sweep wrote: `verdict`, `summit_gain`, `most_summit_gain`.
    """
    grades: dict[str, Verdict] = {"bias learned": "pass", "motif leakage": "fail"}
    grade = grades.get(verdict["verdict"], "warn")
    value, bar = _number(verdict["summit_gain"]), _number(verdict["most_summit_gain"])
    return Gate("bias", sample, fold, "bias.summit_gain", value, bar, grade)
