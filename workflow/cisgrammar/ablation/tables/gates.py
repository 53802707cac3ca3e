"""The ablation stage's headline: whether motifs matter to the models more than decoys do, and none to the bias."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from cisgrammar.config.ablation import Ablation
from cisgrammar.gates import Gate, Place, Verdict, finite, judge_share


def ablation_gates(table: pd.DataFrame, motifs: pd.DataFrame, settings: Ablation, sample: str, fold: str) -> list[Gate]:
    """Gates of one sample and fold, graded ones first.

    `ablation.decoys` and `ablation.bias.sites`: the share of decoys in the first model, and of sites in the bias
    model, with a q-value below `significance`; both must stay under `false_positives`. `ablation.<motif>.necessary`:
    the share of a motif's sites in the first model that have such a q-value; its bar is the share of decoys or
    `false_positives`, whichever is greater. A motif that is no better than its decoys is a warning: the model may be
    right. Decoys are a family of tests of their own; `ablation.decoys.at_bar_of_sites`, shown for comparison, holds
    them to the p-value that sites need.

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
    decoys = here[(here["kind"] == "decoy") & here["q_value"].notna()]
    place = Place("ablation", sample, fold)
    gates = [place.graded("ablation.decoys", *_false(decoys, settings))] if len(decoys) else []
    if "bias" in settings.models and first != "bias":
        bias = table[(table["model"] == "bias") & (table["kind"] == "site") & table["q_value"].notna()]
        gates += [place.graded("ablation.bias.sites", *_false(bias, settings))] if len(bias) else []
    share = float((decoys["q_value"] < settings.significance).mean()) if len(decoys) else 0.0
    rows = motifs[(motifs["model"] == first) & (motifs["head"] == head)].to_dict("records")
    bar = max(share, settings.false_positives)
    for row in rows:
        value = finite(row["share_significant"])
        verdict: Verdict = "pass" if value is not None and value > bar else "warn"
        gates.append(place.graded(f"ablation.{row['motif']}.necessary", value, bar, verdict))
    same_bar = _at_bar_of_sites(here, settings)
    shown = [*([("ablation.decoys.at_bar_of_sites", same_bar)] if same_bar is not None else []), *_shown(rows)]
    return gates + [place.shown(*entry) for entry in shown]


def _at_bar_of_sites(rows: pd.DataFrame, settings: Ablation) -> float | None:
    """Share of decoys whose p-value is at most that of the least sure of the significant sites; None without any."""
    sites, decoys = (rows[(rows["kind"] == kind) & rows["q_value"].notna()] for kind in ("site", "decoy"))
    chosen = sites[sites["q_value"] < settings.significance]
    if not len(chosen) or not len(decoys):
        return None
    return float((decoys["p_value"] <= chosen["p_value"].max()).mean())


def _false(rows: pd.DataFrame, settings: Ablation) -> tuple[float, float, Verdict]:
    hits = int((rows["q_value"] < settings.significance).sum())
    return hits / len(rows), settings.false_positives, judge_share(hits, len(rows), settings.false_positives)


def _shown(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, float]]:
    columns = ("necessity", "decoy_necessity", "sufficiency", "rc_pearson", "share_profile")
    found = [(f"ablation.{row['motif']}.{column}", finite(row[column])) for row in rows for column in columns]
    return [(name, value) for name, value in found if value is not None]
