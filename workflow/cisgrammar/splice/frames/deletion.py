"""Frame check: delete 1 to 9 bases in or beside an exon, and see which of four splice sites are still called.

A model that depends on reading frames loses the exon's sites when an exonic deletion is not a multiple of 3, and only
then; deletions in the introns are the control.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisgrammar.splice.frames.edited_windows import UNEDITED, Edit, Reading, SiteScores
from cisgrammar.splice.frames.effects import (
    Metric,
    Models,
    Quantity,
    as_models,
    change,
    exon_sites,
    known_thresholds,
    mean_known,
    means_table,
    metrics_of,
    require,
    score,
    with_open_frame,
)
from cisgrammar.splice.frames.repairs import Repair, no_repair
from cisgrammar.splice.frames.statistics import FrameStatistics
from cisgrammar.splice.genes.exon_table import ExonTable
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR, GeneSet
from cisgrammar.splice.genes.reading_frames import open_frames, stops

if TYPE_CHECKING:
    import pandas as pd

PLACES = ("upstream_of_acceptor", "downstream_of_acceptor", "upstream_of_donor", "downstream_of_donor")
SITES = ("previous_donor", "acceptor", "donor", "next_acceptor")
STRATA = ("all", "open", "closed", "clean")
_LABELS = (DONOR, ACCEPTOR, DONOR, ACCEPTOR)
_EXONIC = slice(1, 3)
_OWN = slice(1, 3)


@dataclass(frozen=True, eq=False)
class Deletion:
    """What deletions do to splice sites.

    Attributes
    ----------
    exons
        The exons.
    lengths
        bp deleted, `(lengths,)`.
    before
        `(models, exons, 4 sites)`: scores of each of `SITES`.
    after
        `(models, exons, lengths, 4 places, 4 sites)`: after a deletion at each of `PLACES`; nan where an intron is
        too short for one.
    frames_left
        `(exons, lengths, 4 places)` int64: open frames of the exon after the deletion and its repair.
    no_undesired_changes
        `(exons, lengths, 4 places)` bool: no stop, in any frame, is lost with the deleted bases or made where the
        ends meet; what a deletion does then, it does by shifting the frame.
    thresholds
        `(models, 3)` by label; None if the models have none.
    """

    exons: ExonTable
    lengths: NDArray[np.int64]
    before: SiteScores
    after: SiteScores
    frames_left: NDArray[np.int64]
    no_undesired_changes: NDArray[np.bool_]
    thresholds: NDArray[np.float64] | None

    @property
    def clusters(self) -> NDArray[np.int64]:
        """Gene of each exon, `(exons,)`."""
        return self.exons.gene

    def effects(self, metric: Metric = "called", stratum: str = "all") -> NDArray[np.float32]:
        """Effects, `(models, exons, lengths, 4 places, 4 sites)`; nan outside of a stratum.

        Parameters
        ----------
        metric
            `called`, `probability` or `log_odds`; see `effects.change`.
        stratum
            `all`; `open`: at least one frame of the exon is left open; `closed`: none is; `clean`: no undesired change.
        """
        levels = None if self.thresholds is None else self.thresholds[:, None, None, None, list(_LABELS)]
        found = change(self.before.each(lambda scores: scores[:, :, None, None]), self.after, levels, metric)
        return np.where(self.stratum(stratum)[..., None], found, np.float32(np.nan))

    def stratum(self, name: str) -> NDArray[np.bool_]:
        """Which deletions belong to a stratum, `(exons, lengths, 4 places)`."""
        masks = {
            "all": np.ones(self.frames_left.shape, dtype=bool),
            "open": self.frames_left > 0,
            "closed": self.frames_left == 0,
            "clean": self.no_undesired_changes,
        }
        if name not in masks:
            raise ValueError(f"no stratum {name!r}; choose one of {', '.join(STRATA)}")
        return masks[name]

    def table(self, statistics: FrameStatistics | None = None) -> pd.DataFrame:
        """Mean effect by metric, stratum, place, site and length, in percentage points.

        Beside each place and site, `exon` is both places in the exon together, and `own` both of its sites; `intron`
        both places outside. q is over the rows of a metric and stratum.
        """
        import pandas as pd

        tables = []
        for metric in metrics_of(self.thresholds):
            for stratum in STRATA:
                keys, parts = self._groups(self.effects(metric, stratum))
                keys = [{"metric": metric, "stratum": stratum, **key} for key in keys]
                tables.append(means_table(keys, np.concatenate(parts, axis=-1), self.exons.gene, statistics))
        return pd.concat(tables, ignore_index=True)

    def _groups(self, effects: NDArray[np.float32]) -> tuple[list[dict], list[NDArray[np.float32]]]:
        """Keys, and effects `(models, exons, 4 repeats, lengths)` of each group of places and sites."""
        groups = [("exon", "own", _EXONIC, _OWN), ("intron", "own", slice(0, 4, 3), _OWN)]
        groups += [
            (place, site, slice(i, i + 1), slice(j, j + 1))
            for i, place in enumerate(PLACES)
            for j, site in enumerate(SITES)
        ]
        keys = [{"place": p, "site": s, "length": int(length)} for p, s, _, _ in groups for length in self.lengths]
        parts = []
        for _, _, places, sites in groups:
            part = _by_length(effects[..., places, sites])
            empty = np.full((*part.shape[:2], 4 - part.shape[2], part.shape[3]), np.nan, dtype=np.float32)
            parts.append(np.concatenate([part, empty], axis=2))  # (models, exons, 4, lengths)
        return keys, parts

    def quantities(self) -> list[Quantity]:
        """Exonic and intronic deletions on the exon's own sites, of lengths that do and do not shift the frame."""
        shifts = self.lengths % 3 != 0
        found = []
        for metric in metrics_of(self.thresholds):
            everything, clean = self.effects(metric), self.effects(metric, "clean")
            for where, places in (("exonic", _EXONIC), ("intronic", slice(0, 4, 3))):
                own = _by_length(everything[..., places, _OWN])
                found.append(Quantity(f"{where}_frameshift", metric, own[..., shifts]))
                found.append(Quantity(f"{where}_in_frame", metric, own[..., ~shifts]))
            own = _by_length(clean[..., _EXONIC, _OWN])
            found.append(Quantity("exonic_frameshift_clean", metric, own[..., shifts]))
            found.append(Quantity("exonic_in_frame_clean", metric, own[..., ~shifts]))
            own = _by_length(everything[..., _EXONIC, _OWN])
            shifted, in_frame = (mean_known(own[..., mask].reshape(*own.shape[:2], -1)) for mask in (shifts, ~shifts))
            found.append(Quantity("exonic_frameshift_minus_in_frame", metric, shifted - in_frame))
            others = _by_length(everything[..., _EXONIC, 0:4:3])
            found.append(Quantity("exonic_frameshift_on_neighbours", metric, others[..., shifts]))
        return found

    def zero_if_frame_blind(self) -> NDArray[np.float32]:
        """Effects that are 0 if the sites alone matter: all."""
        return self.effects("log_odds")

    def zero_if_open_frames_suffice(self) -> NDArray[np.float32]:
        """Effects that are 0 if open frames alone matter: without shift or undesired change."""
        return self.effects("log_odds", "clean")[:, :, self.lengths % 3 == 0]


