"""Motifs that were found beside those that a simulation planted, and gates on that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.gates import Gate, Place, Verdict, judge_share, judge_sufficient
from cisgrammar.motifs.motif import Motif

LEAST_R = 0.99
"""Bar of the correlation of a found motif with the planted matrix (judgement; the prototype reached 0.998 to 1)."""
LEAST_RECALL = 0.95
"""Bar of the share of intact planted sites in held-out windows that a hit meets (judgement; the prototype: 0.997);
fails at the upper end of the 95 % interval."""
MOST_FALSE = 0.08
"""Bar of the share of held-out hits without a planted site (literature: q 0.05; 0.03 more for matches by chance, which
the truth does not list)."""
LIKE = 0.8
"""Least correlation of a motif that stands for a factor (judgement)."""
_TWO_SIDED = 1.96
NEAR = 6
"""bp between the middle of a hit and of a planted site that it stands for."""


def correlation(found: NDArray[np.float64], planted: NDArray[np.float64]) -> float:
    """Pearson correlation of base shares over the planted columns, at the best place on either strand.

    Columns `(width, 4)`; where the found motif ends, shares count as even.
    """
    best = -1.0
    width = len(planted)
    for turned in (found, found[::-1, ::-1]):
        padded = np.full((len(turned) + 2 * width, 4), 0.25)
        padded[width : width + len(turned)] = turned
        for first in range(len(padded) - width + 1):
            part = padded[first : first + width]
            if np.ptp(part) > 0:
                best = max(best, float(np.corrcoef(part.ravel(), planted.ravel())[0, 1]))
    return best


def beside_planted(
    factors: Sequence[Mapping[str, Any]],
    motifs: Mapping[str, Motif],
    described: pd.DataFrame,
    hits: pd.DataFrame,
    sites: pd.DataFrame,
    windows: pd.DataFrame,
) -> pd.DataFrame:
    """A row per planted factor, and one per motif that is like none.

    Parameters
    ----------
    factors
        Of `truth.json`: name, kind, probabilities `(width, 4)`, effect_on_log_strength.
    motifs, described
        Found ones, and their rows of `MOTIFS`.
    hits
        `HITS`.
    sites
        Planted ones: chrom, start, end, factor, intact.
    windows
        Held-out ones: chrom, start, end.

    Returns
    -------
    DataFrame
        factor and its kind (empty for a motif like none), motif (empty for a factor that was not found), r, effect;
        sign, contribution and the 95 % interval of its mean over places (normal law) of the motif; sites and intact
        (planted, in held-out windows), found and found_intact (of them, met by a hit of any motif of the factor), hits
        (held-out), false_hits (of them, without a site of the factor).
    """
    planted = {str(each["name"]): np.array(each["probabilities"]) for each in factors}
    r = {(f, m): correlation(motif.shares, p) for f, p in planted.items() for m, motif in motifs.items()}
    like = {m: max((r[name, m], name) for name in planted)[1] for m in motifs} if planted else {}
    held = hits[hits["held_out"].astype(bool)]
    inside = sites[inside_windows(sites, windows)]
    found = {str(row["motif"]): row for row in described.to_dict("records")}
    rows = []
    for name, each in zip(planted, factors, strict=True):
        mine = [m for m in like if like[m] == name and r[name, m] >= LIKE]
        best = max((r[name, m], m) for m in mine)[1] if mine else ""
        row = {"factor": name, "kind": str(each["kind"]), "motif": best, "motifs": len(mine)}
        row |= {"r": r.get((name, best), np.nan), "effect": float(each["effect_on_log_strength"])}
        met = _counted(inside[inside["factor"] == name], held[held["motif"].isin(mine)])
        rows.append({**row, **_contribution(found.get(best)), **met})
    for m, name in like.items():
        if r[name, m] < LIKE:
            row = {"factor": "", "kind": "", "motif": m, "motifs": 1, "r": r[name, m], "effect": np.nan}
            rows.append({**row, **_contribution(found[m]), **_counted(inside.iloc[:0], held[held["motif"] == m])})
    return pd.DataFrame(rows)


def _contribution(row: Mapping[Any, Any] | None) -> dict[str, Any]:
    """Sign, mean contribution and its interval of a row of `MOTIFS`; gaps where there is none."""
    if row is None:
        return {"sign": "", "contribution": np.nan, "contribution_low": np.nan, "contribution_high": np.nan}
    mean, many = float(row["contribution"]), int(row["places"])
    half = _TWO_SIDED * float(row["contribution_sd"]) / np.sqrt(many) if many else np.nan
    low, high = mean - half, mean + half
    return {"sign": row["sign"], "contribution": mean, "contribution_low": low, "contribution_high": high}


def _counted(sites: pd.DataFrame, hits: pd.DataFrame) -> dict[str, int]:
    """Numbers of planted sites and of hits, and of those that meet."""
    met, right = meet(sites, hits)
    intact = (sites["intact"] == 1).to_numpy()
    return {
        "sites": len(sites),
        "found": int(met.sum()),
        "intact": int(intact.sum()),
        "found_intact": int(met[intact].sum()),
        "hits": len(hits),
        "false_hits": int((~right).sum()),
    }


def inside_windows(sites: pd.DataFrame, windows: pd.DataFrame) -> NDArray[np.bool_]:
    """Which sites lie wholly in a window."""
    found = np.zeros(len(sites), dtype=bool)
    for chrom, mine in windows.groupby("chrom", sort=False):
        here = (sites["chrom"] == chrom).to_numpy()
        start, end = sites["start"].to_numpy()[here], sites["end"].to_numpy()[here]
        within = (start[:, None] >= mine["start"].to_numpy()) & (end[:, None] <= mine["end"].to_numpy())
        found[here] = within.any(axis=1)
    return found


def meet(sites: pd.DataFrame, hits: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which sites have a hit whose middle is within 6 bp, and which hits such a site."""
    met, right = np.zeros(len(sites), dtype=bool), np.zeros(len(hits), dtype=bool)
    for chrom in sites["chrom"].unique():
        a, b = (np.flatnonzero((table["chrom"] == chrom).to_numpy()) for table in (sites, hits))
        middles = [((table["start"] + table["end"]) / 2).to_numpy()[rows] for table, rows in ((sites, a), (hits, b))]
        near = np.abs(middles[0][:, None] - middles[1]) <= NEAR
        met[a], right[b] = near.any(axis=1), near.any(axis=0)
    return met, right


