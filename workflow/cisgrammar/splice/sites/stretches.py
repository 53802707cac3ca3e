"""Stretches of a genome, read in either direction with the genome around them, as a splice model is run over them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cisgrammar.sequence.alphabet import N_CODE, reverse_complement
from cisgrammar.sequence.fasta import Genome, names_in_short
from cisgrammar.sequence.intervals import read_intervals
from cisgrammar.splice.predict import Sequences

log = logging.getLogger(__name__)


class Placed(Sequences, Protocol):
    """Sequences whose places on chromosomes are known: a gene set, or `Stretches`."""

    @property
    def names(self) -> tuple[str, ...]:
        """Their names."""

    @property
    def chroms(self) -> tuple[str, ...]:
        """Their chromosomes."""

    @property
    def strands(self) -> tuple[str, ...]:
        """`+` or `-`, the direction that they are read in."""

    @property
    def starts(self) -> NDArray[np.int64]:
        """`(sequences,)`, first base on the chromosome, 0-based."""

    @property
    def ends(self) -> NDArray[np.int64]:
        """`(sequences,)`, one past the last base."""


@dataclass(frozen=True, eq=False)
class Stretches:
    """Stretches of a genome; around them lies the genome, N beyond the ends of chromosomes.

    Attributes
    ----------
    genome
        The assembly.
    names, chroms, strands
        One text a stretch.
    starts, ends
        `(stretches,)` int64, 0-based half-open, within the chromosome.
    """

    genome: Genome
    names: tuple[str, ...]
    chroms: tuple[str, ...]
    strands: tuple[str, ...]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.names)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Bases of each stretch, `(stretches,)`."""
        return self.ends - self.starts

    def window(self, index: int, start: int, stop: int) -> NDArray[np.uint8]:
        """Codes of bases `start` (may be negative) to `stop` of a stretch in its direction, `(stop - start,)`."""
        forward = self.strands[index] == "+"
        low = self.starts[index] + start if forward else self.ends[index] - stop
        high = low + stop - start
        chromosome = self.genome.chromosome(self.chroms[index])
        first, last = max(int(low), 0), min(int(high), len(chromosome))
        codes = np.full(stop - start, N_CODE, dtype=np.uint8)
        if first < last:
            codes[first - low : last - low] = chromosome[first:last]
        return codes if forward else reverse_complement(codes)


def _stretches(genome: Genome, rows: Sequence[tuple[str, str, str, int, int]]) -> Stretches:
    names, chroms, strands, starts, ends = zip(*rows, strict=True)
    return Stretches(genome, names, chroms, strands, np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64))


def read_regions(path: str | Path, genome: Genome) -> Stretches:
    """Read the regions of a BED file: on their strand, or on both where the file names none.

    Regions on chromosomes that the genome lacks are left out, those past an end are cut there; both are told.

    Raises
    ------
    ValueError
        Naming the file: a faulty line, or no region on the genome.
    """
    read = read_intervals(path, "sites")
    sizes = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    rows, unknown, cut = [], [], 0
    places = zip(read.name.tolist(), read.chrom.tolist(), read.strand.tolist(), strict=True)
    for (name, chrom, strand), start, end in zip(places, read.start.tolist(), read.end.tolist(), strict=True):
        if chrom not in sizes:
            unknown.append(chrom)
            continue
        cut += end > sizes[chrom]
        if start < min(end, sizes[chrom]):
            rows += [(name, chrom, each, start, min(end, sizes[chrom])) for each in (strand if strand != "." else "+-")]
    if unknown:
        log.warning("%s: %d regions on %s, which the FASTA lacks, are left out", path, len(unknown), min(unknown))
    if cut:
        log.warning("%s: %d regions past the end of their chromosome are cut there", path, cut)
    if not rows:
        raise ValueError(
            f"{path}: no region on the genome, which has {names_in_short(genome.names)}; wanted a BED of its regions"
        )
    return _stretches(genome, rows)


def whole_sequences(genome: Genome, strands: Sequence[str]) -> Stretches:
    """Every record of a FASTA from end to end, on the strands asked for."""
    ends = zip(genome.names, genome.lengths.tolist(), strict=True)
    return _stretches(genome, [(name, name, strand, 0, end) for name, end in ends if end for strand in strands])
