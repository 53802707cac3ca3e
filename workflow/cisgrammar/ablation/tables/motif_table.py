"""One row per motif, model and head: affinity, necessity, sufficiency, spacing, agreement, decoys beside them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.sites.controls import control_pool, likeness, width_class
from cisgrammar.motifs.motif import Motif
from cisgrammar.statistics.clustered import clustered_interval, clustered_mean
from cisgrammar.statistics.correlation import pearson
from cisgrammar.statistics.matched import matched_mean_p


def _necessity(rows: pd.DataFrame, prefix: str, significance: float) -> dict[str, float]:
    values, region = rows["delta_log_counts"].to_numpy(dtype=float), rows["region"].to_numpy()
    mean, error, regions = clustered_mean(values, region)
    _, low, high = clustered_interval(values, region)
    tested = rows["q_value"].notna()
    profile, footprint = rows["q_profile"].notna(), rows["q_footprint"].notna()
    return {
        f"{prefix}sites": len(rows),
        f"{prefix}regions": regions,
        f"{prefix}necessity": mean,
        f"{prefix}necessity_se": error,
        f"{prefix}necessity_low": low,
        f"{prefix}necessity_high": high,
        f"{prefix}share_significant": _share(rows.loc[tested, "q_value"], significance),
        f"{prefix}share_profile": _share(rows.loc[profile, "q_profile"], significance),
        f"{prefix}share_footprint": _share(rows.loc[footprint, "q_footprint"], significance),
        f"{prefix}profile_jsd": float(rows["profile_jsd"].mean()),
        f"{prefix}local_log_ratio": float(rows["local_log_ratio"].mean()),
    }


def mean_scale(effect: str, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values on the scale that their means are compared on: roots of distances, whose skew a t test does not allow."""
    return np.sqrt(values) if effect == "profile_jsd" else values


def _p_of_mean(sites: pd.DataFrame, controls: pd.DataFrame, effect: str) -> float:
    """Of the mean effect of sites, against the controls that are like them in class of widths, GC, summit and level."""
    both = pd.concat([sites, controls], ignore_index=True)
    control = (both["kind"] == "control").to_numpy()
    width = width_class((both["end"] - both["start"]).to_numpy())
    classes = [control_pool(control, width, int(least)) for least in np.unique(width[~control])]
    pool = np.any(classes, axis=0) if classes else control
    # Far apart in a feature of its own: a site's nearest controls are those of its class while there are 50.
    like = np.column_stack([likeness(both), 100.0 * np.log(width)])
    values, regions = mean_scale(effect, both[effect].to_numpy(dtype=float)), both["region"].to_numpy()
    tested = [(values[rows], like[rows], regions[rows]) for rows in (~control, pool)]
    return matched_mean_p(tested[0], tested[1])


def _p_of_means(sites: pd.DataFrame, controls: pd.DataFrame) -> dict[str, float]:
    effects = {"p_mean": "delta_log_counts", "p_mean_profile": "profile_jsd"}
    return {name: _p_of_mean(sites, controls, effect) for name, effect in effects.items()}


def _share(q: pd.Series, significance: float) -> float:
    return float((q < significance).mean()) if len(q) else np.nan


