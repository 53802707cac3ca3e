"""The windows that cover regions or whole sequences, and the bases that each of them gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import NO_SUMMIT, Intervals, centres
from cisgrammar.sequence.peaks import beyond_chromosome
from cisgrammar.sequence.windows import window_starts

Mode = Literal["tile", "centre", "summit"]


@dataclass(frozen=True, eq=False)
class Cover:
    """Windows of regions, sorted by sequence and start; 0-based, half-open, on their sequence.

    Attributes
    ----------
    chromosome
        `(windows,)` int32 index into the genome's names.
    start
        `(windows,)` int64, first base of the output window; it may lie before the sequence's first.
    first, last
        `(windows,)` int64: the bases `first` to `last` of the window are taken from it. They are on the sequence.
    region
        `(windows,)` int32 index of the region.
    """

    chromosome: NDArray[np.int32]
    start: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    region: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.start)

    def take(self, index: slice | NDArray[np.int64]) -> Cover:
        """Return some windows, in the order of the index."""
        return Cover(*(getattr(self, name)[index] for name in ("chromosome", "start", "first", "last", "region")))


def whole_sequences(genome: Genome) -> Intervals:
    """Return every sequence of a genome as a region, from end to end."""
    number = len(genome.names)
    names = np.array(genome.names, dtype=np.str_)
    return Intervals(
        chrom=names,
        start=np.zeros(number, dtype=np.int64),
        end=genome.lengths.copy(),
        name=names,
        score=np.zeros(number),
        summit=np.full(number, NO_SUMMIT, dtype=np.int64),
        strand=np.full(number, "."),
    )


def faults_of_regions(genome: Genome, regions: Intervals) -> NDArray[np.str_]:
    """Return why each region cannot be predicted, `(regions,)`; empty where it can."""
    fault = np.full(len(regions), "", dtype=object)  # the same few texts, which are kept once
    unknown = ~np.isin(regions.chrom, np.array(genome.names))
    for where, reason in (
        (regions.end <= regions.start, "its end is not beyond its start"),
        (beyond_chromosome(genome, regions), "its end is beyond its sequence's"),
        (regions.start < 0, "its start is negative"),
        (unknown, "its sequence is not in the FASTA"),
    ):
        fault[where] = reason
    return fault


def checked_overlap(overlap: int | None, length: int) -> int:
    """Return the overlap of windows of `length` bp, a quarter where none is given; ValueError if it is too long."""
    overlap = length // 4 if overlap is None else overlap
    if not 0 <= overlap < length:
        raise ValueError(f"predict.overlap: {overlap} bp of windows of {length} bp; give less than {length}")
    return overlap


def cover(genome: Genome, regions: Intervals, length: int, mode: Mode = "tile", overlap: int | None = None) -> Cover:
    """Cover regions with output windows.

    Parameters
    ----------
    genome
        The sequences.
    regions
        Regions on them; those with a fault (`faults_of_regions`) get no window.
    length
        bp that a model predicts, L.
    mode
        `tile`: a region of at most L bp is the middle of one window; a longer one has windows every L - overlap bp from
        its start, the last of which ends with it, and neighbours share their overlap in the middle, so that each base
        of the region is taken from one window. `centre` and `summit`: one window on the region's middle or summit, of
        which all bases on the sequence are taken.
    overlap
        bp, less than L; None for L // 4.

    Raises
    ------
    ValueError
        If the overlap is not less than L.
    """
    overlap = checked_overlap(overlap, length)
    usable = np.flatnonzero(faults_of_regions(genome, regions) == "")
    rank = {name: index for index, name in enumerate(genome.names)}
    chromosome = np.array([rank[chrom] for chrom in regions.chrom[usable].tolist()], dtype=np.int32)
    start, end = regions.start[usable], regions.end[usable]
    if mode == "tile":
        of_region, windows, first, last = _tiles(start, end, length, length - overlap)
    else:
        of_region = np.arange(len(usable))
        windows = window_starts(centres(regions.take(usable), mode), length)
        sizes = genome.lengths[chromosome]
        first, last = np.maximum(windows, 0), np.minimum(windows + length, sizes)
    found = Cover(chromosome[of_region], windows, first, last, usable[of_region].astype(np.int32))
    return found.take(np.lexsort((found.region, found.first, found.chromosome)))


def _tiles(start: NDArray[np.int64], end: NDArray[np.int64], length: int, step: int) -> tuple[NDArray[np.int64], ...]:
    """Return of every window its region, start, and the first and last base that it gives."""
    size = end - start
    number = np.where(size <= length, 1, -(-(size - length) // step) + 1)
    region = np.repeat(np.arange(len(start)), number)
    rank = np.arange(len(region)) - np.repeat(np.cumsum(number) - number, number)
    window = np.minimum(start[region] + rank * step, end[region] - length)
    alone = number[region] == 1
    window[alone] = window_starts((start + end) // 2, length)[region[alone]]
    # Where two windows overlap the boundary is in the middle.
    between = (window[1:] + window[:-1] + length) // 2
    joined = region[1:] == region[:-1]
    first, last = start[region], end[region]
    first[1:][joined] = between[joined]
    last[:-1][joined] = between[joined]
    return region, window, first, last


def padded_codes(genome: Genome, windows: Cover, flank: int, length: int) -> NDArray[np.uint8]:
    """Cut the input of windows: `flank` bp before each output window, `length` bp in all, `(windows, length)` uint8.

    What lies beyond a sequence is N: never the next sequence.
    """
    codes = np.full((len(windows), length), N_CODE, dtype=np.uint8)
    places = zip(windows.chromosome.tolist(), (windows.start - flank).tolist(), strict=True)
    for row, (chromosome, start) in enumerate(places):
        offset, size = int(genome.offsets[chromosome]), int(genome.lengths[chromosome])
        low, high = max(start, 0), min(start + length, size)
        if high > low:
            codes[row, low - start : high - start] = genome.codes[offset + low : offset + high]
    return codes
