"""Gates of the frame checks: whether oracles get what they must, and what the model's effects are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cisgrammar.gates import Gate, Place, Verdict
from cisgrammar.splice.frames.checks import FrameReport

if TYPE_CHECKING:
    import pandas as pd

HEADLINES = {
    "codon_replacement": ("stops_phase_0", "stops_phase_0_minus_phases_1_2"),
    "deletion": ("exonic_frameshift", "exonic_in_frame", "exonic_frameshift_minus_in_frame"),
    "deletion_repaired": ("exonic_frameshift_minus_in_frame",),
    "adjacent_deletions": ("one_deletion", "frame_restored", "compensation"),
    "poison_exons": ("closing_minus_control", "decrease_minus_half"),
    "phase_handedness": ("own_minus_other_phases",),
    "minigene": ("decrease_minus_half", "opening_closed", "spearman"),
}
SEEN = {
    "codon_replacement": "stops_phase_0_minus_phases_1_2",
    "deletion": "exonic_frameshift_minus_in_frame",
    "poison_exons": "closing_minus_control",
}
"""Check -> the effect that the oracle with a rule about open frames must show, below 0."""
LEVEL = 0.05
_METRICS = ("called", "probability", "log10_strength", "log2_strength", "log_odds", "share", "correlation")


_PLACE = Place("splice")


def frame_gates(report: FrameReport) -> list[Gate]:
    """Gates of the checks; sample and fold are empty.

    Bars:

    - `splice.oracles`: how many pairs of an oracle and a check have an effect that must be 0 and is not; 0 passes,
      any other number fails. Origin: arithmetic, edits do not reach what the frame-blind oracle sees. It tests the
      checks on these genes, not the model; `frame_controls.tsv` has each number.
    - `splice.oracle.open_frames.<check>.<effect>`: what the oracle with a rule about open frames, and nothing else,
      must show: below 0 with a p-value below 0.05 (sign flips over genes). Origin: judgement, the usual level. Below 0
      but not surely so is a warning (too few exons); 0 or above fails, for the check cannot see what it is for.

    A model without effects of frames is no worse: its effects are shown and not judged.
    """
    return [*_zero_gates(report.controls), *_power_gates(report.controls), *_shown(report.summary)]


def _zero_gates(controls: pd.DataFrame) -> Iterator[Gate]:
    largest = controls[controls.quantity == "largest"]
    if len(largest):
        wrong = (largest.value != 0).groupby([largest.oracle, largest.check]).any()
        yield _PLACE.graded("splice.oracles", float(wrong.sum()), 0.0, "fail" if wrong.any() else "pass")


def _power_gates(controls: pd.DataFrame) -> Iterator[Gate]:
    for check, quantity in SEEN.items():
        chosen = controls[
            (controls.oracle == "open_frames") & (controls.check == check) & (controls.quantity == quantity)
        ]
        if len(chosen):
            row = chosen.iloc[0]
            yield _PLACE.graded(
                f"splice.oracle.open_frames.{check}.{quantity}", row.value, 0.0, _seen(row.value, row.p)
            )


def _seen(value: float, p: float) -> Verdict:
    """Whether an effect below 0 is seen: surely, perhaps, or not at all, as one that was not measured."""
    if not value < 0:
        return "fail"
    return "pass" if p < LEVEL else "warn"


def _shown(summary: pd.DataFrame) -> Iterator[Gate]:
    for check, quantities in HEADLINES.items():
        for quantity in quantities:
            rows = summary[(summary.check == check) & (summary.quantity == quantity)]
            for metric in _METRICS:
                for value in rows.value[rows.metric == metric]:
                    yield _PLACE.shown(f"splice.{check}.{quantity}.{metric}", value)
