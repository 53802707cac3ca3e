"""The ablation stage's headline: whether motifs matter to the models more than decoys do, and none to the bias."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypedDict

import pandas as pd

from cisgrammar.config.ablation import Ablation

Verdict = Literal["pass", "warn", "fail", "n/a"]
_Z = 1.96


class Gate(TypedDict):
    """A number of a run, its bar, and whether it is good enough; see `profile.gates`."""

    stage: str
    sample: str
    fold: str
    name: str
    value: float | None
    bar: float | None
    verdict: Verdict


def lower_bound(hits: int, tests: int) -> float:
    """Lower end of the 95 % interval of a share (Wilson 1927)."""
    if not tests:
        return 0.0
    share, z2 = hits / tests, _Z**2
    middle = share + z2 / (2 * tests)
    half = _Z * math.sqrt(share * (1 - share) / tests + z2 / (4 * tests**2))
    return max(0.0, (middle - half) / (1 + z2 / tests))


def judge_share(hits: int, tests: int, bar: float) -> Verdict:
    """Whether a share of false positives is small enough: above the bar by chance (95 %) is a warning."""
    if hits <= bar * tests:
        return "pass"
    return "warn" if lower_bound(hits, tests) <= bar else "fail"


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
    make = _maker(sample, fold)
    gates = [make("ablation.decoys", *_false(decoys, settings))] if len(decoys) else []
    if "bias" in settings.models and first != "bias":
        bias = table[(table["model"] == "bias") & (table["kind"] == "site") & table["q_value"].notna()]
        gates += [make("ablation.bias.sites", *_false(bias, settings))] if len(bias) else []
    share = float((decoys["q_value"] < settings.significance).mean()) if len(decoys) else 0.0
    rows = motifs[(motifs["model"] == first) & (motifs["head"] == head)].to_dict("records")
    bar = max(share, settings.false_positives)
    for row in rows:
        value = _number(row["share_significant"])
        verdict: Verdict = "pass" if value is not None and value > bar else "warn"
        gates.append(make(f"ablation.{row['motif']}.necessary", value, bar, verdict))
    same_bar = _at_bar_of_sites(here, settings)
    shown = [*([("ablation.decoys.at_bar_of_sites", same_bar)] if same_bar is not None else []), *_shown(rows)]
    return gates + [make(*entry, None, "n/a") for entry in shown]


def _at_bar_of_sites(rows: pd.DataFrame, settings: Ablation) -> float | None:
    """Share of decoys whose p-value is at most that of the least sure of the significant sites; None without any."""
    sites, decoys = (rows[(rows["kind"] == kind) & rows["q_value"].notna()] for kind in ("site", "decoy"))
    chosen = sites[sites["q_value"] < settings.significance]
    if not len(chosen) or not len(decoys):
        return None
    return float((decoys["p_value"] <= chosen["p_value"].max()).mean())


def _maker(sample: str, fold: str) -> Any:
    def make(name: str, value: float | None, bar: float | None, verdict: Verdict) -> Gate:
        return Gate(stage="ablation", sample=sample, fold=fold, name=name, value=value, bar=bar, verdict=verdict)

    return make


def _false(rows: pd.DataFrame, settings: Ablation) -> tuple[float, float, Verdict]:
    hits = int((rows["q_value"] < settings.significance).sum())
    return hits / len(rows), settings.false_positives, judge_share(hits, len(rows), settings.false_positives)


def _shown(rows: Iterable[Mapping[str, Any]]) -> list[tuple[str, float]]:
    columns = ("necessity", "decoy_necessity", "sufficiency", "rc_pearson", "share_profile")
    found = [(f"ablation.{row['motif']}.{column}", _number(row[column])) for row in rows for column in columns]
    return [(name, value) for name, value in found if value is not None]


def _number(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None