def motif_table(
    table: pd.DataFrame,
    motifs: Mapping[str, Motif],
    put_in: pd.DataFrame,
    spacing: pd.DataFrame,
    measured: pd.DataFrame,
    significance: float = 0.05,
) -> pd.DataFrame:
    """Bring together what is known of each motif.

    Parameters
    ----------
    table
        Of `site_table`.
    motifs
        Motifs and decoys by name.
    put_in
        Of `motif_effects.sufficiency`, of all models.
    spacing
        Of `motif_effects.spacing_effects`.
    measured
        Spacing tables of the binding stage (pair, strands, offset, log_omega), or an empty one.
    significance
        q-value below which a site counts.

    Returns
    -------
    DataFrame
        motif, source, consensus, width, information (bits), log_affinity (nats over random sequence; binding models),
        model, head; sites, regions, necessity (mean delta_log_counts, its standard error clustered by region, 95 %
        interval), p_mean and p_mean_profile (chance that sites and like controls differ as much in their means of
        delta_log_counts and of the roots of profile_jsd, errors over windows), share_significant (q < `significance`),
        share_profile, share_footprint, profile_jsd, local_log_ratio; the same of its decoys
        (`decoy_*`); sufficiency and decoy_sufficiency with errors; attribution; rc_pearson (effects on the
        two strands); in_vitro_spacing and in_silico_spacing (`partner:strands:offset`, the best; empty in silico for
        a model that was not scanned).
    """
    rows = []
    sites, decoys, controls = (table[table["kind"] == kind] for kind in ("site", "decoy", "control"))
    for (model, head), part in sites.groupby(["model", "head"], sort=False):
        here = (decoys["model"] == model) & (decoys["head"] == head)
        beside = controls[(controls["model"] == model) & (controls["head"] == head)]
        for name in dict.fromkeys(part["name"]):
            mine, others = part[part["name"] == name], decoys[here & (decoys["matched_to"] == name)]
            rows.append(
                {
                    **_described(name, motifs.get(name)),
                    "model": model,
                    "head": head,
                    **_necessity(mine, "", significance),
                    **_p_of_means(mine, beside),
                    **_necessity(others, "decoy_", significance),
                    **_sufficiency(put_in, name, model, head),
                    "attribution": float(mine["attribution"].mean()) if "attribution" in mine else np.nan,
                    "rc_pearson": pearson(mine["delta_log_counts_forward"], mine["delta_log_counts_reverse"]),
                    "in_vitro_spacing": best_spacing(measured, name, "log_omega"),
                    "in_silico_spacing": best_spacing(_scanned(spacing, model, head), name, "interaction"),
                }
            )
    return pd.DataFrame(rows)


def _scanned(spacing: pd.DataFrame, model: str, head: str) -> pd.DataFrame:
    return spacing[(spacing["model"] == model) & (spacing["head"] == head)] if len(spacing) else spacing


def _described(name: str, motif: Motif | None) -> dict[str, object]:
    if motif is None:
        nothing = dict.fromkeys(("information", "log_affinity"), np.nan)
        return {"motif": name, "source": "annotations", "consensus": "", "width": 0, **nothing}
    columns = {c: getattr(motif, c) for c in ("source", "consensus", "width", "information", "log_affinity")}
    return {"motif": name, **columns}


def _sufficiency(put_in: pd.DataFrame, name: str, model: str, head: str) -> dict[str, float]:
    here = put_in[(put_in["model"] == model) & (put_in["head"] == head)]
    mine, decoys = here[here["motif"] == name], here[here["decoy_of"] == name]
    mean, error = ("delta_log_counts", "delta_log_counts_se")
    return {
        "sufficiency": float(mine[mean].iloc[0]) if len(mine) else np.nan,
        "sufficiency_se": float(mine[error].iloc[0]) if len(mine) else np.nan,
        "decoy_sufficiency": float(decoys[mean].mean()) if len(decoys) else np.nan,
        "decoy_sufficiency_se": float(np.sqrt((decoys[error] ** 2).sum()) / len(decoys)) if len(decoys) else np.nan,
    }


def best_spacing(table: pd.DataFrame, name: str, column: str) -> str:
    """The placements of greatest `column` of each pair that holds a motif, `partner:strands:offset`, by semicolons."""
    found = []
    for pair, part in table.groupby("pair", sort=False) if len(table) else ():
        names = str(pair).split(":")
        known = part[np.isfinite(part[column].to_numpy(dtype=float))]
        if name in names and len(names) == 2 and len(known):
            best = known.loc[known[column].idxmax()]
            partner = names[1] if names[0] == name else names[0]
            found.append(f"{partner}:{best['strands']}:{int(best['offset']):+d}")
    return ";".join(found)
