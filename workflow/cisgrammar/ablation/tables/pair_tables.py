"""Pairs of sites against their null pairs; and by motifs and distance, with intervals over sites."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.sites.pairs import KINDS
from cisgrammar.statistics.clustered import clustered_interval
from cisgrammar.statistics.local_null import groups_of_like, studentised_test, widest_null
from cisgrammar.statistics.p_values import benjamini_hochberg
from cisgrammar.tables.contracts.ablation import PAIR_CLASSES, PAIR_EFFECTS

LEAST_ALIKE = 10
"""Pairs at like distances that share a kind of null: enough that chance does not choose it (simulation)."""
GAP_CLASSES = (0, 5, 10, 20, 50, 100)
"""Least distances of the classes of `pair_classes.tsv`, bp; from 100 on one class."""


def pair_table(pairs: pd.DataFrame, effects: pd.DataFrame) -> pd.DataFrame:
    """Test pairs of sites against their null pairs.

    For pairs at like distances (10 or more of a model and head, in the order of the distance) the kind of null that
    varies most is taken (`widest_null`): decoys, where whatever lies beside a site changes its effect; sites moved
    apart, where two sites of such effects never quite add up; control windows otherwise. p by `studentised_test`, over
    all pairs of a model and head; q over a family, those of two motifs.

    Parameters
    ----------
    pairs
        `site_pairs.tsv`.
    effects
        Of `pair_effects`, of all shards, with `model`.

    Returns
    -------
    DataFrame
        A row per pair of sites, model and head.

    Raises
    ------
    ValueError
        If a pair has two effects in one model and head.
    """
    keys = ["pair", "kind", "draw", "model", "head"]
    if effects.duplicated(keys).any():
        raise ValueError("a pair's effect is there twice; delete the shards of the ablation stage and run it again")
    about = pairs[pairs["kind"] == KINDS[0]].drop(columns=["kind", "draw"])
    real = about.merge(effects[effects["kind"] == KINDS[0]], on="pair", how="inner").reset_index(drop=True)
    names = list(PAIR_EFFECTS.names)
    if real.empty:
        return pd.DataFrame(columns=names)
    nulls = effects[effects["kind"] != KINDS[0]]
    tested = [_tested(part, nulls) for _, part in real.groupby(["model", "head"], sort=False)]
    return pd.concat(tested).sort_index()[names]


def motifs_of(pairs: pd.DataFrame) -> list[str]:
    """The two motifs of each pair, whichever comes first."""
    names = zip(pairs["name_a"].astype(str), pairs["name_b"].astype(str), strict=True)
    return [" and ".join(sorted(pair)) for pair in names]


def _tested(part: pd.DataFrame, nulls: pd.DataFrame) -> pd.DataFrame:
    """One model and head: the kind of null by distance, p over all pairs, q within two motifs."""
    here = nulls[(nulls["model"] == part["model"].iloc[0]) & (nulls["head"] == part["head"].iloc[0])]
    kinds = [_draws(part["pair"], here[here["kind"] == kind]) for kind in KINDS[1:]]
    null, chosen = widest_null(kinds, groups_of_like(part["gap"].to_numpy(), LEAST_ALIKE))
    test = studentised_test(part["interaction"].to_numpy(dtype=float), null)
    made = np.isfinite(test.p)
    tested = part.assign(
        null=np.where(made, np.array(KINDS[1:])[chosen], ""),
        null_draws=test.draws,
        null_mean=test.mean,
        null_low=test.low,
        null_high=test.high,
        p_value=test.p,
    )
    family = tested["p_value"].groupby(np.array(motifs_of(part)))
    return tested.assign(q_value=family.transform(lambda p: benjamini_hochberg(p.to_numpy())))


def _draws(pairs: pd.Series, nulls: pd.DataFrame) -> NDArray[np.float64]:
    """Interactions of null pairs, `(pairs, draws)`; nan where there is none."""
    wide = nulls.pivot_table(index="pair", columns="draw", values="interaction", sort=True)
    return wide.reindex(pairs).to_numpy(dtype=float)


def pair_classes(table: pd.DataFrame, significance: float) -> pd.DataFrame:
    """Mean interaction of two motifs by distance, with an interval over pairs that allows for shared windows.

    Parameters
    ----------
    table
        Of `pair_table`.
    significance
        q-value below which a pair counts.
    """
    names, rows = list(PAIR_CLASSES.names), []
    if table.empty:
        return pd.DataFrame(columns=names)
    least = np.array(GAP_CLASSES)[np.searchsorted(GAP_CLASSES, table["gap"].to_numpy(), side="right") - 1]
    keys = {"motifs": motifs_of(table), "least": least}
    for (model, head, motifs, _), part in table.assign(**keys).groupby(["model", "head", *keys], sort=True):
        mean, low, high = clustered_interval(part["interaction"].to_numpy(dtype=float), part["region"].to_numpy())
        line = (motifs, model, head, part["gap"].min(), part["gap"].max(), len(part), part["region"].nunique())
        rows.append((*line, mean, low, high, part["null_mean"].mean(), (part["q_value"] < significance).mean()))
    return pd.DataFrame(rows, columns=names)
