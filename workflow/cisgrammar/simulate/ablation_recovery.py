"""Whether the ablation stage finds the sites that a simulation planted."""

from __future__ import annotations

import numpy as np
import pandas as pd

STRONG = -2.0
_COVERED = 0.5
COLUMNS = ("factor", "group", "sites", "necessary", "share", "mean_effect")


def recovered_sites(
    site_table: pd.DataFrame, truth_sites: pd.DataFrame, significance: float = 0.05, strong: float = STRONG
) -> pd.DataFrame:
    """Compare planted sites with the sites that ablation found necessary.

    Parameters
    ----------
    site_table
        Of the ablation stage (`site_effects.tsv`); its first model and head are looked at.
    truth_sites
        Of the simulation (`truth_sites.tsv`): chrom, start, end, strand, factor. A motif stands for the factor of
        its name, or for the factor that its name begins with (upper and lower case alike).
    significance
        q-value below which a site is necessary.
    strong
        Planted sites whose score is at most so many nats below the best sequence are strong: an instance that is
        drawn from a matrix may have lost bases that matter.

    Returns
    -------
    DataFrame
        For each factor, and for all (`all`), the groups `planted` (annotated sites that cover half of a planted one),
        `strong` (those of them), `weak` (the others), `unplanted` (annotated sites that cover none) and `decoy`:
        number of sites, how many are necessary, their share, and the mean effect (ln counts). share and mean are nan
        where there is no site.
    """
    first = site_table.iloc[0]
    here = site_table[(site_table["model"] == first["model"]) & (site_table["head"] == first["head"])]
    motif = here["name"].where(here["kind"] == "site", here["matched_to"])
    factors = list(dict.fromkeys(truth_sites["factor"]))
    here = here.assign(factor=[_factor(name, factors) for name in motif])
    sites, decoys = here[here["kind"] == "site"], here[here["kind"] == "decoy"]
    planted = np.array([_covers(site, truth_sites) for site in sites.to_dict("records")], dtype=bool)
    good = (sites["score"] >= strong).to_numpy()
    groups = {
        "planted": sites[planted],
        "strong": sites[planted & good],
        "weak": sites[planted & ~good],
        "unplanted": sites[~planted],
        "decoy": decoys,
    }
    rows = [
        _row(factor, group, part if factor == "all" else part[part["factor"] == factor], significance)
        for factor in (*factors, "all")
        for group, part in groups.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _factor(name: object, factors: list[str]) -> str:
    """The factor that a motif stands for; empty if none."""
    text = str(name).lower()
    exact = [factor for factor in factors if factor.lower() == text]
    return next(iter(exact or [factor for factor in factors if text.startswith(factor.lower())]), "")


def _covers(site: dict[str, object], truth: pd.DataFrame) -> bool:
    same = truth[(truth["chrom"] == site["chrom"]) & (truth["factor"] == site["factor"])]
    shared = np.minimum(same["end"], site["end"]) - np.maximum(same["start"], site["start"])
    return bool((shared >= _COVERED * (site["end"] - site["start"])).any())


def _row(factor: str, group: str, part: pd.DataFrame, significance: float) -> tuple[object, ...]:
    necessary = int((part["q_value"] < significance).sum())
    share = necessary / len(part) if len(part) else np.nan
    return factor, group, len(part), necessary, share, part["delta_log_counts"].mean() if len(part) else np.nan
