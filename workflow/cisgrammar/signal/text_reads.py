"""5' ends of the lines of fragment, BEDPE and tagAlign files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.ahead import one_ahead
from cisgrammar.sequence.bed_blocks import bed_blocks
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.columns import Table, split_table
from cisgrammar.signal.cuts import OVERHANG, ReadReport, fragment_numbers

_BLOCK = 1 << 23
_NO_MATE = "."
_STRANDS = 5

Ends = tuple[NDArray[np.int64], ...]
"""Ends of both strands and, where they are not row by row those of a fragment, the numbers of their fragments."""


def read_tables(path: str | Path) -> Iterator[Table]:
    """Yield the data lines of a text file, block by block; blocks without any are left out.

    Columns may be separated, ordered and named as `bed_blocks` takes them. A first line that names the columns is no
    data, nor is the same line again: files are joined with their headers.
    """
    lines = 0
    for block in one_ahead(bed_blocks(path, _BLOCK)):
        table = split_table(path, block, lines)
        lines += block.count(b"\n")
        if len(table):
            yield table


def _offsets(
    table: Table, column: int, genome: Genome, report: ReadReport
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each line's chromosome index, -1 where the FASTA has none, and its offset in the genome."""
    names, of_line = table.names(column)
    known = {name: index for index, name in enumerate(genome.names)}
    lookup = np.array([known.get(name.strip(), -1) for name in names], dtype=np.int64)
    counts = np.bincount(of_line, minlength=len(names))
    for name, index, records in zip(names, lookup, counts.tolist(), strict=True):
        if index < 0 and name == _NO_MATE:
            report.drop("unmapped mate", records)
        elif index < 0:
            report.unknown(name, records)
    chromosome = lookup[of_line]
    return chromosome, genome.offsets[chromosome]


def _interval(
    table: Table, first: int, genome: Genome, report: ReadReport
) -> tuple[NDArray[np.bool_], NDArray[np.int64], NDArray[np.int64]]:
    """Return of three columns from `first` which lines count, and their first and last base in the genome.

    Lines on a chromosome that the FASTA lacks do not count, nor do those outside of their chromosome or without length.
    """
    chromosome, offset = _offsets(table, first, genome, report)
    counts = chromosome >= 0
    start = table.integers(first + 1, "start")
    end = table.integers(first + 2, "end")
    length = genome.lengths[chromosome]
    for bad, reason in (
        (start < 0, "the start is negative"),
        (end <= start, "the end is not beyond the start"),
        (end > length, OVERHANG),
    ):
        bad = counts & bad
        if bad.any():
            row = int(bad.argmax())
            where = genome.names[chromosome[row]], int(length[row])
            detail = f"the end is beyond {where[0]}'s {where[1]} bp in the FASTA" if reason == OVERHANG else reason
            report.fault(reason, str(table.fail(row, detail)), int(bad.sum()))
            counts = counts & ~bad
    return counts, offset + start, offset + end - 1


def fragment_ends(table: Table, genome: Genome, report: ReadReport) -> Ends:
    """5' ends of fragments, both of each line: chromosome, start, end, and any more columns."""
    table.check_columns(3, "chromosome, start, end")
    report.records += len(table)
    _note_strands(table, report)
    counts, first, last = _interval(table, 0, genome, report)
    return first[counts], last[counts]


def _note_strands(table: Table, report: ReadReport) -> None:
    """Say that a sixth column of strands is not used: of single reads, one end of each line would not be real."""
    if report.notes or int(table.columns.min()) <= _STRANDS or not table.are_strands(_STRANDS).all():
        return
    report.note(
        "column 6 holds strands, and both ends of each line are counted, as of fragments; if each line is a single "
        "read (its 5' end by its strand), set the format column of the sample sheet to tagalign"
    )


def _stranded(
    table: Table, column: int, counts: NDArray[np.bool_], report: ReadReport
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which of the lines that count have a strand in a column, and which of them have +."""
    known, plus = table.strands(column)
    bad = counts & ~known
    if bad.any():
        example = table.fail(int(bad.argmax()), f"column {column + 1} (strand) is not + or -")
        report.fault("the strand is not + or -", str(example), int(bad.sum()))
    return counts & known, plus


def tag_ends(table: Table, genome: Genome, report: ReadReport) -> Ends:
    """5' ends of single reads, one of each line, by the strand in column 6, or in the last of 4 or 5 columns."""
    columns = int(table.columns.min())
    short = columns == int(table.columns.max()) and columns in (4, 5) and table.are_strands(columns - 1).all()
    if not short:
        table.check_columns(6, "chromosome, start, end, name, score, strand")
    report.records += len(table)
    counts, first, last = _interval(table, 0, genome, report)
    counts, plus = _stranded(table, columns - 1 if short else _STRANDS, counts, report)
    return first[counts & plus], last[counts & ~plus]


def pair_ends(table: Table, genome: Genome, report: ReadReport) -> Ends:
    """5' ends of read pairs: of each mate by its strand, or the outer ends where the file has no strands."""
    fewest, most = int(table.columns.min()), int(table.columns.max())
    if most < 6:
        return fragment_ends(table, genome, report)
    table.check_columns(6, "both mates' chromosome, start, end")
    report.records += len(table)
    counts, first, last = _interval(table, 0, genome, report)
    mate, mate_first, mate_last = _interval(table, 3, genome, report)
    if fewest >= 10:
        counts, plus = _stranded(table, 8, counts, report)
        mate, mate_plus = _stranded(table, 9, mate, report)
        starts = [counts & plus, mate & mate_plus]
        ends = [counts & ~plus, mate & ~mate_plus]
        # Both mates are dealt to the same half.
        pairs = fragment_numbers(np.minimum(first, mate_first), np.maximum(last, mate_last))
        return (
            np.concatenate([first[starts[0]], mate_first[starts[1]]]),
            np.concatenate([last[ends[0]], mate_last[ends[1]]]),
            np.concatenate([pairs[mates] for mates in starts]),
            np.concatenate([pairs[mates] for mates in ends]),
        )
    both = counts & mate
    first_chrom, mate_chrom = (np.searchsorted(genome.offsets, where, side="right") for where in (first, mate_first))
    apart = both & (first_chrom != mate_chrom)
    report.drop("mates on different chromosomes, without strands", int(apart.sum()))
    both &= ~apart
    return np.minimum(first, mate_first)[both], np.maximum(last, mate_last)[both]


ENDS_OF: dict[str, Callable[[Table, Genome, ReadReport], Ends]] = {
    "fragments": fragment_ends,
    "bedpe": pair_ends,
    "tagalign": tag_ends,
}
"""Format -> what makes 5' ends of its lines."""
