"""Neighbouring sites of two motifs, which are ablated one by one and together."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cisgrammar.config.ablation import Ablation

PAIR_COLUMNS = ("pair", "region", "site_a", "site_b", "name_a", "name_b", "gap", "strands")


def find_pairs(sites: pd.DataFrame, settings: Ablation, seed: int) -> pd.DataFrame:
    """Pairs of sites of motifs in one window that do not overlap and are near each other.

    Parameters
    ----------
    sites
        The table of `find_sites`.
    settings
        The section; at most `pair_sites` of each two motifs, drawn, at most `pair_distance` bp apart.
    seed
        Of the draw.

    Returns
    -------
    DataFrame
        `PAIR_COLUMNS`: number of the pair, region, numbers of the left and right site, their motifs, bp between
        them, and strands (same, opposite, or unknown).
    """
    chosen = sites[sites["kind"] == "site"]
    rows = []
    for region, part in chosen.groupby("region", sort=True):
        ordered = part.sort_values(["start", "end", "name"], kind="stable").to_dict("records")
        for i, a in enumerate(ordered):
            rows += [
                (region, a["site"], b["site"], a["name"], b["name"], b["start"] - a["end"], _strands(a, b))
                for b in ordered[i + 1 :]
                if 0 <= b["start"] - a["end"] <= settings.pair_distance
            ]
    pairs = pd.DataFrame(rows, columns=list(PAIR_COLUMNS[1:]))
    motifs = [" ".join(sorted(names)) for names in zip(pairs["name_a"], pairs["name_b"], strict=True)]
    order = np.random.default_rng([seed, 3]).permutation(len(pairs))
    drawn = pairs.assign(motifs=motifs).iloc[order].groupby("motifs", sort=False).head(settings.pair_sites)
    drawn = drawn.sort_index().reset_index(drop=True)
    return drawn.assign(pair=np.arange(len(drawn)))[list(PAIR_COLUMNS)]


def _strands(a: dict[str, object], b: dict[str, object]) -> str:
    if "." in (a["strand"], b["strand"]):
        return "unknown"
    return "same" if a["strand"] == b["strand"] else "opposite"
