"""Where a variant is scored: the window that a model reads, and the bases that its null is drawn from."""

from __future__ import annotations

from bisect import bisect_left
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import Intervals, centres
from cisgrammar.variants.variant import Variant


class Peak(NamedTuple):
    """A peak: its number in the file's order, place and summit, 0-based."""

    number: int
    start: int
    end: int
    summit: int


class Placed(NamedTuple):
    """Where a variant is scored.

    Attributes
    ----------
    centre
        Centre of the window, on the chromosome.
    region
        Bases whose substitutions are the variant's null, half-open: its peak within the output, or its cell of the
        grid.
    peak
        The peak that it lies in; None for none.
    """

    centre: int
    region: tuple[int, int]
    peak: Peak | None


class Placer:
    """Gives each variant its window; what it gives depends on the variant, the peaks and the settings alone.

    Parameters
    ----------
    genome
        For the chromosomes' lengths.
    peaks
        Peaks; None for none.
    output_length
        bp that a model predicts.
    centre
        `peak`: a variant is scored in the window of its peak's summit, if it lies within the output there, else in that
        of its cell of the grid. `variant`: in a window around its first base.
    grid
        bp of a cell; at most half of what is predicted.
    """

    def __init__(
        self,
        genome: Genome,
        peaks: Intervals | None,
        output_length: int,
        centre: Literal["peak", "variant"] = "peak",
        grid: int = 200,
    ) -> None:
        self.genome, self.output_length, self.mode = genome, output_length, centre
        self.grid = min(grid, max(1, output_length // 2))
        self.peaks = peaks
        self._of_chrom: dict[str, tuple[list[int], list[Peak], int]] = {}
        if peaks is not None:
            summits = centres(peaks, "summit")
            for chrom in sorted(set(peaks.chrom.tolist())):
                self._of_chrom[chrom] = _sorted_peaks(peaks, summits, chrom)

    def overlapping(self, chrom: str, start: int, end: int) -> list[Peak]:
        """Peaks that share a base with `[start, end)`, by start."""
        if chrom not in self._of_chrom:
            return []
        starts, peaks, longest = self._of_chrom[chrom]
        first, last = bisect_left(starts, start - longest), bisect_left(starts, end)
        return [peak for peak in peaks[first:last] if peak.end > start]

    def place(self, variant: Variant) -> Placed:
        """The window of a variant."""
        found = self.overlapping(variant.chrom, variant.start, variant.end)
        peak = min(found, key=lambda p: (abs(p.summit - variant.start), p.number), default=None)
        if peak is not None:
            region = self._shown(peak)
            if region[0] <= variant.start < region[1]:
                centre = peak.summit if self.mode == "peak" else variant.start
                return Placed(centre, region, peak)
        cell = variant.start // self.grid * self.grid
        region = cell, min(cell + self.grid, self.genome.length(variant.chrom))
        return Placed(cell + self.grid // 2 if self.mode == "peak" else variant.start, region, peak)

    def alike(self, chrom: str, placed: Placed) -> bool:
        """Whether every base of the region of a variant is surely placed as the variant is: no other peak is there."""
        others = self.overlapping(chrom, *placed.region)
        if placed.peak is None:
            return not others
        return others == [placed.peak] and placed.region == self._shown(placed.peak)

    def _shown(self, peak: Peak) -> tuple[int, int]:
        """The part of a peak that lies within the output around its summit."""
        first = peak.summit - self.output_length // 2
        return max(peak.start, first), min(peak.end, first + self.output_length)


def _sorted_peaks(peaks: Intervals, summits: NDArray[np.int64], chrom: str) -> tuple[list[int], list[Peak], int]:
    rows = np.flatnonzero(peaks.chrom == chrom)
    rows = rows[np.lexsort((peaks.end[rows], peaks.start[rows]))]
    starts, ends = peaks.start[rows], peaks.end[rows]
    listed = [Peak(*numbers) for numbers in np.stack([rows, starts, ends, summits[rows]], axis=1).tolist()]
    return starts.tolist(), listed, int((ends - starts).max(initial=0))


def why_not(variant: Variant, window: int, length: int, chromosome: int) -> str:
    """Why a variant cannot be scored in a window; empty if it can.

    Parameters
    ----------
    variant
        The variant.
    window
        First base of the window on the chromosome.
    length
        bp of the window.
    chromosome
        bp of the chromosome.
    """
    longest = max(len(variant.ref), len(variant.alt))
    if 2 * longest >= length:
        return f"an allele is as long as half of the window of {length} bp"
    # What a deletion takes away comes in on the right.
    if window < 0 or window + length + max(0, len(variant.ref) - len(variant.alt)) > chromosome:
        return "window leaves the chromosome"
    if variant.start < window or max(variant.end, variant.start + len(variant.alt)) > window + length:
        return "alleles leave the window"
    return ""


def alternate(chromosome: NDArray[np.uint8], variant: Variant, window: int, length: int) -> NDArray[np.uint8]:
    """The window with the alternate allele, `(length,)` codes.

    The left flank stays where it is. After an insertion the right flank is cut; after a deletion bases of the
    chromosome come in on the right: as tangermeme's `insertion_effect` and `deletion_effect` with `left=False`, and as
    variant-scorer.
    """
    at = variant.start - window
    whole = chromosome[window : window + length + max(0, len(variant.ref) - len(variant.alt))]
    parts = [whole[:at], encode(variant.alt), whole[at + len(variant.ref) :]]
    return np.concatenate(parts)[:length].astype(np.uint8)
