"""A shard of the sites: their effects on every part of the model that is asked for, and those of their pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.ablation.effects.attribution import attribution_sums, best_sites
from cisgrammar.ablation.effects.guards import guards_of
from cisgrammar.ablation.effects.model_parts import Part, PartGroup, grouped
from cisgrammar.ablation.effects.pair import pair_effects
from cisgrammar.ablation.effects.profile_files import ProfileWriter
from cisgrammar.ablation.effects.site import (
    SITES_AT_ONCE,
    SiteEffects,
    SiteInputs,
    effects_of_parts,
    log_count_effects,
    sites_at_once,
)
from cisgrammar.ablation.sites.peak_inputs import inputs_of
from cisgrammar.config.ablation import Ablation
from cisgrammar.files.progress import Progress
from cisgrammar.motifs.motif import Motif
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.windows import window_starts
from cisgrammar.signal.table import Regions
from cisgrammar.tables.contracts.ablation import EFFECTS, JOINT_EFFECTS

OF_COUNTS = (
    "delta_log_counts",
    "delta_log_counts_se",
    "delta_log_counts_forward",
    "delta_log_counts_reverse",
    "attribution",
    "predicted_log_counts",
)
"""Columns that are nan for heads whose counts are in no prediction."""
_KEPT = ("site", "region", "start", "end", "name", "kind", "score")


@dataclass(frozen=True, eq=False)
class Block:
    """What a part of a model gives for some sites of a shard.

    Attributes
    ----------
    effects
        A row per site and head: the table of `site_effects`, with `model`. `delta_log_counts` and its error are the
        mean over strands if that is asked for, `delta_log_counts_forward` and `delta_log_counts_reverse` what each
        gives (nan where not asked for). All of these are nan for a part and head whose counts are in no prediction
        (`Part.without_counts`). `attribution` is the sum over the site, nan where not asked for. shuffled_start and
        shuffled_end are on the chromosome.
    site, before, after
        Sites (not controls) and their profiles before and after, `(sites, positions)`.
    """

    effects: pd.DataFrame
    site: NDArray[np.int64]
    before: NDArray[np.float32]
    after: NDArray[np.float32]


def of_shard(table: pd.DataFrame, shard: int, shards: int) -> pd.DataFrame:
    """The rows of a shard; rows of one region stay together as far as that goes."""
    if not 0 <= shard < shards:
        raise ValueError(f"shard {shard} does not exist; there are {shards}, from 0")
    ordered = table.sort_values("region", kind="stable")
    return ordered.iloc[np.array_split(np.arange(len(ordered)), shards)[shard]]


def sites_on(part: Part | PartGroup, sites: pd.DataFrame, regions: Regions, genome: Genome) -> SiteInputs:
    """Put sites on the sequences that a part, or a group, reads."""
    rows, row = np.unique(sites["region"].to_numpy(), return_inverse=True)
    first = window_starts(regions.centre[rows], part.input_length)[row]
    codes = inputs_of(regions, genome, rows, part.input_length)
    start, end = (sites[column].to_numpy() - first for column in ("start", "end"))
    return SiteInputs(sites["site"].to_numpy(), row, start, end, codes)


class AblatedShard:
    """The sites and pairs of one shard, ablated in each part of a model as they are asked for.

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

    def __init__(
        self,
        parts: Sequence[Part],
        sites: pd.DataFrame,
        pairs: pd.DataFrame,
        place: tuple[Regions, Genome],
        settings: Ablation,
        seed: int,
        shard: int = 0,
        motifs: Mapping[str, Motif] | None = None,
    ) -> None:
        self.groups, self.place, self.settings, self.seed = grouped(parts), place, settings, seed
        self.parts = [part for group in self.groups for part in group.parts]
        self._sites, self._pairs = (of_shard(table, shard, settings.shards) for table in (sites[list(_KEPT)], pairs))
        if self._sites.empty:
            raise ValueError(
                f"ablation.shards: {settings.shards} jobs for {len(sites)} sites; use at most {len(sites)}"
            )
        guards = guards_of(sites, place[1], motifs or {}, set(self._sites["site"].tolist()))
        # Sites of a motif share one tuple of guards; each site holds the index of its own.
        self._guards = list({id(one): one for one in guards.values()}.values())
        number = {id(one): i for i, one in enumerate(self._guards)}
        self._guard_of = np.array([number[id(guards[site])] for site in self._sites["site"].tolist()], dtype=np.int32)

    @property
    def profiles(self) -> int:
        """Sites whose profiles are kept."""
        return int((self._sites["kind"] != "control").sum())

    def pair_effects(self) -> pd.DataFrame:
        """A row per pair, model and head: the table of `pair_effects`, with `model`."""
        if not len(self._pairs):
            return pd.DataFrame(columns=list(JOINT_EFFECTS.names))
        found = [pair_effects(group, self._pairs, self.place, self.settings, self.seed) for group in self.groups]
        return pd.concat(found, ignore_index=True)

    def blocks(self) -> Iterator[tuple[Part, Block]]:
        """Yield each part and what it gives for some sites; parts of one model come in turn, block by block."""
        best = best_sites(self._sites, self.settings.attribution_sites) if self.settings.attribution else np.array([])
        sites_of_all = len(self.groups) * len(self._sites) * (1 + self.settings.both_strands)
        progress = Progress(f"ablate on {self.settings.device}", sites_of_all, "sites")
        for group in self.groups:
            with progress.part(len(self._sites) * self.settings.both_strands):
                turned = self._of_other_strand(group)
            at_once = sites_at_once(group, self.settings)
            for first in range(0, len(self._sites), at_once):
                rows = slice(first, first + at_once)
                inputs = self._inputs(group, rows)
                with progress.part(len(inputs.number)):
                    found = effects_of_parts(group, inputs, self.settings, self.seed)
                for i, (part, effects) in enumerate(zip(group.parts, found, strict=True)):
                    other = None if turned is None else (turned[0][rows, i], turned[1][rows, i])
                    yield part, self._block(part, inputs, effects, rows, other, best)

    def _block(
        self,
        part: Part,
        inputs: SiteInputs,
        found: SiteEffects,
        rows: slice,
        other: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
        best: NDArray[np.int64],
    ) -> Block:
        """What a part gives for some rows of the sites; `other`: of the other strand, and errors, `(sites, heads)`."""
        sites = self._sites.iloc[rows]
        table = _on_chromosome(_both_strands(found.table, part, inputs, other), sites, inputs)
        mine = np.isin(inputs.number, best)
        table["attribution"] = np.nan
        if mine.any():
            sums = pd.Series(attribution_sums(part, inputs.take(mine), self.settings), inputs.number[mine])
            table["attribution"] = table["site"].map(sums)
        table.loc[table["head"].isin(part.without_counts), list(OF_COUNTS)] = np.nan
        kept = (sites["kind"] != "control").to_numpy()
        return Block(table.assign(model=part.name), inputs.number[kept], found.before[kept], found.after[kept])

    def _inputs(self, group: PartGroup, rows: slice) -> SiteInputs:
        sites = self._sites.iloc[rows]
        guards = {site: self._guards[i] for site, i in zip(sites["site"].tolist(), self._guard_of[rows], strict=True)}
        return replace(sites_on(group, sites, *self.place), guards=guards)

    def _of_other_strand(self, group: PartGroup) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Effects on ln counts on the other strand and their errors, `(sites, parts, heads)`; None if not asked for."""
        if not self.settings.both_strands or all(part.all_without_counts for part in group.parts):
            return None
        blocks = (slice(i, i + SITES_AT_ONCE) for i in range(0, len(self._sites), SITES_AT_ONCE))
        inputs = (self._inputs(group, rows).reverse_complement() for rows in blocks)
        found = [log_count_effects(group, sites, self.settings, self.seed) for sites in inputs]
        mean, error = (np.concatenate(columns) for columns in zip(*found, strict=True))
        return mean, error


def write_shard(shard: AblatedShard, effects: str | Path, profiles: str | Path) -> None:
    """Ablate the sites of a shard, and write the table of effects and the first part's profiles as they come."""
    with ProfileWriter(profiles, shard.profiles) as writer:

        def tables() -> Iterator[pd.DataFrame]:
            for part, block in shard.blocks():
                if part is shard.parts[0]:
                    writer.add(block.site, block.before, block.after)
                yield block.effects

        EFFECTS.write_blocks(effects, tables())


