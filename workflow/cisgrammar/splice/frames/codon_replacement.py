"""Frame check: write each of the 64 3-mers into an exon, in each phase, and see whether its sites are still called.

A model that depends on reading frames loses a site when a stop is written in phase 0, and only then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisgrammar.splice.frames.edited_windows import Edit, Reading, SiteScores
from cisgrammar.splice.frames.effects import (
    Metric,
    Models,
    Quantity,
    as_models,
    change,
    known_thresholds,
    mean_known,
    means_table,
    metrics_of,
    require,
    score,
    with_open_frame,
)
from cisgrammar.splice.frames.statistics import FrameStatistics
from cisgrammar.splice.genes.exon_table import ExonTable
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR, GeneSet
from cisgrammar.splice.genes.reading_frames import STOPS, THREE_MERS, next_codon_start, stops, three_mer_codes

if TYPE_CHECKING:
    import pandas as pd

ENDS = ("acceptor", "donor")
OFFSETS = (0, 1, -1)
"""Distance from a codon's start to where a 3-mer is written, by the phase of the 3-mer's first base."""
IS_STOP = np.array([three_mer in STOPS for three_mer in THREE_MERS])
_LABELS = (ACCEPTOR, DONOR)


@dataclass(frozen=True, eq=False)
class CodonReplacement:
    """What 3-mers do to the sites of exons.

    Attributes
    ----------
    exons
        The exons.
    before
        `(models, exons, 2 ends)`: scores of the acceptor, of the donor.
    after
        `(models, exons, 2 ends, 3 phases, 64 3-mers)`: the same with a 3-mer written near that end.
    no_undesired_changes
        `(exons, 2 ends, 3 phases, 64 3-mers)` bool: no stop is gained or lost in the other two frames.
    thresholds
        `(models, 3)` by label; None if the models have none.
    """

    exons: ExonTable
    before: SiteScores
    after: SiteScores
    no_undesired_changes: NDArray[np.bool_]
    thresholds: NDArray[np.float64] | None

    @property
    def clusters(self) -> NDArray[np.int64]:
        """Gene of each exon, `(exons,)`."""
        return self.exons.gene

    def effects(self, metric: Metric = "called", masked: bool = True) -> NDArray[np.float32]:
        """Effects, `(models, exons, 2 ends, 3 phases, 64)`; nan at undesired changes if `masked`."""
        levels = None if self.thresholds is None else self.thresholds[:, None, 1:, None, None]
        found = change(self.before.each(lambda scores: scores[..., None, None]), self.after, levels, metric)
        return np.where(self.no_undesired_changes, found, np.float32(np.nan)) if masked else found

    def table(self, statistics: FrameStatistics | None = None) -> pd.DataFrame:
        """Mean effect by metric, end (both, acceptor, donor), phase and 3-mer; q over the rows of a metric and end."""
        import pandas as pd

        tables = []
        for metric in metrics_of(self.thresholds):
            effects = self.effects(metric).reshape(*self.before.log_p.shape, -1)  # (models, exons, ends, 192)
            for end, part in (("both", slice(None)), *zip(ENDS, (slice(0, 1), slice(1, 2)), strict=True)):
                keys = [
                    {"metric": metric, "end": end, "phase": phase, "three_mer": name, "stop": int(name in STOPS)}
                    for phase in range(3)
                    for name in THREE_MERS
                ]
                tables.append(means_table(keys, effects[:, :, part], self.exons.gene, statistics))
        return pd.concat(tables, ignore_index=True)

    def quantities(self) -> list[Quantity]:
        """Stops and other 3-mers by phase, both ends together, and how much worse stops are than others in phase 0."""
        found = []
        for metric in metrics_of(self.thresholds):
            effects = self.effects(metric)
            for phase in range(3):
                found.append(Quantity(f"stops_phase_{phase}", metric, effects[..., phase, IS_STOP]))
                found.append(Quantity(f"others_phase_{phase}", metric, effects[..., phase, ~IS_STOP]))
            for name in STOPS:
                found.append(Quantity(f"{name}_phase_0", metric, effects[..., 0, THREE_MERS.index(name)]))
            in_frame, other = mean_known(effects[..., 0, IS_STOP]), mean_known(effects[..., 0, ~IS_STOP])
            found.append(Quantity("stops_minus_others_phase_0", metric, in_frame - other))
            out_of_frame = mean_known(effects[..., 1:, IS_STOP].reshape(*effects.shape[:3], -1))
            found.append(Quantity("stops_phase_0_minus_phases_1_2", metric, in_frame - out_of_frame))
        return found

    def zero_if_frame_blind(self) -> NDArray[np.float32]:
        """Effects that are 0 if the sites alone matter: all, undesired changes too."""
        return self.effects("log_odds", masked=False)

    def zero_if_open_frames_suffice(self) -> NDArray[np.float32]:
        """Effects that are 0 if open frames alone matter: all but stops in phase 0."""
        effects = self.effects("log_odds")
        return np.concatenate([effects[..., 1:, :].ravel(), effects[..., 0, ~IS_STOP].ravel()])


def codon_places(exons: ExonTable, exon: int, distance: int) -> tuple[int, int]:
    """Starts of the codons near either end of an exon that are written over.

    The first codon that starts at least `distance` bases after the acceptor, and the first that starts at most that
    many before the donor: both rounded up, as in the reference.
    """
    start, phase = int(exons.start[exon]), int(exons.phase_start[exon])
    last = int(exons.end[exon]) - 1
    return next_codon_start(start + distance, start, phase), next_codon_start(last - distance, start, phase)


def codon_replacement(m: Models, genes: GeneSet, exons: ExonTable, distance: int = 40) -> CodonReplacement:
    """Write every 3-mer in every phase near both ends of exons; read the site of that end.

    3-mers are in alphabetical order (in the reference the first letter varies fastest). A stop is gained or lost in
    another frame where any of the four 3-mers that overlap the written one in these frames becomes a stop or was one.

    Parameters
    ----------
    m
        A model, or several.
    genes
        The genes.
    exons
        Exons of `genes`; internal coding ones at least `2 * distance` long are taken, the others left out.
    distance
        bp between a site and the codon that is written over, about.

    Raises
    ------
    ValueError
        If no exon is left, or `distance` is below 4.
    """
    if distance < 4:
        raise ValueError(f"distance must be at least 4 bp, got {distance}; a 3-mer must stay inside of the exon")
    models = as_models(m)
    exons = require(
        with_open_frame(genes, exons.internal_coding(2 * distance)),
        f"internal coding ones of at least {2 * distance} bp ({distance} at each end)",
    )
    three_mers = three_mer_codes()

    def readings() -> Iterator[Reading]:
        for exon in range(len(exons)):
            places = codon_places(exons, exon, distance)
            sites = (int(exons.start[exon]), int(exons.end[exon]) - 1)
            for place, site, label in zip(places, sites, _LABELS, strict=True):
                edits = [Edit(((place + offset, codes),)) for offset in OFFSETS for codes in three_mers]
                yield Reading(int(exons.gene[exon]), site, label, edits)

    shape = len(models), len(exons), 2
    scores = score(models, genes, readings).each(lambda part: part.reshape(*shape, 1 + 3 * 64))
    return CodonReplacement(
        exons=exons,
        before=scores.each(lambda part: part[..., 0]),
        after=scores.each(lambda part: part[..., 1:].reshape(*shape, 3, 64)),
        no_undesired_changes=_masks(genes, exons, distance, three_mers),
        thresholds=known_thresholds(models),
    )


def _masks(genes: GeneSet, exons: ExonTable, distance: int, three_mers: NDArray[np.uint8]) -> NDArray[np.bool_]:
    found = np.empty((len(exons), 2, 3, len(three_mers)), dtype=bool)
    for exon in range(len(exons)):
        codes, _ = genes.gene(int(exons.gene[exon]))
        for end, place in enumerate(codon_places(exons, exon, distance)):
            for phase, offset in enumerate(OFFSETS):
                found[exon, end, phase] = _clean(codes, place + offset, three_mers)
    return found


def _clean(codes: NDArray[np.uint8], place: int, three_mers: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Whether writing each 3-mer at a place leaves the stops in the two other frames as they are, `(64,)`."""
    before = codes[place - 2 : place + 5]
    after = np.tile(before, (len(three_mers), 1))  # (64, 7)
    after[:, 2:5] = three_mers
    others = [0, 1, 3, 4]
    return (stops(after)[:, others] == stops(before)[others]).all(axis=1)
