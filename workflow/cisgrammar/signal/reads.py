"""Read 5' ends from BAM, fragment, BEDPE and tagAlign files."""

from __future__ import annotations

import logging
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.text import check_bgzip_end, check_is_file, read_blocks
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.columns import Table, split_table
from cisgrammar.signal.cuts import CutCollector, Cuts, ReadReport

if TYPE_CHECKING:
    import pysam

logger = logging.getLogger(__name__)

_SUFFIXES = {
    "bam": (".bam",),
    "bedpe": (".bedpe", ".bedpe.gz"),
    "tagalign": (".tagalign", ".tagalign.gz"),
    "fragments": (".tsv", ".tsv.gz", ".tsv.bgz", ".fragments", ".fragments.gz"),
    "bigwig": (".bw", ".bigwig"),
}
# SAM flags, in the order in which they are looked at
_BAM_DROPPED = (
    (0x4, "unmapped"),
    (0x100, "secondary"),
    (0x800, "supplementary"),
    (0x400, "duplicate"),
    (0x200, "failed quality checks"),
)
_BAM_MASK = sum(bit for bit, _ in _BAM_DROPPED)
_REVERSE = 0x10
_BLOCK = 1 << 23
_NO_MATE = "."


def signal_format(path: str | Path, given: str = "auto") -> str:
    """Return what a signal file is: as given, or by its name; ValueError if the name does not tell."""
    if given != "auto":
        return given
    name = Path(path).name.lower()
    for kind, suffixes in _SUFFIXES.items():
        if name.endswith(suffixes):
            return kind
    raise ValueError(
        f"{path}: the name does not tell the format; set the samples' format column to one of " + ", ".join(_SUFFIXES)
    )


def read_cuts(path: str | Path, genome: Genome, format: str = "auto") -> Cuts:
    """Read the unshifted 5' ends of a file of reads.

    A + read ends at its start, a - read at its end - 1 (0-based, half-open). A fragment gives one of each and
    counts once, whatever its last column says: by the 10x convention that is the number of duplicates.

    Parameters
    ----------
    path
        BAM, fragments (chrom, start, end, and any more columns), BEDPE (6 or more columns, or chrom, start,
        end), or tagAlign; text may be gzipped.
    genome
        The assembly; chromosomes that it does not have are reported and left out.
    format
        `bam`, `fragments`, `bedpe`, `tagalign`, or `auto`: by the name.

    Raises
    ------
    ValueError
        Naming file and line: a malformed line, a truncated file, or an end beyond its chromosome's (the wrong
        assembly).
    """
    kind = signal_format(path, format)
    check_is_file(path)
    report = ReadReport(str(path), kind)
    collector = CutCollector(genome, report)
    if kind == "bam":
        _read_bam(path, genome, collector)
    elif kind in _ENDS_OF:
        for table in _tables(path):
            collector.add(*_ENDS_OF[kind](table, genome, report))
    else:
        raise ValueError(f"{path}: format {kind} holds no reads; wanted bam, {', '.join(_ENDS_OF)}")
    cuts = collector.cuts()
    for chrom, records in report.unknown_chromosomes.items():
        logger.warning("%s: %d records on %s, which is not in the FASTA, are left out", path, records, chrom)
    logger.info("%s: %d records, %d + and %d - ends", path, report.records, report.plus, report.minus)
    return cuts


def peek_reads(path: str | Path, genome: Genome, format: str = "auto") -> None:
    """Check how a file of reads begins, in a moment: the header of a BAM, the first 8 MB of text.

    Raises
    ------
    ValueError
        As `read_cuts` does of the same lines; or none of these lines is on a chromosome of the genome.
    """
    kind = signal_format(path, format)
    check_is_file(path)
    if kind == "bam":
        _check_bam_header(path, genome, *_bam_header(path))
        return
    if kind not in _ENDS_OF:
        raise ValueError(f"{path}: format {kind} holds no reads; wanted bam, {', '.join(_ENDS_OF)}")
    report = ReadReport(str(path), kind)
    table = next(_tables(path), None)
    if table is None:
        raise ValueError(f"{path}: no reads in it; wanted at least one line of chromosome, start, end")
    plus, minus = _ENDS_OF[kind](table, genome, report)[:2]
    if not len(plus) + len(minus):
        there = next(iter(report.unknown_chromosomes), "nothing")
        raise ValueError(
            f"{path}: none of its first {len(table)} lines is on a chromosome of the FASTA: it has {there!r}, "
            f"the FASTA {genome.names[0]!r}; rename the chromosomes of one"
        )


