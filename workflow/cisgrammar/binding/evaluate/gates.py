"""Gates of the binding models: numbers of the run beside their bars."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from cisgrammar.gates import Gate, Place, Verdict

# Judgement: four fifths of the variation between bins; below a half most of it is not explained, and that fails if it
# holds of what is left without counting noise too.
R2_BAR = 0.8
R2_FAILS = 0.5
# Judgement: a slope off by a fifth is beyond what chance or regression to the mean makes of it; by a half, affinities
# are wrong by a power of 1.5 or more.
SLOPE_BAR = 0.2
SLOPE_FAILS = 0.5
# Judgement: seeds of which no majority finds one motif in one register say that the search has not found the best.
AGREEMENT_FAILS = 0.5
AGAINST = {
    "non_specific": "binding.heldout_gain",
    "without_cooperativity": "binding.cooperativity_gain",
    "single_motif": "binding.cooperativity_gain",
}


def gain_gates(model: str, gains: Iterable[Mapping[str, Any]]) -> list[Gate]:
    """How many nats per held-out read the fit is better than simpler models; the bar is two standard errors.

    Parameters
    ----------
    model
        Name of the model.
    gains
        Rows of `Heldout.gains`. Not better than non-specific binding alone by two standard errors (5 % of a normal
        law) fails. A pair has to be better than both the same model without it and the best single motif of its
        width: its gate is of the lesser gain; none at all fails, and one within two standard errors warns.
    """
    out, place = [], Place("binding", model)
    least: dict[str, Mapping[str, Any]] = {}
    for row in gains:
        if row["split"] == "held_out":
            name = f"{AGAINST[row['against']]}.{row['library']}"
            least[name] = min(least.get(name, row), row, key=_margin)
    for name, row in least.items():
        bar = 2 * row["standard_error"]
        fails = row["against"] == "non_specific" or not row["gain"] > 0
        worse: Verdict = "fail" if fails else "warn"
        verdict: Verdict = "pass" if row["gain"] > bar else worse
        out.append(place.graded(name, row["gain"], bar, verdict))
    return out


def _margin(row: Mapping[str, Any]) -> float:
    """Gain above its bar; nan, which is no gain, is the least."""
    margin = float(row["gain"] - 2 * row["standard_error"])
    return margin if margin == margin else float("-inf")


def enrichment_gates(model: str, summary: Iterable[Mapping[str, Any]]) -> list[Gate]:
    """R2 and calibration of the enrichment by bin from the first to the last round; k-mers are shown beside.

    Parameters
    ----------
    model
        Name of the model.
    summary
        Rows of `enrichment.enrichment_summary`; the last rounds of each library and unit are taken. R2 below a half
        fails if that of what is explainable is too, for few reads lower the former; a slope off by more than a half
        and by more than four standard errors fails. Without enough reads for a number the gate warns.
    """
    last: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in summary:
        last[row["library"], row["unit"]] = row
    out, shown, place = [], [], Place("binding", model)
    for (library, unit), row in last.items():
        if unit == "bin":
            miss = abs(row["slope"] - 1)
            best = max(row["r2"], row["r2_explainable"])
            good = _graded(row["r2"] >= R2_BAR, row["r2"] < R2_FAILS and not best >= R2_FAILS)
            error = row["slope_error"]
            level = _graded(miss <= max(SLOPE_BAR, 2 * error), miss > max(SLOPE_FAILS, 4 * error))
            out.append(place.graded(f"binding.enrichment_r2.{library}", row["r2"], R2_BAR, good))
            out.append(place.graded(f"binding.calibration.{library}", miss, SLOPE_BAR, level))
        else:
            for metric in ("r2", "r2_explainable", "slope"):
                shown.append(place.shown(f"binding.{unit}_{metric}.{library}", row[metric]))
    return out + shown


def _graded(passes: bool, fails: bool) -> Verdict:
    return "pass" if passes else "fail" if fails else "warn"


def agreement_gate(model: str, in_register: float) -> Gate:
    """Share of seeds that found the same motifs in the same register; all should, and without a majority it fails."""
    verdict = _graded(in_register >= 1, in_register <= AGREEMENT_FAILS)
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
