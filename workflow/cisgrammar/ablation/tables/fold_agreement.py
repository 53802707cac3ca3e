"""Agreement of the models of several folds on the effect of a motif."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.statistics.clustered import clustered_mean
from cisgrammar.statistics.correlation import pearson


def fold_agreement(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """How far the models of several folds agree on the effect of each motif.

    Parameters
    ----------
    tables
        Fold -> its table of `site_table`. Folds test different chromosomes, so means are compared; sites that two
        folds share are also correlated.

    Returns
    -------
    DataFrame
        motif, model, head, folds, necessity (mean of the folds' means), between_folds (their standard deviation),
        same_sign (share of folds whose mean has the sign of the mean), heterogeneity (Cochran's Q over folds - 1;
        about 1 if folds differ by no more than their errors), shared_sites, shared_pearson.
    """
    rows = []
    parts = [t[t["kind"] == "site"].assign(fold=fold) for fold, t in tables.items()]
    every = pd.concat(parts, ignore_index=True)
    for (model, head, name), part in every.groupby(["model", "head", "name"], sort=False):
        found = [
            clustered_mean(p["delta_log_counts"].to_numpy(dtype=float), p["region"].to_numpy())
            for _, p in part.groupby("fold", sort=False)
        ]
        means, errors = np.array([f[0] for f in found]), np.array([f[1] for f in found])
        shared = _shared(part)
        rows.append(
            {
                "motif": name,
                "model": model,
                "head": head,
                "folds": len(means),
                "necessity": float(means.mean()),
                "between_folds": float(means.std(ddof=1)) if len(means) > 1 else np.nan,
                "same_sign": np.nan
                if np.isnan(means).any()
                else float((np.sign(means) == np.sign(means.mean())).mean()),
                "heterogeneity": _heterogeneity(means, errors),
                "shared_sites": len(shared),
                "shared_pearson": pearson(shared["one"], shared["other"]),
            }
        )
    return pd.DataFrame(rows)


def _heterogeneity(means: NDArray[np.float64], errors: NDArray[np.float64]) -> float:
    if len(means) < 2 or not (errors > 0).all():
        return np.nan
    weights = 1 / errors**2
    centre = (weights * means).sum() / weights.sum()
    return float((weights * (means - centre) ** 2).sum() / (len(means) - 1))


def _shared(part: pd.DataFrame) -> pd.DataFrame:
    """Effects of each site in each two folds that have it."""
    place = ["chrom", "start", "end", "strand"]
    columns = [*place, "fold", "delta_log_counts"]
    both = part[columns].merge(part[columns], on=place, suffixes=("", "_other"))
    both = both[both["fold"] < both["fold_other"]]
    return pd.DataFrame({"one": both["delta_log_counts"], "other": both["delta_log_counts_other"]})
