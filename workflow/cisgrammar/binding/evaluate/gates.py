"""Gates of the binding models: numbers of the run beside their bars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cisgrammar.gates import Gate, Place, Verdict

R2_BAR = 0.8
SLOPE_BAR = 0.2
AGAINST = {"non_specific": "binding.heldout_gain", "without_cooperativity": "binding.cooperativity_gain"}


def gain_gates(model: str, gains: Iterable[Mapping[str, Any]]) -> list[Gate]:
    """How many nats per held-out read the fit is better than simpler models; the bar is two standard errors.

    Parameters
    ----------
    model
        Name of the model.
    gains
        Rows of `Heldout.gains`. Not better than non-specific binding alone fails; cooperativity that does not help
        warns.
    """
    out, place = [], Place("binding", model)
    for row in gains:
        if row["split"] != "held_out":
            continue
        bar = 2 * row["standard_error"]
        worse: Verdict = "fail" if row["against"] == "non_specific" else "warn"
        verdict: Verdict = "pass" if row["gain"] > bar else worse
        out.append(place.graded(f"{AGAINST[row['against']]}.{row['library']}", row["gain"], bar, verdict))
    return out


def enrichment_gates(model: str, summary: Iterable[Mapping[str, Any]]) -> list[Gate]:
    """R2 and calibration of the enrichment by bin from the first to the last round; k-mers are shown beside.

    Parameters
    ----------
    model
        Name of the model.
    summary
        Rows of `enrichment.enrichment_summary`; the last rounds of each library and unit are taken.
    """
    last: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in summary:
        last[row["library"], row["unit"]] = row
    out, shown, place = [], [], Place("binding", model)
    for (library, unit), row in last.items():
        if unit == "bin":
            miss = abs(row["slope"] - 1)
            good: Verdict = "pass" if row["r2"] >= R2_BAR else "warn"
            level: Verdict = "pass" if miss <= max(SLOPE_BAR, 2 * row["slope_error"]) else "warn"
            out.append(place.graded(f"binding.enrichment_r2.{library}", row["r2"], R2_BAR, good))
            out.append(place.graded(f"binding.calibration.{library}", miss, SLOPE_BAR, level))
        else:
            for metric in ("r2", "r2_explainable", "slope"):
                shown.append(place.shown(f"binding.{unit}_{metric}.{library}", row[metric]))
    return out + shown


def agreement_gate(model: str, in_register: float) -> Gate:
    """Share of seeds that found the same motifs in the same register; all should."""
    verdict: Verdict = "pass" if in_register >= 1 else "warn"
    return Place("binding", model).graded("binding.agreement", in_register, 1.0, verdict)


def binding_gates(
    model: str, gains: Iterable[Mapping[str, Any]], summary: Iterable[Mapping[str, Any]], in_register: float | None
) -> list[Gate]:
    """All gates of one model, graded ones first; `in_register` None if there was one seed.

    The sample of a gate is the model, its fold is empty.
    """
    found = [*gain_gates(model, gains), *enrichment_gates(model, summary)]
    if in_register is not None:
        found.append(agreement_gate(model, in_register))
    return sorted(found, key=lambda gate: gate.verdict == "n/a")
