"""Whether the ablation stage finds the sites that a simulation planted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

_COVERED = 0.5
COLUMNS = ("factor", "group", "sites", "found", "necessary", "share", "mean_effect")


def recovered_sites(site_table: pd.DataFrame, truth_sites: pd.DataFrame, significance: float = 0.05) -> pd.DataFrame:
    """Compare planted sites with the sites that ablation found necessary.

    Parameters
    ----------
    site_table
        Of the ablation stage (`site_effects.tsv`); its first model and head are looked at.
    truth_sites
        Of the simulation (`truth_sites.tsv`), those that lie in the sequences that were searched: chrom, start, end,
        strand, factor, intact, acts; those that do not act count as not planted. A motif stands for the factor of its
        name, or for the factor that its name begins with (upper and lower case alike).
    significance
        q-value below which a site is necessary.

    Returns
    -------
    DataFrame
        For each factor, and for all (`all`), the groups `planted` (all that were), `strong` (those that are intact: an
        instance that is drawn from a matrix may have lost bases that matter), `weak` (the others), `unplanted` (sites
        that were annotated and of which half lies in no planted one), `other` (of which half lies in one of another
        factor: ablating them has that one's effect) and `decoy`: number of sites, how many were `found`, how
        many are necessary, their share, and the mean effect of those found (ln counts). A planted site that was not
        found counts as not necessary. share and mean are nan where there is no site.
    """
    first = site_table.iloc[0]
    here = site_table[(site_table["model"] == first["model"]) & (site_table["head"] == first["head"])]
    motif = here["name"].where(here["kind"] == "site", here["matched_to"])
    truth_sites = truth_sites[truth_sites["acts"] == 1]
    factors = list(dict.fromkeys(truth_sites["factor"]))
    here = here.assign(factor=[_factor(name, factors) for name in motif])
    sites, decoys = here[here["kind"] == "site"], here[here["kind"] == "decoy"]
    match = [_site_of(planted, sites) for planted in truth_sites.to_dict("records")]
    found = sites.reindex([index for index in match if index is not None])
    effects = iter(found[["q_value", "delta_log_counts"]].to_numpy(dtype=float))
    numbers = [next(effects) if index is not None else (np.nan, np.nan) for index in match]
    planted = truth_sites.assign(found=[index is not None for index in match])
    planted[["q_value", "delta_log_counts"]] = np.array(numbers, dtype=float).reshape(-1, 2)
    intact = planted["intact"].astype(bool)
    rest = sites.drop(index=found.index).assign(found=True)
    other = np.array([_on_a_site(row, truth_sites) for row in rest.to_dict("records")], dtype=bool)
    groups = {
        "planted": planted,
        "strong": planted[intact],
        "weak": planted[~intact],
        "unplanted": rest[~other],
        "other": rest[other],
        "decoy": decoys.assign(found=True),
    }
    rows = [
        _row(factor, group, part if factor == "all" else part[part["factor"] == factor], significance)
        for factor in (*factors, "all")
        for group, part in groups.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def recovered_spacings(scanned: pd.DataFrame, truth_pairs: pd.DataFrame, favoured: Mapping[int, float]) -> pd.DataFrame:
    """Put the distances that a simulation favours beside those that the model and the reads prefer.

    Parameters
    ----------
    scanned
        `spacings.tsv` of the ablation stage: pair, strands, offset, gap, interaction, interaction_se, contrast,
        null_mean, null_low, null_high, p_value, q_value, peak, log_omega, and its interval as lower and upper.
    truth_pairs
        Of the simulation (`truth_pairs.tsv`): factor, strands, offset.
    favoured
        Offset -> what it adds to a peak's ln strength.

    Returns
    -------
    DataFrame
        The rows of `scanned` for the planted factor with itself on the same strand, with `planted` (pairs of that
        offset in the genome), `true` (the effect), and for model and reads the rank of each offset, 1 the most
        preferred: `rank_true`, `rank_in_silico`, `rank_in_vitro`.
    """
    factors = list(dict.fromkeys(truth_pairs["factor"]))
    pair = scanned["pair"].isin([f"{factor}:{factor}" for factor in factors])
    rows = scanned[pair & (scanned["strands"] == "same")].sort_values("offset", ignore_index=True)
    number = truth_pairs.loc[truth_pairs["strands"] == "same", "offset"].value_counts()
    rows = rows.assign(
        planted=rows["offset"].map(number).fillna(0).astype(int),
        true=rows["offset"].map(dict(favoured)).fillna(0.0),
    )
    ranks = {"rank_true": "true", "rank_in_silico": "interaction", "rank_in_vitro": "log_omega"}
    made = {rank: rows[column].rank(ascending=False, method="min") for rank, column in ranks.items()}
    columns = ["pair", "offset", "gap", "planted", "true", "interaction", "interaction_se", "contrast"]
    columns += ["null_mean", "null_low", "null_high", "p_value", "q_value", "peak", "log_omega"]
    ends = {"log_omega_low": rows["lower"], "log_omega_high": rows["upper"]}
    return rows[columns].assign(**ends, **made)


def _factor(name: object, factors: list[str]) -> str:
    """The factor that a motif stands for; empty if none."""
    text = str(name).lower()
    exact = [factor for factor in factors if factor.lower() == text]
    return next(iter(exact or [factor for factor in factors if text.startswith(factor.lower())]), "")


def _site_of(planted: Mapping[str, Any], sites: pd.DataFrame) -> Any:
    """Index of the site of the factor's motif that half of lies in a planted one; of several, the best covered."""
    same = sites[(sites["chrom"] == planted["chrom"]) & (sites["factor"] == planted["factor"])]
    shared = np.minimum(same["end"], planted["end"]) - np.maximum(same["start"], planted["start"])
    share = shared / (same["end"] - same["start"])
    return share.idxmax() if len(share) and share.max() >= _COVERED else None


def _on_a_site(site: Mapping[str, Any], planted: pd.DataFrame) -> bool:
    """Whether half of an annotated site lies in a planted one of another factor."""
    others = planted[(planted["chrom"] == site["chrom"]) & (planted["factor"] != site["factor"])]
    shared = np.minimum(others["end"], site["end"]) - np.maximum(others["start"], site["start"])
    return bool((shared >= _COVERED * (site["end"] - site["start"])).any())


def _row(factor: str, group: str, part: pd.DataFrame, significance: float) -> tuple[object, ...]:
    necessary = int((part["q_value"] < significance).sum())
    share = necessary / len(part) if len(part) else np.nan
    mean = part["delta_log_counts"].mean() if len(part) else np.nan
    return factor, group, len(part), int(part["found"].sum()), necessary, share, mean
