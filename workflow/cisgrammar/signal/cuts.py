"""5' ends of reads on the concatenated genome, and their counts per base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.counts.buffers import Filled, Gathered, joined, run_lengths, runs, sort
from cisgrammar.signal.counts.sparse import SparseCounts

_STRETCH = 1 << 25
"""Bases of which ends are counted at a time."""

OVERHANG = "beyond the end of the chromosome"
"""Why a record is left out that passes its chromosome's end: of a few records a slip, of many another assembly."""


@dataclass
class ReadReport:
    """What became of the records of a signal file.

    Attributes
    ----------
    path, format
        The file and what it was read as.
    records
        Records in the file: reads (BAM, tagAlign), fragments, or read pairs.
    plus, minus
        5' ends taken from each strand, before any shift.
    dropped
        Reason -> records left out.
    faulty
        As `dropped`, of records that can be on no genome: outside of their chromosome, without length or place.
    first_fault
        The first of these, for messages.
    unknown_chromosomes
        Name that is not in the FASTA -> records left out.
    unplaced
        Of the reads that count, those with mapping quality 0: they fit elsewhere as well (BAM, CRAM).
    off_chromosome
        5' ends that the shift moved off their chromosome's end.
    notes
        What else was noticed, as sentences.
    """

    path: str
    format: str
    records: int = 0
    plus: int = 0
    minus: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    faulty: dict[str, int] = field(default_factory=dict)
    first_fault: str = ""
    unknown_chromosomes: dict[str, int] = field(default_factory=dict)
    unplaced: int = 0
    off_chromosome: int = 0
    notes: list[str] = field(default_factory=list)

    def drop(self, reason: str, records: int = 1) -> None:
        """Count records left out for a reason."""
        if records:
            self.dropped[reason] = self.dropped.get(reason, 0) + int(records)

    def fault(self, reason: str, example: str, records: int = 1) -> None:
        """Count records that can be on no genome; `example` names the place of the first of them."""
        self.first_fault = self.first_fault or example
        self.faulty[reason] = self.faulty.get(reason, 0) + records

    def note(self, sentence: str) -> None:
        """Add a sentence that is not there yet."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def check_faults(self, largest: float) -> None:
        """Raise ValueError if more than a share of the records on the genome are faulty."""
        faulty = sum(self.faulty.values())
        seen = max(faulty, self.records - sum(self.dropped.values()) - sum(self.unknown_chromosomes.values()))
        if faulty <= largest * seen:
            return
        most = max(self.faulty, key=lambda reason: self.faulty[reason])
        cure = "give the reads' own assembly" if most == OVERHANG else "mend the file"
        raise ValueError(
            f"{self.first_fault}; {faulty} of {seen} records are like that, more than prepare.max_faulty "
            f"({largest:g}) allows: {cure}"
        )

    def unknown(self, chrom: str, records: int = 1) -> None:
        """Count records on a chromosome that the FASTA does not have."""
        if records:
            self.unknown_chromosomes[chrom] = self.unknown_chromosomes.get(chrom, 0) + int(records)


@dataclass(frozen=True, eq=False)
class Cuts:
    """Unshifted 5' ends of one signal file, as sorted indices into the genome's codes.

    Attributes
    ----------
    plus
        Starts of + strand reads.
    minus
        Last bases (half-open end - 1) of - strand reads.
    report
        What was read and what was left out.
    half
        `plus` and `minus` of one half of the fragments; None where the ends were not dealt.
    """

    plus: NDArray[np.unsignedinteger]
    minus: NDArray[np.unsignedinteger]
    report: ReadReport
    half: tuple[NDArray[np.unsignedinteger], NDArray[np.unsignedinteger]] | None = None


class CutCollector:
    """Gathers 5' ends block by block, in the smallest integers that hold the genome's positions.

    One half of the fragments is kept apart too, both ends of a fragment or none. Which half a fragment belongs to is a
    hash of its two ends, or of its name: the order of a file does not matter, and duplicates of a fragment stay
    together. Ends that are by themselves are dealt one by one.
    """

    def __init__(self, genome: Genome, report: ReadReport) -> None:
        self.dtype = np.dtype(np.uint32 if genome.size < 2**32 else np.uint64)
        self.report = report
        # of each strand: ends of fragments, those of them in the first half, ends that are by themselves
        self._strands = [tuple(Gathered(self.dtype) for _ in range(3)) for _ in range(2)]

    def add(
        self,
        plus: NDArray[np.int64],
        minus: NDArray[np.int64],
        plus_fragments: NDArray[np.integer] | None = None,
        minus_fragments: NDArray[np.integer] | None = None,
    ) -> None:
        """Add unshifted 5' ends (indices into the genome's codes).

        Parameters
        ----------
        plus, minus
            Ends of each strand. Where there are equally many and nothing else is said, `plus[i]` and `minus[i]` are
            the two ends of a fragment; otherwise each end is by itself.
        plus_fragments, minus_fragments
            For each end a number of its fragment: the same for both ends, another for other fragments.
        """
        strands = list(zip(self._strands, (plus, minus), strict=True))
        if plus_fragments is not None and minus_fragments is not None:
            dealt = [in_first_half(plus_fragments), in_first_half(minus_fragments)]
        elif len(plus) == len(minus):
            dealt = [in_first_half(fragment_numbers(plus, minus))] * 2
        else:
            for (_, _, alone), ends in strands:
                alone.add(ends)
            return
        for ((every, half, _), ends), first in zip(strands, dealt, strict=True):
            every.add(ends)
            half.add(ends[first])

    def cuts(self) -> Cuts:
        """Sort and return all that was added."""
        whole: list[NDArray] = []
        halves: list[NDArray] = []
        for strand, (every, half, alone) in enumerate(self._strands):
            ends = joined([alone], self.dtype)
            sort(ends)
            for first, last in runs(ends):
                some = ends[first:last]
                half.add(some[in_first_half(_single_numbers(some, strand))])
            alone.add(ends)
            del ends
            for parts, found in (([half], halves), ([every, alone], whole)):
                found.append(joined(parts, self.dtype))
                sort(found[-1])
        self.report.plus, self.report.minus = map(len, whole)
        return Cuts(whole[0], whole[1], self.report, (halves[0], halves[1]))


def fragment_numbers(first: NDArray[np.integer], last: NDArray[np.integer]) -> NDArray[np.uint64]:
    """A number for each fragment by its first and last base in the genome, `(fragments,)`."""
    return first.astype(np.uint64) * np.uint64(0xD6E8FEB86659FD93) + last.astype(np.uint64)


def _single_numbers(ends: NDArray[np.unsignedinteger], strand: int) -> NDArray[np.uint64]:
    """A number for each of sorted ends by strand, base and rank among the ends of that base, `(ends,)`."""
    _, first, counts = np.unique(ends, return_index=True, return_counts=True)
    rank = np.arange(len(ends)) - np.repeat(first, counts)
    return fragment_numbers(ends, 2 * rank + strand)


def in_first_half(fragments: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Whether fragments of these numbers are dealt to the first half: a bit of their hash (the mixer of splitmix64)."""
    mixed = fragments.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) & np.uint64(1)).astype(bool)