def planted_gates(table: pd.DataFrame, sample: str) -> list[Gate]:
    """Gates on the rows of `beside_planted`.

    A factor without an effect must not be found, or the interval of its motif's contribution must hold 0; a repressor
    must be a pattern of negative contributions.
    """
    place = Place("discover", sample)
    gates = []
    real = table[(table["factor"] != "") & (table["effect"] != 0)]
    for row in real.to_dict("records"):
        r = row["r"] if row["motif"] else 0.0
        gates.append(place.judged(f"discover.truth.{row['factor']}.r", r, LEAST_R, "above"))
        met, sites = int(row["found_intact"]), int(row["intact"])
        verdict = judge_sufficient(met, sites, LEAST_RECALL)
        share = met / sites if sites else None
        gates.append(place.graded(f"discover.truth.{row['factor']}.recall", share, LEAST_RECALL, verdict))
        right = row["sign"] == ("+" if row["effect"] > 0 else "-")
        gates.append(place.graded(f"discover.truth.{row['factor']}.sign", float(right), 1.0, _passed(right)))
    strange = int((table["factor"] == "").sum())
    twice = int(np.maximum(real["motifs"] - 1, 0).sum())
    idle = table[(table["effect"] == 0) & (table["motif"] != "")]
    passengers = int(((idle["contribution_low"] > 0) | (idle["contribution_high"] < 0)).sum())
    gates.append(place.judged("discover.truth.not_planted", strange + twice + passengers, 0.5, "below"))
    false, number = int(table["false_hits"].sum()), int(table["hits"].sum())
    share = false / number if number else None
    verdict = judge_share(false, number, MOST_FALSE)
    gates.append(place.graded("discover.truth.false_hits", share, MOST_FALSE, verdict))
    return gates


def _passed(right: bool) -> Verdict:
    return "pass" if right else "fail"
