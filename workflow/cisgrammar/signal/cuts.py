"""5' ends of reads on the concatenated genome, and their counts per base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.mapped import count_read
from cisgrammar.sequence.fasta import Genome

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
        self._plus: list[NDArray] = []
        self._minus: list[NDArray] = []
        self._half: tuple[list[NDArray], list[NDArray]] = ([], [])
        self._alone: tuple[list[NDArray], list[NDArray]] = ([], [])

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
        if (plus_fragments is None or minus_fragments is None) and len(plus) == len(minus):
            plus_fragments = minus_fragments = fragment_numbers(plus, minus)
        if plus_fragments is None or minus_fragments is None:
            for every, alone, ends in ((self._plus, self._alone[0], plus), (self._minus, self._alone[1], minus)):
                every.append(ends.astype(self.dtype))
                alone.append(every[-1])
            return
        strands = (
            (self._plus, self._half[0], plus, plus_fragments),
            (self._minus, self._half[1], minus, minus_fragments),
        )
        for every, half, ends, fragments in strands:
            every.append(ends.astype(self.dtype))
            half.append(every[-1][in_first_half(fragments)])

    def cuts(self) -> Cuts:
        """Sort and return all that was added."""
        plus, minus = self._sorted(self._plus), self._sorted(self._minus)
        self.report.plus, self.report.minus = len(plus), len(minus)
        for strand, (half, alone) in enumerate(zip(self._half, self._alone, strict=True)):
            ends = self._sorted(alone)
            half.append(ends[in_first_half(_single_numbers(ends, strand))])
        return Cuts(plus, minus, self.report, (self._sorted(self._half[0]), self._sorted(self._half[1])))

    def _sorted(self, parts: list[NDArray]) -> NDArray:
        whole = np.concatenate(parts) if parts else np.zeros(0, dtype=self.dtype)
        parts.clear()
        whole.sort()
        return whole


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


@dataclass(frozen=True, eq=False)
class SparseCounts:
    """Counts per base of one head, kept as positions that are not zero; sliced like `(tasks, bases)`.

    Attributes
    ----------
    positions
        Per task: sorted indices into the genome's codes.
    counts
        Per task: the counts there.
    bases
        Length of the genome.
    half
        Counts of one half of the fragments, both ends of each or none; None where the ends of a fragment are not known.
    """

    positions: Sequence[NDArray[np.unsignedinteger]]
    counts: Sequence[NDArray[np.integer]]
    bases: int
    half: SparseCounts | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """`(tasks, bases)`."""
        return len(self.positions), self.bases

    @cached_property
    def dtype(self) -> np.dtype:
        """The smallest unsigned integer type, of 16 bits or more, that holds every count."""
        most = max((int(counts.max()) for counts in self.counts if len(counts)), default=0)
        return np.dtype(next(kind for kind in (np.uint16, np.uint32, np.uint64) if most <= np.iinfo(kind).max))

    @property
    def total(self) -> int:
        """Sum of all counts."""
        return sum(int(counts.sum(dtype=np.int64)) for counts in self.counts)

    def __getitem__(self, key: tuple[int, slice]) -> NDArray[np.unsignedinteger]:
        """Return the counts of one task in a range of bases, `(stop - start,)`."""
        task, where = key
        start, stop, _ = where.indices(self.bases)
        positions = self.positions[task]
        first, last = np.searchsorted(positions, np.array([start, stop], dtype=positions.dtype))
        dense = np.zeros(stop - start, dtype=self.dtype)
        dense[positions[first:last].astype(np.int64) - start] = self.counts[task][first:last]
        return dense

    def windows(self, starts: NDArray[np.integer], length: int) -> NDArray[np.unsignedinteger]:
        """Return the counts of windows of `length` bp that begin at `starts`: `(windows, tasks, length)`."""
        found = np.zeros((len(starts), len(self.positions), length), dtype=self.dtype)
        for task, (positions, counts) in enumerate(zip(self.positions, self.counts, strict=True)):
            first = np.searchsorted(positions, starts.astype(positions.dtype))
            number = np.searchsorted(positions, (starts + length).astype(positions.dtype)) - first
            window = np.repeat(np.arange(len(starts)), number)
            entry = np.arange(number.sum()) + np.repeat(first - np.cumsum(number) + number, number)
            found[window, task, positions[entry].astype(np.int64) - starts[window]] = counts[entry]
            for array in (positions, counts):
                count_read(array, len(starts), array.itemsize)
        return found


def shift_ends(
    genome: Genome, ends: NDArray[np.unsignedinteger], shift: int
) -> tuple[NDArray[np.unsignedinteger], int]:
    """Add `shift` bp to sorted 5' ends; those that would leave their chromosome are dropped.

    Returns the shifted ends, sorted, and the number dropped.
    """
    if shift == 0:
        return ends, 0
    bounds = np.searchsorted(ends, np.append(genome.offsets, genome.size).astype(ends.dtype))
    parts = []
    for chromosome in range(len(genome.names)):
        moved = ends[bounds[chromosome] : bounds[chromosome + 1]].astype(np.int64) + shift
        low, high = (
            int(genome.offsets[chromosome]),
            int(genome.offsets[chromosome] + genome.lengths[chromosome]),
        )
        parts.append(moved[(moved >= low) & (moved < high)].astype(ends.dtype))
    kept = np.concatenate(parts) if parts else ends
    return kept, len(ends) - len(kept)


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
    half = None if cuts.half is None else _count_ends(genome, *cuts.half, shift, split)[0]
    whole, cuts.report.off_chromosome = _count_ends(genome, cuts.plus, cuts.minus, shift, split)
    return replace(whole, half=half)


def _count_ends(
    genome: Genome,
    plus: NDArray[np.unsignedinteger],
    minus: NDArray[np.unsignedinteger],
    shift: tuple[int, int],
    split: bool,
) -> tuple[SparseCounts, int]:
    """Counts of shifted ends, and how many left their chromosome."""
    plus, lost_plus = shift_ends(genome, plus, shift[0])
    minus, lost_minus = shift_ends(genome, minus, shift[1])
    tasks = [plus, minus] if split else [np.sort(np.concatenate([plus, minus]))]
    counted = [run_lengths(ends) for ends in tasks]
    counts = SparseCounts([where for where, _ in counted], [counts for _, counts in counted], genome.size)
    return counts, lost_plus + lost_minus


def run_lengths(
    ends: NDArray[np.unsignedinteger],
) -> tuple[NDArray[np.unsignedinteger], NDArray[np.uint32]]:
    """Return the distinct values of sorted ends, and how often each is there."""
    first = np.ones(len(ends), dtype=bool)
    np.not_equal(ends[1:], ends[:-1], out=first[1:])
    where = np.flatnonzero(first)
    return ends[where], np.diff(where, append=len(ends)).astype(np.uint32)
