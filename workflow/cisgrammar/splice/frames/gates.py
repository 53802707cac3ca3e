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

    An effect of an oracle that must be 0 has the bar 0 and fails otherwise. The effect that the oracle with a rule
    about frames must show passes if it is below 0 and its p-value below 0.05; too few exons give a warning. A model
    without effects of frames is no worse: its effects are shown and not judged.
    """
    return [*_zero_gates(report.controls), *_power_gates(report.controls), *_shown(report.summary)]


def _zero_gates(controls: pd.DataFrame) -> Iterator[Gate]:
    largest = controls[controls.quantity == "largest"]
    for (oracle, check), group in largest.groupby(["oracle", "check"], sort=False):
        value = float(group.value.max())
        verdict: Verdict = "pass" if value == 0 else "fail"
        yield _PLACE.graded(f"splice.oracle.{oracle}.{check}.largest_that_must_be_0", value, 0.0, verdict)


def _power_gates(controls: pd.DataFrame) -> Iterator[Gate]:
    for check, quantity in SEEN.items():
        chosen = controls[
            (controls.oracle == "open_frames") & (controls.check == check) & (controls.quantity == quantity)
        ]
        if len(chosen):
            row = chosen.iloc[0]
            verdict: Verdict = "pass" if row.value < 0 and row.p < LEVEL else "warn"
            yield _PLACE.graded(f"splice.oracle.open_frames.{check}.{quantity}", row.value, 0.0, verdict)


def _shown(summary: pd.DataFrame) -> Iterator[Gate]:
    for check, quantities in HEADLINES.items():
        for quantity in quantities:
            rows = summary[(summary.check == check) & (summary.quantity == quantity)]
            for metric in _METRICS:
                for value in rows.value[rows.metric == metric]:
                    yield _PLACE.shown(f"splice.{check}.{quantity}.{metric}", value)
