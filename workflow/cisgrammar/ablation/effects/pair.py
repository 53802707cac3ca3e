"""Joint effect of two neighbouring sites, beyond the sum of both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import torch

from cisgrammar.ablation.effects.model_parts import LogCounts, Part
from cisgrammar.ablation.effects.site import SiteInputs, mean_and_error, shuffler_for
from cisgrammar.config.ablation import Ablation
from cisgrammar.perturb.ablate_pairs import ablate_pairs
from cisgrammar.perturb.results import ShuffleReport
from cisgrammar.sequence.one_hot import one_hot

COLUMNS = ("pair", "head", "effect_a", "effect_b", "effect_both", "interaction", "interaction_se")


def pair_effects(part: Part, pairs: pd.DataFrame, sites: SiteInputs, settings: Ablation, seed: int) -> pd.DataFrame:
    """Ablate pairs of sites, each alone and both at once.

    Parameters
    ----------
    part
        The model.
    pairs
        Columns pair, site_a, site_b.
    sites
        All sites that the pairs name.
    settings, seed
        As for `site_effects`. Sites are not widened here, so that the two of a pair cannot come to overlap.

    Returns
    -------
    DataFrame
        A row per pair and head: effect_a, effect_b, effect_both (ln counts before minus after), and interaction,
        effect_both - effect_a - effect_b, mean over shuffles with its standard error. Below 0 where one site makes
        up for the other, above 0 where they help each other.
    """
    if pairs.empty:
        return pd.DataFrame(columns=list(COLUMNS))
    place = {number: i for i, number in enumerate(sites.number.tolist())}
    a, b = (np.array([place[n] for n in pairs[column]]) for column in ("site_a", "site_b"))
    table = np.column_stack([sites.row[a], sites.start[a], sites.end[a], sites.start[b], sites.end[b]])
    result = ablate_pairs(
        LogCounts(part.model, len(part.heads)),
        one_hot(torch.from_numpy(sites.codes)),
        table,
        n=settings.n,
        shuffle_fn=shuffler_for(settings.model_copy(update={"too_few": "plain"})),
        random_state=seed,
        batch_size=settings.batch_size,
        device=settings.device,
    )
    before = result.y_before[:, None]  # (pairs, 1, heads)
    first, second, both = (before - y for y in (result.y_first, result.y_second, result.y_both))
    either = _either(result.first, result.second)
    tables = []
    for h, head in enumerate(part.heads):
        columns = {"pair": pairs["pair"].to_numpy(), "head": head.name}
        for name, change, report in (("a", first, result.first), ("b", second, result.second), ("both", both, either)):
            columns[f"effect_{name}"] = mean_and_error(change[..., h], report)[0]
        mean, error = mean_and_error((both - first - second)[..., h], either)
        tables.append(pd.DataFrame({**columns, "interaction": mean, "interaction_se": error}))
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def _either(first: ShuffleReport, second: ShuffleReport) -> ShuffleReport:
    """A report on the shuffles of both: those that change the two, each counted once."""
    used = (first.weights > 0) & (second.weights > 0)
    weights = used / np.maximum(used.sum(axis=1, keepdims=True), 1)
    how = np.full(len(used), "drawn")
    return ShuffleReport(
        first.row,
        first.start,
        second.end,
        np.minimum(first.arrangements, second.arrangements),
        np.minimum(first.distinct, second.distinct),
        ~used,
        weights,
        how,
        first.kind,
    )
