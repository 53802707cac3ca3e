"""What was decided in a stage, in a sentence, for the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

_NAMED = 5
_NO_BIAS = (
    "No bias stage: profiles are those of the reads as they are, the assay's own preference for sequences included; "
    "nothing is taken out of them."
)


class Remark(NamedTuple):
    """What was decided in a stage, in a sentence."""

    stage: str
    text: str


def remarks_of(
    places: Sequence[str],
    windows: Iterable[Mapping[str, Any]],
    verdicts: Iterable[Mapping[str, Any]],
    fits: Iterable[Mapping[str, Any]],
    reads: Iterable[Mapping[str, Any]] = (),
    corrected: bool = True,
    bias_places: Sequence[str] | None = None,
) -> list[Remark]:
    """The remarks of a run.

    Parameters
    ----------
    places
        Sample and fold of each choice of windows and fit.
    windows
        As the choice of windows wrote them; empty without samples.
    verdicts
        As the sweep of bias models wrote them; empty without that stage.
    fits
        As the transformation wrote them; empty without that stage.
    reads
        As the counting of reads wrote them (`shift.json`), one a sample.
    corrected
        Whether the run has a bias stage.
    bias_places
        Sample, or group that shares a model, and fold of each verdict; None for `places`.

    Raises
    ------
    ValueError
        If there are choices of windows, verdicts or fits, but not one a place.
    """
    selected = list(windows)
    shared = [line for pair in zip(places, selected, strict=bool(selected)) for line in shared_remarks(*pair)]
    bias, transformation = list(verdicts), list(fits)
    owners = places if bias_places is None else bias_places
    chosen = [Remark("bias", bias_remark(*pair)) for pair in zip(owners, bias, strict=bool(bias))]
    fitted = zip(places, transformation, strict=bool(transformation))
    return [
        *(Remark("prepare", line) for counted in reads for line in reads_remarks(counted)),
        *(Remark("prepare", line) for line in shared),
        *chosen,
        *(Remark("transformation", transformation_remark(*pair)) for pair in fitted),
        *([] if corrected or not places else [Remark("combined", _NO_BIAS)]),
    ]


def reads_remarks(counted: Mapping[str, Any]) -> list[str]:
    """What was odd about a sample's reads: records that are on no genome, notes, chromosomes without a 5' end."""
    lines = []
    for head, found in counted["heads"].items():
        place = f"{counted['sample']} {head}"
        for file in found["files"]:
            name = PurePath(file["path"]).name
            if file["faulty"]:
                reasons = ", ".join(f"{number} {reason}" for reason, number in file["faulty"].items())
                lines.append(f"{place}, {name}: of {file['records']} records are left out: {reasons}.")
            lines += [f"{place}, {name}: {note}." for note in file["notes"]]
        empty = found["without_ends"]
        if empty:
            more = f" and {len(empty) - _NAMED} more" if len(empty) > _NAMED else ""
            names = ", ".join(empty[:_NAMED]) + more
            lines.append(f"{place}: no 5' end on {names}; windows there are left out.")
    return lines


def shared_remarks(place: str, windows: Mapping[str, Any]) -> list[str]:
    """How many windows of each held-out split are left out, as training windows share their sequence."""
    return [f"{place}, {split}: {found['sentence']}" for split, found in windows["shared_with_training"].items()]


def bias_remark(place: str, verdict: Mapping[str, Any]) -> str:
    """Which bias model was kept and why; `verdict` is what the sweep wrote."""
    where = f"given, {verdict['given']}" if "given" in verdict else f"at threshold {verdict['threshold']:g}"
    return f"{place}: {verdict['verdict']}, {where}. {_sentence(verdict['reason'])}"


def transformation_remark(place: str, fit: Mapping[str, Any]) -> str:
    """What was fitted, and whether it helps on held-out peaks; `fit` is what the fit wrote."""
    parts = []
    for fitted, tried in zip(fit["parameters"], fit["validation"], strict=True):
        values = ", ".join(f"{name} {value:.3g}" for name, value in fitted["parameters"].items()) or "nothing to fit"
        helps = "lowers the loss" if tried["earns_its_place"] else "does not lower the loss"
        change = f"{tried['before']:.4g} to {tried['after']:.4g}"
        parts.append(f"{fitted['head']} {fitted['output']} ({values}) {helps} on held-out peaks: {change}")
    return f"{place}: {'; '.join(parts)}."


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