def _on_chromosome(table: pd.DataFrame, sites: pd.DataFrame, inputs: SiteInputs) -> pd.DataFrame:
    origin = pd.Series(sites["start"].to_numpy() - inputs.start, index=inputs.number)
    shift = table["site"].map(origin)
    return table.assign(**{name: table[name] + shift for name in ("shuffled_start", "shuffled_end")})


def _both_strands(
    table: pd.DataFrame,
    part: Part,
    inputs: SiteInputs,
    other: tuple[NDArray[np.float64], NDArray[np.float64]] | None,
) -> pd.DataFrame:
    """Replace the effect on counts by its mean over strands, and keep both."""
    table = table.assign(delta_log_counts_forward=table["delta_log_counts"], delta_log_counts_reverse=np.nan)
    if other is None:
        return table
    for h, head in enumerate(part.heads):
        rows = table["head"] == head.name
        sites = table.loc[rows, "site"]
        turned, turned_se = (sites.map(pd.Series(v[:, h], index=inputs.number)) for v in other)
        table.loc[rows, "delta_log_counts_reverse"] = turned
        table.loc[rows, "delta_log_counts"] = (table.loc[rows, "delta_log_counts_forward"] + turned) / 2
        table.loc[rows, "delta_log_counts_se"] = np.hypot(table.loc[rows, "delta_log_counts_se"], turned_se) / 2
    return table