def _tables(path: str | Path) -> Iterator[Table]:
    lines = 0
    for block in read_blocks(path, _BLOCK):
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
    lookup = np.array([known.get(name, -1) for name in names], dtype=np.int64)
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
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return chromosome index, first base and last base (in the genome) of three columns from `first`."""
    chromosome, offset = _offsets(table, first, genome, report)
    known = chromosome >= 0
    start = table.integers(first + 1, "start")
    end = table.integers(first + 2, "end")
    for bad, problem in (
        (known & (start < 0), "the start is negative"),
        (known & (end <= start), "the end is not beyond the start"),
    ):
        if bad.any():
            raise table.fail(int(bad.argmax()), problem)
    beyond = known & (end > genome.lengths[chromosome])
    if beyond.any():
        row = int(beyond.argmax())
        name, length = genome.names[chromosome[row]], genome.lengths[chromosome[row]]
        raise table.fail(
            row,
            f"the end is beyond {name}'s {length} bp in the FASTA; give the reads' own assembly",
        )
    return chromosome, offset + start, offset + end - 1


def _fragment_ends(table: Table, genome: Genome, report: ReadReport) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    table.check_columns(3, "chromosome, start, end")
    report.records += len(table)
    chromosome, first, last = _interval(table, 0, genome, report)
    known = chromosome >= 0
    return first[known], last[known]


def _tag_ends(table: Table, genome: Genome, report: ReadReport) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    table.check_columns(6, "chromosome, start, end, name, score, strand")
    report.records += len(table)
    chromosome, first, last = _interval(table, 0, genome, report)
    known = chromosome >= 0
    plus = table.strands(5, known)
    return first[known & plus], last[known & ~plus]


def _pair_ends(table: Table, genome: Genome, report: ReadReport) -> tuple[NDArray[np.int64], ...]:
    fewest, most = int(table.columns.min()), int(table.columns.max())
    if most < 6:
        return _fragment_ends(table, genome, report)
    table.check_columns(6, "both mates' chromosome, start, end")
    report.records += len(table)
    chromosome, first, last = _interval(table, 0, genome, report)
    mate, mate_first, mate_last = _interval(table, 3, genome, report)
    if fewest >= 10:
        known, mate_known = chromosome >= 0, mate >= 0
        plus, mate_plus = table.strands(8, known), table.strands(9, mate_known)
        starts = [known & plus, mate_known & mate_plus]
        ends = [known & ~plus, mate_known & ~mate_plus]
        # Pairs are numbered by their lines, so that both mates are dealt to the same half.
        lines = report.records - len(table) + np.arange(len(table))
        return (
            np.concatenate([first[starts[0]], mate_first[starts[1]]]),
            np.concatenate([last[ends[0]], mate_last[ends[1]]]),
            np.concatenate([lines[mates] for mates in starts]),
            np.concatenate([lines[mates] for mates in ends]),
        )
    both = (chromosome >= 0) & (mate >= 0)
    apart = both & (chromosome != mate)
    report.drop("mates on different chromosomes, without strands", int(apart.sum()))
    both &= ~apart
    return np.minimum(first, mate_first)[both], np.maximum(last, mate_last)[both]


# Ends of both strands and, where they are not row by row those of a fragment, the numbers of their fragments.
_Ends = Callable[[Table, Genome, ReadReport], tuple[NDArray[np.int64], ...]]
_ENDS_OF: dict[str, _Ends] = {"fragments": _fragment_ends, "bedpe": _pair_ends, "tagalign": _tag_ends}


def _read_bam(path: str | Path, genome: Genome, collector: CutCollector) -> None:
    import pysam

    check_bgzip_end(path)
    try:
        bam = pysam.AlignmentFile(str(path), "rb", check_sq=False)
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: not a BAM file ({error}); check the file and its format column") from None
    with bam:
        _check_bam_header(path, genome, bam.references, bam.lengths)
        try:
            _bam_ends(bam, genome, collector)
        except OSError as error:
            raise ValueError(f"{path}: truncated or damaged BAM ({error}); copy or make the file again") from None


def _bam_header(path: str | Path) -> tuple[tuple[str, ...], tuple[int, ...]]:
    import pysam

    check_bgzip_end(path)
    try:
        with pysam.AlignmentFile(str(path), "rb", check_sq=False) as bam:
            return bam.references, bam.lengths
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: not a BAM file ({error}); check the file and its format column") from None


def _check_bam_header(path: str | Path, genome: Genome, names: tuple[str, ...], lengths: tuple[int, ...]) -> None:
    of_genome = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    for name, length in zip(names, lengths, strict=True):
        if of_genome.get(name, length) != length:
            raise ValueError(
                f"{path}: {name} has {length} bp in the BAM header, {of_genome[name]} in the FASTA; "
                "give the reads' own assembly"
            )


def _bam_ends(bam: pysam.AlignmentFile, genome: Genome, collector: CutCollector) -> None:
    report = collector.report
    offsets = dict(zip(genome.names, genome.offsets.tolist(), strict=True))
    of_reference = [offsets.get(name) for name in bam.references]
    plus, minus, of_plus, of_minus = (array("q") for _ in range(4))

    def hand_over() -> None:
        collector.add(*(np.array(part, dtype=np.int64) for part in (plus, minus, of_plus, of_minus)))
        for part in (plus, minus, of_plus, of_minus):
            del part[:]

    for read in bam.fetch(until_eof=True):
        report.records += 1
        flag = read.flag
        if flag & _BAM_MASK:
            report.drop(next(reason for bit, reason in _BAM_DROPPED if flag & bit))
            continue
        offset = of_reference[read.reference_id]
        if offset is None:
            report.unknown(bam.references[read.reference_id])
        elif flag & _REVERSE:
            minus.append(offset + read.reference_end - 1)
            of_minus.append(_fragment(read, report.records))
        else:
            plus.append(offset + read.reference_start)
            of_plus.append(_fragment(read, report.records))
        if len(plus) + len(minus) >= _BLOCK:
            hand_over()
    hand_over()


def _fragment(read: pysam.AlignedSegment, record: int) -> int:
    """A number of a read's fragment: mates have one name; a read without a name is by itself."""
    return crc32(read.query_name.encode()) if read.query_name else record
