"""Frame check: exons whose three frames all have a stop (poison exons), natural ones and ones made from coding exons.

Natural poison exons are compared with open exons of the same measured inclusion, as in the reference. That comparison
is fair only so far as the match is; so the same question is asked of each exon about itself as well: what do stops do
that are written into it, and what does it gain when its own are taken out?
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import encode
from cisgrammar.splice.frames.edited_windows import Edit, Reading
from cisgrammar.splice.frames.effects import Models, Quantity, as_models, log_strength, require, score
from cisgrammar.splice.frames.repairs import opened
from cisgrammar.splice.frames.statistics import FrameStatistics, controlled_decrease
from cisgrammar.splice.genes.exon_table import ExonTable, exon_intervals
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR, GeneSet
from cisgrammar.splice.genes.reading_frames import all_frames_closed
from cisgrammar.tables.io import read_table

if TYPE_CHECKING:
    import pandas as pd

STOPS_IN_ALL_FRAMES = encode("TAACTAACTAA")
CONTROL = encode("CAACCAACCAA")
"""As like the stops as can be; no stop codon has a C, so it makes none and cannot be part of one."""
NEIGHBOURS = 10
_LN10 = np.log(10)


@dataclass(frozen=True, eq=False)
class PoisonExons:
    """Strength of exons as they are, without their stops, and with stops in all frames.

    Every strength is log10 of the mean of the probabilities of acceptor and donor, `(models, exons)`.

    Attributes
    ----------
    exons
        The exons.
    closed
        `(exons,)` bool: each of the three frames has a stop.
    inclusion
        `(exons,)`: as measured, in [0, 1]; None if it was not.
    strength
        As they are.
    without_stops
        With every stop turned from T.. into C.., but for `repairs.MARGIN` bp at either end.
    with_stops, with_control
        With `STOPS_IN_ALL_FRAMES`, and with `CONTROL`, written in the middle; nan for exons without room, and for
        closed ones.
    neighbours
        Open exons that a closed one is compared with.
    """

    exons: ExonTable
    closed: NDArray[np.bool_]
    inclusion: NDArray[np.float64] | None
    strength: NDArray[np.float64]
    without_stops: NDArray[np.float64]
    with_stops: NDArray[np.float64]
    with_control: NDArray[np.float64]
    neighbours: int = NEIGHBOURS

    @property
    def clusters(self) -> NDArray[np.int64]:
        """Gene of each exon, `(exons,)`."""
        return self.exons.gene

    def decrease(self) -> NDArray[np.float64]:
        """`(models, exons)`: share of open exons of like inclusion that are predicted higher; nan for open exons."""
        if self.inclusion is None:
            raise ValueError("the exons have no measured inclusion to be matched by; give a table that has")
        return np.stack([controlled_decrease(s, self.inclusion, self.closed, self.neighbours) for s in self.strength])

    def table(self, statistics: FrameStatistics | None = None) -> pd.DataFrame:
        """A row for each exon; with several models, means over them."""
        import pandas as pd

        columns = {name: getattr(self.exons, name) for name in ("gene_id", "start", "end", "phase_start")}
        columns["all_closed"] = self.closed.astype(np.int64)
        if self.inclusion is not None:
            columns["inclusion"] = self.inclusion
        for name in ("strength", "without_stops", "with_stops", "with_control"):
            columns[f"log10_{name}"] = getattr(self, name).mean(axis=0)
        return pd.DataFrame(columns)

    def quantities(self) -> list[Quantity]:
        """What stops take from an exon and what it gains without, and the comparison of natural exons less 50 %."""
        unit, nothing = "log10_strength", np.nan
        gained = self.without_stops - self.strength
        found = [
            Quantity("closing", unit, self.with_stops - self.strength),
            Quantity("control", unit, self.with_control - self.strength),
            Quantity("closing_minus_control", unit, self.with_stops - self.with_control),
            Quantity("opening_closed", unit, np.where(self.closed, gained, nothing)),
            Quantity("opening_open", unit, np.where(self.closed, nothing, gained)),
        ]
        if self.inclusion is not None and self.closed.any():
            found.append(Quantity("decrease_minus_half", "share", self.decrease() - 0.5))
        return found

    def zero_if_frame_blind(self) -> NDArray[np.float64]:
        """Effects that are 0 if the sites alone matter: those of all edits."""
        edited = (self.with_stops, self.with_control, self.without_stops)
        return np.stack([strength - self.strength for strength in edited])

    def zero_if_open_frames_suffice(self) -> NDArray[np.float64]:
        """Effects that are 0 if open frames alone matter: edits of exons that stay open."""
        gained = self.without_stops - self.strength
        return np.stack([self.with_control - self.strength, np.where(self.closed, np.nan, gained)])


def poison_exons(
    m: Models,
    genes: GeneSet,
    exons: ExonTable,
    inclusion: NDArray | None = None,
    distance: int = 40,
    neighbours: int = NEIGHBOURS,
) -> PoisonExons:
    """Score exons as they are, without their stops, and with stops in all frames.

    Parameters
    ----------
    m
        A model, or several. Thresholds play no part.
    genes
        The genes.
    exons
        Any exons of `genes` between two introns, coding or not.
    inclusion
        `(exons,)`: measured inclusion in [0, 1], to compare natural poison exons with others; None to leave that out.
    distance
        bp between a site and the stops that are written into an exon, at least.
    neighbours
        Open exons that a closed one is compared with (the reference leaves their number to the caller).

    Raises
    ------
    ValueError
        If there is no exon, the inclusion is not one number in [0, 1] for each, or fewer than `neighbours` exons are
        open.
    """
    models = as_models(m)
    require(exons, "exons between two introns")
    if inclusion is not None:
        inclusion = _checked_inclusion(inclusion, len(exons))
    parts = [_exon(genes, exons, exon) for exon in range(len(exons))]
    closed = np.array([all_frames_closed(codes[start:end]) for codes, start, end in parts])
    if inclusion is not None and closed.any() and (~closed).sum() < neighbours:
        raise ValueError(
            f"{int((~closed).sum())} exons have an open frame, wanted {neighbours} to compare with each closed one; "
            "give more exons, or ask for fewer neighbours"
        )

    def readings() -> Iterator[Reading]:
        for (codes, start, end), shut, gene in zip(parts, closed, exons.gene, strict=True):
            middle = (start + end - len(CONTROL)) // 2
            roomy = not shut and middle - start >= distance and end - middle - len(CONTROL) >= distance
            written = [Edit(((middle, letters),)) if roomy else None for letters in (STOPS_IN_ALL_FRAMES, CONTROL)]
            for place, label in ((start, ACCEPTOR), (end - 1, DONOR)):
                yield Reading(int(gene), place, label, [opened(codes, start, end), *written])

    logs = score(models, genes, readings).log_odds.reshape(len(models), len(exons), 2, 4)
    strengths = log_strength(logs[:, :, 0], logs[:, :, 1]) / _LN10  # (models, exons, 4)
    strength, without_stops, with_stops, with_control = np.moveaxis(strengths, -1, 0)  # (models, exons) each
    return PoisonExons(exons, closed, inclusion, strength, without_stops, with_stops, with_control, neighbours)


def _exon(genes: GeneSet, exons: ExonTable, exon: int) -> tuple[NDArray[np.uint8], int, int]:
    return genes.gene(int(exons.gene[exon]))[0], int(exons.start[exon]), int(exons.end[exon])


def _checked_inclusion(inclusion: NDArray, exons: int) -> NDArray[np.float64]:
    values = np.asarray(inclusion, dtype=np.float64)
    if values.shape != (exons,) or not ((values >= 0) & (values <= 1)).all():
        raise ValueError(
            f"inclusion must be one number in [0, 1] for each of {exons} exons, got shape {values.shape} "
            f"from {np.min(values, initial=np.inf):g} to {np.max(values, initial=-np.inf):g}"
        )
    return values


INCLUSION = ("gene_id", "start", "end", "inclusion")
"""Columns of a table of measured inclusion."""


def between_introns(exons: ExonTable) -> ExonTable:
    """The exons that have an intron on either side, coding or not."""
    return exons.select((exons.intron_before > 0) & (exons.intron_after > 0))


def read_inclusion(path: str | Path, genes: GeneSet) -> tuple[ExonTable, NDArray[np.float64]]:
    """Read exons with measured inclusion: a TSV with the columns gene_id, start, end, inclusion.

    Places are those within the gene, 5' to 3', 0-based half-open, as in the exon table of the stage. ValueError names
    the file and the first row that does not fit.
    """
    table = read_table(path, INCLUSION, text=("gene_id",))
    index = {name: i for i, name in enumerate(genes.names)}
    for row, name, start, end, value in zip(
        range(2, len(table) + 2), table.gene_id.astype(str), table.start, table.end, table.inclusion, strict=True
    ):
        if name not in index:
            raise ValueError(
                f"{path}:{row}: gene {name!r} is not in the gene set; wanted names such as {genes.names[0]!r}"
            )
        length = int(genes.lengths[index[name]])
        if not 0 <= start < end <= length:
            raise ValueError(f"{path}:{row}: exon {start} to {end} does not lie within gene {name} ({length} bp)")
        if not 0 <= value <= 1:
            raise ValueError(f"{path}:{row}: inclusion {value}; wanted a number in [0, 1]")
    names = table.gene_id.astype(str)
    gene = np.array([index[name] for name in names], dtype=np.int64)
    exons = exon_intervals(gene, names.to_numpy(dtype=np.str_), table.start.to_numpy(), table.end.to_numpy())
    return exons, table.inclusion.to_numpy(dtype=np.float64)
