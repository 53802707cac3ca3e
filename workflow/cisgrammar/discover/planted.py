"""Motifs that were found beside those that a simulation planted, and gates on that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.gates import Gate, Place
from cisgrammar.motifs.motif import Motif

LEAST_R = 0.99
"""Bar of the correlation of a found motif with the planted matrix (judgement; the prototype reached 0.998 to 1)."""
LEAST_RECALL = 0.95
"""Bar of the share of intact planted sites in held-out windows that a hit meets (judgement; the prototype: 0.997)."""
MOST_FALSE = 0.08
"""Bar of the share of held-out hits without a planted site (literature: q 0.05; 0.03 more for matches by chance, which
the truth does not list)."""
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
    hits: pd.DataFrame,
    sites: pd.DataFrame,
    windows: pd.DataFrame,
) -> pd.DataFrame:
    """A row per planted factor, and one per motif that is like none.

    Parameters
    ----------
    factors
        Of `truth.json`: name, probabilities `(width, 4)`, effect_on_log_strength.
    motifs
        Found ones.
    hits
        `HITS`.
    sites
        Planted ones: chrom, start, end, factor, intact.
    windows
        Held-out ones: chrom, start, end.

    Returns
    -------
    DataFrame
        factor (empty for a motif like none), motif (empty for a factor that was not found), r, effect, sites and intact
        (planted, in held-out windows), found and found_intact (of them, met by a hit of any motif of the factor), hits
        (held-out), false_hits (of them, without a site of the factor).
    """
    planted = {str(each["name"]): np.array(each["probabilities"]) for each in factors}
    r = {(f, m): correlation(motif.shares, p) for f, p in planted.items() for m, motif in motifs.items()}
    of_factor: dict[str, list[str]] = {name: [] for name in planted}
    strange = []
    for motif in motifs:
        like = max(planted, key=lambda name: r[name, motif], default="")
        if like and r[like, motif] >= 0.8:
            of_factor[like].append(motif)
        else:
            strange.append(motif)
    held = hits[hits["held_out"].astype(bool)]
    inside = sites[_inside(sites, windows)]
    rows = []
    for each in factors:
        name = str(each["name"])
        mine = held[held["motif"].isin(of_factor[name])]
        own = inside[inside["factor"] == name]
        met, right = _meet(own, mine)
        best = max(of_factor[name], key=lambda motif: r[name, motif], default="")
        rows.append(
            {
                "factor": name,
                "motif": best,
                "motifs": len(of_factor[name]),
                "r": r.get((name, best), np.nan),
                "effect": float(each["effect_on_log_strength"]),
                "sites": len(own),
                "found": int(met.sum()),
                "intact": int((own["intact"] == 1).sum()),
                "found_intact": int(met[(own["intact"] == 1).to_numpy()].sum()),
                "hits": len(mine),
                "false_hits": int((~right).sum()),
            }
        )
    for motif in strange:
        number = int((held["motif"] == motif).sum())
        none = dict.fromkeys(("sites", "found", "intact", "found_intact"), 0)
        empty = {"factor": "", "motif": motif, "motifs": 1, "r": max((r[f, motif] for f in planted), default=np.nan)}
        rows.append({**empty, "effect": np.nan, **none, "hits": number, "false_hits": number})
    return pd.DataFrame(rows)


def _inside(sites: pd.DataFrame, windows: pd.DataFrame) -> NDArray[np.bool_]:
    """Which sites lie wholly in a window."""
    found = np.zeros(len(sites), dtype=bool)
    for chrom, mine in windows.groupby("chrom", sort=False):
        here = (sites["chrom"] == chrom).to_numpy()
        start, end = sites["start"].to_numpy()[here], sites["end"].to_numpy()[here]
        within = (start[:, None] >= mine["start"].to_numpy()) & (end[:, None] <= mine["end"].to_numpy())
        found[here] = within.any(axis=1)
    return found


def _meet(sites: pd.DataFrame, hits: pd.DataFrame) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which sites have a hit whose middle is within 6 bp, and which hits such a site."""
    met, right = np.zeros(len(sites), dtype=bool), np.zeros(len(hits), dtype=bool)
    for chrom in sites["chrom"].unique():
        a, b = (np.flatnonzero((table["chrom"] == chrom).to_numpy()) for table in (sites, hits))
        middles = [((table["start"] + table["end"]) / 2).to_numpy()[rows] for table, rows in ((sites, a), (hits, b))]
        near = np.abs(middles[0][:, None] - middles[1]) <= NEAR
        met[a], right[b] = near.any(axis=1), near.any(axis=0)
    return met, right


def planted_gates(table: pd.DataFrame, sample: str) -> list[Gate]:
    """Gates on the rows of `beside_planted`; factors without an effect must not be found."""
    place = Place("discover", sample)
    gates = []
    real = table[(table["factor"] != "") & (table["effect"] != 0)]
    for row in real.to_dict("records"):
        r = row["r"] if row["motif"] else 0.0
        gates.append(place.judged(f"{row['factor']}.planted_motif.r", r, LEAST_R, "above"))
        recall = row["found_intact"] / row["intact"] if row["intact"] else None
        gates.append(place.judged(f"{row['factor']}.intact_held_out_sites.recall", recall, LEAST_RECALL, "above"))
    strange = int((table["factor"] == "").sum())
    twice = int(np.maximum(real["motifs"] - 1, 0).sum())
    passenger = int((table.loc[table["effect"] == 0, "motif"] != "").sum())
    gates.append(place.judged("motifs.not_planted.number", strange + twice + passenger, 0.5, "below"))
    number = int(table["hits"].sum())
    share = table["false_hits"].sum() / number if number else None
    gates.append(place.judged("held_out_hits.without_planted_site.share", share, MOST_FALSE, "below"))
    return gates