def _by_length(effects: NDArray[np.float32]) -> NDArray[np.float32]:
    """`(models, exons, lengths, places, sites)` to `(models, exons, places * sites, lengths)`."""
    moved = np.moveaxis(effects, 2, -1)  # (models, exons, places, sites, lengths)
    return moved.reshape(*moved.shape[:2], -1, moved.shape[-1])


def deletion(
    m: Models,
    genes: GeneSet,
    exons: ExonTable,
    distance: int = 40,
    lengths: Sequence[int] = range(1, 10),
    repair: Repair = no_repair,
    repair_before: bool = True,
) -> Deletion:
    """Delete bases `distance` away from the sites of exons, outside and inside, and read four sites.

    The reference stops if any exon is too short; here such exons are left out. There the exon before the deletion is
    never repaired, so that with a repair an effect is that of both; `repair_before=False` gives that.

    Parameters
    ----------
    m
        A model, or several.
    genes
        The genes.
    exons
        Exons of `genes`; internal coding ones are taken with room for the longest deletion `distance` from either end.
        A deletion in an intron is made if it leaves `distance` bases on both of its sides.
    distance
        bp kept between a site and the deletion.
    lengths
        bp to delete.
    repair
        What to do about stop codons in the exon after the deletion; see `repairs`.
    repair_before
        Whether the exon before the deletion is repaired likewise, so that the effect is the deletion's alone.

    Raises
    ------
    ValueError
        If no exon is left, or a number is out of range.
    """
    sizes = np.array(sorted(lengths), dtype=np.int64)
    if distance < 1 or not len(sizes) or sizes[0] < 1:
        raise ValueError(f"distance and lengths must be at least 1 bp, got {distance} and {sizes.tolist()}")
    models, room = as_models(m), 2 * (distance + int(sizes[-1]))
    exons = require(with_open_frame(genes, exons.internal_coding(room)), f"internal coding ones of at least {room} bp")
    plans = [_plan(exons, exon, distance, sizes) for exon in range(len(exons))]

    def readings() -> Iterator[Reading]:
        for exon, plan in enumerate(plans):
            codes, _ = genes.gene(int(exons.gene[exon]))
            whole = Edit(_repaired(codes, exons, exon, None, repair)) if repair_before else UNEDITED
            cuts = [part and Edit(_repaired(codes, exons, exon, part, repair), (part,)) for part in plan]
            for place, label in exon_sites(exons, exon):
                yield Reading(int(exons.gene[exon]), place, label, [whole, *cuts])

    shape = len(models), len(exons), 4
    scores = score(models, genes, readings).each(lambda part: part.reshape(*shape, -1)[..., 1:])
    after = scores.each(lambda part: part[..., 1:].reshape(*shape, len(sizes), 4))
    after = after.each(lambda part: np.moveaxis(part, 2, -1))  # (models, exons, lengths, 4 places, 4 sites)
    frames, clean = _frames(genes, exons, plans, repair)
    before = scores.each(lambda part: part[..., 0])  # (models, exons, 4 sites)
    return Deletion(exons, sizes, before, after, frames, clean, known_thresholds(models))


