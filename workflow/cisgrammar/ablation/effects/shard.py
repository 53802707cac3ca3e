"""A shard of the sites: their effects on every part of the model that is asked for, and those of their pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.effects.attribution import attribution_sums, best_sites
from cisgrammar.ablation.effects.guards import guards_of
from cisgrammar.ablation.effects.model_parts import Part
from cisgrammar.ablation.effects.pair import SHUFFLES, pair_effects
from cisgrammar.ablation.effects.site import SiteEffects, SiteInputs, log_count_effects, site_effects
from cisgrammar.ablation.sites.peak_inputs import inputs_of
from cisgrammar.config.ablation import Ablation
from cisgrammar.files.progress import Progress
from cisgrammar.motifs.motif import Motif
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.table import Regions
from cisgrammar.tables.contracts.ablation import JOINT_EFFECTS

OF_COUNTS = (
    "delta_log_counts",
    "delta_log_counts_se",
    "delta_log_counts_forward",
    "delta_log_counts_reverse",
    "attribution",
    "predicted_log_counts",
)
"""Columns that are nan for heads whose counts are in no prediction."""


@dataclass(frozen=True, eq=False)
class Shard:
    """What one job found.

    Attributes
    ----------
    effects
        A row per site, model and head: the table of `site_effects`, with `model`. `delta_log_counts` and its error
        are the mean over strands if that is asked for, `delta_log_counts_forward` and `delta_log_counts_reverse`
        what each gives (nan where not asked for). All of these are nan for a part and head whose counts are in no
        prediction (`Part.without_counts`). `attribution` is the sum over the site, nan where not asked for.
        shuffled_start and shuffled_end are on the chromosome.
    pairs
        A row per pair, model and head: the table of `pair_effects`, with `model`.
    site, before, after
        Sites (not controls) and their profiles before and after, `(sites, positions)`, of the first model.
    """

    effects: pd.DataFrame
    pairs: pd.DataFrame
    site: NDArray[np.int64]
    before: NDArray[np.float32]
    after: NDArray[np.float32]


def of_shard(table: pd.DataFrame, shard: int, shards: int) -> pd.DataFrame:
    """The rows of a shard; rows of one region stay together as far as that goes."""
    if not 0 <= shard < shards:
        raise ValueError(f"shard {shard} does not exist; there are {shards}, from 0")
    ordered = table.sort_values("region", kind="stable")
    return ordered.iloc[np.array_split(np.arange(len(ordered)), shards)[shard]]


def sites_on(part: Part, sites: pd.DataFrame, regions: Regions, genome: Genome) -> SiteInputs:
    """Put sites on the sequences that a part reads."""
    rows, row = np.unique(sites["region"].to_numpy(), return_inverse=True)
    first = window_starts(regions.centre[rows], part.input_length)[row]
    codes = inputs_of(regions, genome, rows, part.input_length)
    start, end = (sites[column].to_numpy() - first for column in ("start", "end"))
    return SiteInputs(sites["site"].to_numpy(), row, start, end, codes)


def ablate_shard(
    parts: Sequence[Part],
    sites: pd.DataFrame,
    pairs: pd.DataFrame,
    place: tuple[Regions, Genome],
    settings: Ablation,
    seed: int,
    shard: int = 0,
    motifs: Mapping[str, Motif] | None = None,
) -> Shard:
    """Ablate the sites and pairs of one shard in each part of a model.

    Parameters
    ----------
    parts
        As `model_parts.parts_of` gives.
    sites, pairs
        All of them, as `find_sites`, and `find_pairs` and `null_pairs` together, give.
    place
        Table of regions and genome.
    settings, seed
        The section, and the seed of the shuffles. The result of a site does not depend on the number of shards.
    shard
        Which one, from 0 to `settings.shards - 1`.
    motifs
        Motifs and decoys by name; shuffles that hold them are refused.
    """
    mine, my_pairs = (of_shard(table, shard, settings.shards) for table in (sites, pairs))
    if mine.empty:
        raise ValueError(f"ablation.shards: {settings.shards} jobs for {len(sites)} sites; use at most {len(sites)}")
    guards = guards_of(sites, place[1], motifs or {})
    effects, joint = [], []
    of_sites, of_pairs = settings.n * len(mine) * (1 + settings.both_strands), 3 * SHUFFLES * len(my_pairs)
    progress = Progress(f"ablate on {settings.device}", len(parts) * (of_sites + of_pairs), "edited sequences")
    for part in parts:
        inputs = replace(sites_on(part, mine, *place), guards=guards)
        with progress.part(of_sites):
            effects.append(_part_effects(part, mine, inputs, settings, seed))
        if len(my_pairs):
            with progress.part(of_pairs):
                joint.append(pair_effects(part, my_pairs, place, settings, seed).assign(model=part.name))
    kept = (mine["kind"] != "control").to_numpy()
    tables = [found.table.assign(model=part.name) for part, found in zip(parts, effects, strict=True)]
    columns = pd.concat(joint, ignore_index=True) if joint else pd.DataFrame(columns=list(JOINT_EFFECTS.names))
    shown = effects[0]
    table = pd.concat(tables, ignore_index=True)
    return Shard(table, columns, mine["site"].to_numpy()[kept], shown.before[kept], shown.after[kept])


def _part_effects(part: Part, sites: pd.DataFrame, inputs: SiteInputs, settings: Ablation, seed: int) -> SiteEffects:
    progress = Progress("effects of sites", 1 + settings.both_strands, "strands")
    with progress.part(1):
        found = site_effects(part, inputs, settings, seed)
    with progress.part(settings.both_strands):
        table = _both_strands(found.table, part, inputs, settings, seed)
    origin = pd.Series(sites["start"].to_numpy() - inputs.start, index=inputs.number)
    for column in ("shuffled_start", "shuffled_end"):
        table[column] += table["site"].map(origin)
    table["attribution"] = np.nan
    if settings.attribution:
        best = np.isin(inputs.number, best_sites(sites, settings.attribution_sites))
        sums = pd.Series(attribution_sums(part, inputs.take(best), settings), index=inputs.number[best])
        table["attribution"] = table["site"].map(sums)
    table.loc[table["head"].isin(part.without_counts), list(OF_COUNTS)] = np.nan
    return SiteEffects(table, found.before, found.after)


def _both_strands(table: pd.DataFrame, part: Part, inputs: SiteInputs, settings: Ablation, seed: int) -> pd.DataFrame:
    """Replace the effect on counts by its mean over strands, and keep both."""
    table = table.assign(delta_log_counts_forward=table["delta_log_counts"], delta_log_counts_reverse=np.nan)
    if not settings.both_strands or part.without_counts.issuperset(head.name for head in part.heads):
        return table
    mean, error = log_count_effects(part, inputs.reverse_complement(), settings, seed)  # (sites, heads)
    for h, head in enumerate(part.heads):
        rows = table["head"] == head.name
        sites = table.loc[rows, "site"]
        turned, turned_se = (sites.map(pd.Series(v[:, h], index=inputs.number)) for v in (mean, error))
        table.loc[rows, "delta_log_counts_reverse"] = turned
        table.loc[rows, "delta_log_counts"] = (table.loc[rows, "delta_log_counts_forward"] + turned) / 2
        table.loc[rows, "delta_log_counts_se"] = np.hypot(table.loc[rows, "delta_log_counts_se"], turned_se) / 2
    return table