def count_cuts(genome: Genome, cuts: Cuts, shift: tuple[int, int], split: bool) -> SparseCounts:
    """Count shifted 5' ends per base.

    Parameters
    ----------
    genome
        The genome that the ends are on.
    cuts
        Unshifted 5' ends; the report's `off_chromosome` is set.
    shift
        bp added to ends of the + and of the - strand.
    split
        Two tasks, + then -, instead of one with both.
    """
    half = None if cuts.half is None else _count_ends(genome, cuts.half, shift, split)[0]
    whole, cuts.report.off_chromosome = _count_ends(genome, (cuts.plus, cuts.minus), shift, split)
    return replace(whole, half=half)


def _count_ends(
    genome: Genome,
    strands: tuple[NDArray[np.unsignedinteger], NDArray[np.unsignedinteger]],
    shift: tuple[int, int],
    split: bool,
) -> tuple[SparseCounts, int]:
    """Counts of shifted sorted ends of both strands, and how many left their chromosome; a stretch at a time."""
    moved = list(zip(strands, shift, strict=True))
    positions, counts, kept = [], [], 0
    for task in [[strand] for strand in moved] if split else [moved]:
        most = sum(len(ends) for ends, _ in task)
        where, what = Filled(most, strands[0].dtype), Filled(most, np.dtype(np.uint16))
        for low, high in _stretches(genome, task):
            here = [_moved_into(ends, by, low, high) for ends, by in task]
            there = here[0] if len(here) == 1 else np.sort(np.concatenate(here))
            kept += len(there)
            distinct, number = run_lengths(there)
            where.add(distinct)
            what.add(number)
        positions.append(where.values)
        counts.append(what.values)
    return SparseCounts(positions, counts, genome.size), sum(map(len, strands)) - kept


Place = tuple[int, int]
"""First and end of a stretch of the genome, as indices into its codes; and of its chromosome, or whatever bounds it."""


def _stretches(
    genome: Genome, task: Sequence[tuple[NDArray[np.unsignedinteger], int]]
) -> Iterator[tuple[Place, Place]]:
    """Yield stretches of the genome in order, each with the chromosome that it lies in; those without ends may lack.

    Where nothing is shifted, nothing leaves its chromosome, and the genome is as good as one.
    """
    bounds = np.append(genome.offsets, genome.size)
    if not any(by for _, by in task):
        bounds = bounds[[0, -1]]
    number = sum(np.diff(np.searchsorted(ends, bounds.astype(ends.dtype))) for ends, _ in task)
    for index in np.flatnonzero(number).tolist():
        chromosome = int(bounds[index]), int(bounds[index + 1])
        for low in range(*chromosome, _STRETCH):
            yield (low, min(low + _STRETCH, chromosome[1])), chromosome


def _moved_into(
    ends: NDArray[np.unsignedinteger], by: int, stretch: Place, chromosome: Place
) -> NDArray[np.unsignedinteger]:
    """The ends of a chromosome that are in a stretch of it after a shift, shifted."""
    low, high = max(stretch[0] - by, chromosome[0]), min(stretch[1] - by, chromosome[1])
    if high <= low:
        return ends[:0]
    first, last = np.searchsorted(ends, np.array([low, high], dtype=ends.dtype))
    return (ends[first:last].astype(np.int64) + by).astype(ends.dtype)