def _plan(exons: ExonTable, exon: int, distance: int, lengths: NDArray[np.int64]) -> list[tuple[int, int] | None]:
    """(start, stop) to delete, places within lengths; None where the intron is too short."""
    start, end = int(exons.start[exon]), int(exons.end[exon])
    before, after = int(exons.intron_before[exon]), int(exons.intron_after[exon])
    found: list[tuple[int, int] | None] = []
    for length in lengths.tolist():
        need = 2 * distance + length
        found.append((start - distance - length, start - distance) if before >= need else None)
        found.append((start + distance, start + distance + length))
        found.append((end - distance - length, end - distance))
        found.append((end + distance, end + distance + length) if after >= need else None)
    return found


def _repaired(
    codes: NDArray[np.uint8], exons: ExonTable, exon: int, deleted: tuple[int, int] | None, repair: Repair
) -> tuple[tuple[int, NDArray[np.uint8]], ...]:
    """What a repair writes over the exon, in pieces before and after the deleted bases."""
    if repair is no_repair:
        return ()
    start, end = int(exons.start[exon]), int(exons.end[exon])
    cut = deleted if deleted and start <= deleted[0] < end else (end, end)
    mended = repair(_kept(codes, start, end, cut), int(-exons.phase_start[exon] % 3))
    return (start, mended[: cut[0] - start]), (cut[1], mended[cut[0] - start :])


def _kept(codes: NDArray[np.uint8], start: int, end: int, cut: tuple[int, int]) -> NDArray[np.uint8]:
    return np.concatenate([codes[start : cut[0]], codes[cut[1] : end]])


def _frames(
    genes: GeneSet, exons: ExonTable, plans: Sequence[Sequence[tuple[int, int] | None]], repair: Repair
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Open frames left, and whether stops are as before but for the shift; `(exons, lengths, 4 places)` both."""
    frames = np.zeros((len(exons), len(plans[0])), dtype=np.int64)
    clean = np.ones(frames.shape, dtype=bool)
    for exon, plan in enumerate(plans):
        codes, _ = genes.gene(int(exons.gene[exon]))
        start, end = int(exons.start[exon]), int(exons.end[exon])
        for i, part in enumerate(plan):
            cut = part if part is not None and start <= part[0] < end else None
            kept = _kept(codes, start, end, cut or (end, end))
            frames[exon, i] = open_frames(repair(kept, int(-exons.phase_start[exon] % 3)))
            if cut is not None:
                lost = stops(codes[cut[0] - 2 : cut[1] + 2])
                made = stops(np.concatenate([codes[cut[0] - 2 : cut[0]], codes[cut[1] : cut[1] + 2]]))
                clean[exon, i] = not (lost.any() or made.any())
    shape = len(exons), -1, len(PLACES)
    return frames.reshape(shape), clean.reshape(shape)
