"""5' ends of reads on the concatenated genome, and their counts per base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

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
    """

    plus: NDArray[np.unsignedinteger]
    minus: NDArray[np.unsignedinteger]
    report: ReadReport


class CutCollector:
    """Gathers 5' ends block by block, in the smallest integers that hold the genome's positions."""

    def __init__(self, genome: Genome, report: ReadReport) -> None:
        self.dtype = np.dtype(np.uint32 if genome.size < 2**32 else np.uint64)
        self.report = report
        self._plus: list[NDArray] = []
        self._minus: list[NDArray] = []

    def add(self, plus: NDArray[np.int64], minus: NDArray[np.int64]) -> None:
        """Add unshifted 5' ends (indices into the genome's codes)."""
        self._plus.append(plus.astype(self.dtype))
        self._minus.append(minus.astype(self.dtype))

    def cuts(self) -> Cuts:
        """Sort and return all that was added."""
        plus, minus = self._sorted(self._plus), self._sorted(self._minus)
        self.report.plus, self.report.minus = len(plus), len(minus)
        return Cuts(plus, minus, self.report)

    def _sorted(self, parts: list[NDArray]) -> NDArray:
        whole = np.concatenate(parts) if parts else np.zeros(0, dtype=self.dtype)
        parts.clear()
        whole.sort()
        return whole


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
    """

    positions: Sequence[NDArray[np.unsignedinteger]]
    counts: Sequence[NDArray[np.integer]]
    bases: int

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
    plus, lost_plus = shift_ends(genome, cuts.plus, shift[0])
    minus, lost_minus = shift_ends(genome, cuts.minus, shift[1])
    cuts.report.off_chromosome = lost_plus + lost_minus
    tasks = [plus, minus] if split else [np.sort(np.concatenate([plus, minus]))]
    counted = [run_lengths(ends) for ends in tasks]
    return SparseCounts([where for where, _ in counted], [counts for _, counts in counted], genome.size)


def run_lengths(
    ends: NDArray[np.unsignedinteger],
) -> tuple[NDArray[np.unsignedinteger], NDArray[np.uint32]]:
    """Return the distinct values of sorted ends, and how often each is there."""
    first = np.ones(len(ends), dtype=bool)
    np.not_equal(ends[1:], ends[:-1], out=first[1:])
    where = np.flatnonzero(first)
    return ends[where], np.diff(where, append=len(ends)).astype(np.uint32)
