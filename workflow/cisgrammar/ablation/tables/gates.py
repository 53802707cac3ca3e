"""The ablation stage's headline: whether motifs matter to the models more than decoys do, and none to the bias."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from cisgrammar.config.ablation import Ablation
from cisgrammar.gates import Gate, Place, Verdict, finite, judge_share


def ablation_gates(table: pd.DataFrame, motifs: pd.DataFrame, settings: Ablation, sample: str, fold: str) -> list[Gate]:
    """Gates of one sample and fold, graded ones first.

    `ablation.decoys`: the share of decoys in the first model with p below `false_positives`, by counts (by the profile
    where counts are not tested). Chance gives as many: a standard error above it is a warning, and a failure where
    the lower end of the 95 % interval (Wilson, of tests that share controls) is above it: without effects in at most
    5 % of runs (`make calibration`). `ablation.bias.sites`: likewise the share of motifs' sites in the bias model, by
    the profile, which is all that it predicts. Both bars are the level of the test itself, so neither can be met by a
    correction for many tests among decoys that matter.

    `ablation.<motif>.necessary`: the share of a motif's sites in the first model with a q-value below `significance`.
    Its bar is the share of decoys with such a q-value or `false_positives`, whichever is greater. Below it, the mean
    over sites decides: a warning where it differs from that of like controls (`p_mean` below `significance`), else a
    failure: neither single sites nor all of them together are told from controls.

    Parameters
    ----------
    table
        Of `site_table`.
    motifs
        Of `motif_table`.
    settings
        The section.
    sample, fold
        Their names.
    """
    first, head = settings.models[0], table["head"].iloc[0]
    here = table[(table["model"] == first) & (table["head"] == head)]
    counted = bool(here["p_value"].notna().any())
    decoys = here[here["kind"] == "decoy"]
    place = Place("ablation", sample, fold)
    gates = _chance(place, "ablation.decoys", decoys, "p_value" if counted else "p_profile", settings)
    if "bias" in settings.models and first != "bias":
        bias = table[(table["model"] == "bias") & (table["kind"] == "site")]
        gates += _chance(place, "ablation.bias.sites", bias, "p_profile", settings)
    bar = max(_share(decoys, "q_value" if counted else "q_profile", settings.significance), settings.false_positives)
    rows = motifs[(motifs["model"] == first) & (motifs["head"] == head)].to_dict("records")
    gates += [_necessary(place, row, bar, counted, settings) for row in rows]
    others = {"profile": "p_profile", "footprint": "p_footprint"}
    shown = [
        (f"ablation.decoys.{name}", _share(decoys, p, settings.false_positives))
        for name, p in others.items()
        if decoys[p].notna().any()
    ]
    return gates + [place.shown(*entry) for entry in (*shown, *_shown(rows))]


def _share(rows: pd.DataFrame, column: str, below: float) -> float:
    """Share of the rows that were tested whose p or q is below a number; 0 without any."""
    tested = rows[column].dropna()
    return float((tested < below).mean()) if len(tested) else 0.0


def _chance(place: Place, name: str, rows: pd.DataFrame, p: str, settings: Ablation) -> list[Gate]:
    """The gate of a share that should be that of chance; none without tests."""
    tested, bar = rows[p].dropna(), settings.false_positives
    if not len(tested):
        return []
    hits = int((tested < bar).sum())
    controls = int(rows["controls"].max())
    return [place.graded(name, hits / len(tested), bar, judge_share(hits, len(tested), bar, controls))]


def _necessary(place: Place, row: Mapping[str, Any], bar: float, counted: bool, settings: Ablation) -> Gate:
    value = finite(row["share_significant" if counted else "share_profile"])
    together = finite(row["p_mean" if counted else "p_mean_profile"])
    verdict: Verdict = "fail"
    if value is not None and value > bar:
        verdict = "pass"
    elif together is not None and together < settings.significance:
        verdict = "warn"
    return place.graded(f"ablation.{row['motif']}.necessary", value, bar, verdict)


def _shown(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, float]]:
    columns = (
        "necessity",
        "decoy_necessity",
        "p_mean",
        "p_mean_profile",
        "sufficiency",
        "rc_pearson",
        "share_profile",
        "share_footprint",
    )
    found = [(f"ablation.{row['motif']}.{column}", finite(row[column])) for row in rows for column in columns]
    return [(name, value) for name, value in found if value is not None]
