"""The first cause of a run whose gates fail: the shift, then peaks, then the bias model, then the combined model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

FEWEST_PEAKS = 300
"""Training peaks below which a failed gate is put down to them: a judgement."""


class Training(NamedTuple):
    """How a training of a combined or bias model ended.

    Attributes
    ----------
    place
        Sample and fold.
    epochs
        How many there were.
    kept
        The epoch, from 1, whose weights the model has.
    """

    place: str
    epochs: int
    kept: int


def trainings_of(places: Sequence[str], histories: Iterable[pd.DataFrame]) -> list[Training]:
    """How each training of a combined model ended, of its history; none without that stage."""
    tables = list(histories)
    return [
        Training(place, len(table), int(table["epoch"][table["kept"] == 1].max()))
        for place, table in zip(places, tables, strict=bool(tables))
    ]


def bias_trainings(places: Sequence[str], verdicts: Iterable[Mapping[str, Any]]) -> list[Training]:
    """How the trainings of the chosen bias models ended, of their verdicts; given models were not trained here."""
    found = zip(places, verdicts, strict=True)
    return [
        Training(place, verdict["epochs"], verdict["kept_epoch"]) for place, verdict in found if "epochs" in verdict
    ]


def first_cause(
    gates: Sequence[Mapping[str, Any]],
    reads: Iterable[Mapping[str, Any]],
    places: Sequence[str],
    windows: Iterable[Mapping[str, Any]],
    trainings: Iterable[Training],
    biases: Iterable[Training] = (),
) -> str:
    """One sentence on what to mend first; empty if no gate of the profile chain fails and the shift is as it should be.

    A shift that the sequence contradicts is told also where all gates pass: the models have learned it, and all that
    they say of single bases is off by it. A model can be no better than its data, and the residual no better than its
    bias: the first of these that is at fault is named, whatever else fails after it.

    Parameters
    ----------
    gates
        The entries of summary.json.
    reads
        As the counting of reads wrote them (`shift.json`), one a sample.
    places, windows
        Sample and fold of each choice of windows, and what it wrote (`background.json`).
    trainings
        Of the combined models.
    biases
        Of the bias models.
    """
    failed = [gate["name"] for gate in gates if gate["verdict"] == "fail"]
    chain = [name for name in failed if name.startswith(("bias.", "combined.", "residual."))]
    shifts = [_shift(counted["sample"], head, found) for counted in reads for head, found in counted["heads"].items()]
    if not chain:
        return next((cause for cause in shifts if cause), "")
    causes = [
        *shifts,
        *(_few_peaks(place, chosen) for place, chosen in zip(places, windows, strict=True)),
        _bias(chain, list(biases)),
        *(_stopped(training, "training", "combined") for training in trainings),
    ]
    found = next((cause for cause in causes if cause), "")
    return found or f"The combined model: {chain[0]} fails, and nothing before it does; see what its row says."


def _shift(sample: str, head: str, found: Mapping[str, Any]) -> str:
    """Reads that were shifted otherwise than the enzyme's preference says."""
    estimate, used = found.get("estimate"), found.get("shift")
    if not estimate or not used or estimate["verdict"] == "no preference":
        return ""
    said = estimate["shift"]
    if list(used) == list(said):
        return ""
    own, wanted = (f"{pair[0]:+d}/{pair[1]:+d}" for pair in (used, said))
    return (
        f"The shift: ends of {sample} {head} were shifted by {own} ({found['shift_from']}), and the sequence around "
        f"them asks for {wanted}; leave prepare.shift, and a column shift, at auto."
    )


def _few_peaks(place: str, chosen: Mapping[str, Any]) -> str:
    peaks = chosen["background"].get("train", {}).get("peaks", 0)
    if peaks >= FEWEST_PEAKS:
        return ""
    return (
        f"The data: {place} has {peaks} training peaks, and fewer than {FEWEST_PEAKS} teach a network little; use more "
        "peaks, lower prepare.peaks.min_counts, or make combined.architecture.filters smaller."
    )


def _bias(failed: Sequence[str], trainings: Sequence[Training]) -> str:
    """A bias model that fails: on background, perhaps because its training was still getting better."""
    first = next((name for name in failed if name.startswith("bias.")), "")
    if not first:
        return ""
    if first.startswith("bias.background"):
        for training in trainings:
            if cause := _stopped(training, "training of the bias model", "bias"):
                return cause
    return f"The bias model: {first} fails, and what follows is built on it; see the section bias."


def _stopped(training: Training, what: str, section: str) -> str:
    """A training whose last epoch was its best: it was still getting better."""
    if training.kept < training.epochs:
        return ""
    plural = "s" * (training.epochs > 1)
    return (
        f"The {what}: {training.place} was still getting better in the last of {training.epochs} epoch{plural}; "
        f"raise {section}.training.epochs."
    )
