"""Read 5' ends from BAM, CRAM, fragment, BEDPE and tagAlign files."""

from __future__ import annotations

import logging
from itertools import islice
from pathlib import Path

from cisgrammar.config.prepare import ReadFilter
from cisgrammar.files.compression import named_faults, open_bytes
from cisgrammar.files.text import check_is_file
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.alignments import peek_alignments, read_alignments
from cisgrammar.signal.cuts import CutCollector, Cuts, ReadReport
from cisgrammar.signal.text_reads import ENDS_OF, read_tables

logger = logging.getLogger(__name__)

_SUFFIXES = {
    "bam": (".bam", ".sam", ".sam.gz"),
    "cram": (".cram",),
    "bedpe": (".bedpe",),
    "tagalign": (".tagalign",),
    "fragments": (".tsv", ".csv", ".fragments"),
    "bigwig": (".bw", ".bigwig"),
    "bedgraph": (".bedgraph", ".bdg", ".bg"),
}
_ALIGNMENTS = ("bam", "cram")
_PACKED = (".gz", ".bgz", ".bz2", ".xz", ".zip")
# of the beginning of a file, which may hold more faults than the rest: chrM comes first, ends are clustered
_MANY = 0.5


def signal_format(path: str | Path, given: str = "auto") -> str:
    """Return what a signal file is: as given, or by its name; ValueError if the name does not tell."""
    if given != "auto":
        return given
    name = Path(path).name.lower()
    text = name.removesuffix(next((end for end in _PACKED if name.endswith(end)), ""))
    for kind, suffixes in _SUFFIXES.items():
        if (text if kind in (*ENDS_OF, "bedgraph") else name).endswith(suffixes):
            return kind
    raise ValueError(
        f"{path}: the name does not tell the format; set the samples' format column to one of " + ", ".join(_SUFFIXES)
    )


def _alignments(path: str | Path) -> str:
    """`bam` or `cram` of a file that holds one, whatever it is called; else empty."""
    with named_faults(path), open_bytes(path) as handle:
        head = handle.read(5)
    return {b"BAM\x01": "bam", b"CRAM": "cram"}.get(head[:4], "") if not head[4:].isalpha() else ""


def _kind_of_reads(path: str | Path, format: str) -> str:
    kind = signal_format(path, format)
    check_is_file(path)
    if kind in ENDS_OF and (found := _alignments(path)):
        logger.warning("%s: %s by its content, and read as one, not as %s", path, found.upper(), kind)
        kind = found
    if kind not in _ALIGNMENTS and kind not in ENDS_OF:
        raise ValueError(f"{path}: format {kind} holds no reads; wanted {', '.join([*_ALIGNMENTS, *ENDS_OF])}")
    return kind


def read_cuts(
    path: str | Path,
    genome: Genome,
    format: str = "auto",
    wanted: ReadFilter = ReadFilter(),  # noqa: B008
) -> Cuts:
    """Read the unshifted 5' ends of a file of reads.

    A + read ends at its start, a - read at its end - 1 (0-based, half-open). A fragment gives one of each and
    counts once, whatever its last column says: by the 10x convention that is the number of duplicates.

    Parameters
    ----------
    path
        BAM, CRAM (its reference is not needed), fragments (chrom, start, end, and any more columns), BEDPE (6 or more
        columns, or chrom, start, end), or tagAlign; text may be compressed, and separated as `bed_blocks` takes it.
    genome
        The assembly; chromosomes that it does not have are reported and left out.
    format
        `bam`, `cram`, `fragments`, `bedpe`, `tagalign`, or `auto`: by the name.
    wanted
        Which records count.

    Raises
    ------
    ValueError
        Naming file and line: a malformed line, a truncated or damaged file, another assembly, or more records that
        can be on no genome (outside of their chromosome, without length or place) than `wanted.max_faulty` allows.
    """
    kind = _kind_of_reads(path, format)
    report = ReadReport(str(path), kind)
    collector = CutCollector(genome, report)
    if kind in _ALIGNMENTS:
        read_alignments(path, genome, wanted, collector)
    else:
        for table in read_tables(path):
            collector.add(*ENDS_OF[kind](table, genome, report))
    cuts = collector.cuts()
    for chrom, records in report.unknown_chromosomes.items():
        logger.warning("%s: %d records on %s, which is not in the FASTA, are left out", path, records, chrom)
    report.check_faults(wanted.max_faulty)
    _log(report)
    logger.info("%s: %d records, %d + and %d - ends", path, report.records, report.plus, report.minus)
    return cuts


def _log(report: ReadReport) -> None:
    """Log what was left out and noticed."""
    if report.faulty:
        reasons = ", ".join(f"{number}: {reason}" for reason, number in report.faulty.items())
        logger.warning("%s: records are left out (%s); the first: %s", report.path, reasons, report.first_fault)
    for note in report.notes:
        logger.warning("%s: %s", report.path, note)


def peek_reads(
    path: str | Path,
    genome: Genome,
    format: str = "auto",
    wanted: ReadFilter = ReadFilter(),  # noqa: B008
) -> list[str]:
    """Check how a file of reads begins, in a moment: header and first reads of a BAM, the first 8 MB of text.

    Returns
    -------
    list
        Chromosomes of the FASTA that can have no read, as far as a header or an index tells.

    Raises
    ------
    ValueError
        As `read_cuts` does of the same lines (of faulty ones more than half if the file goes on); or none of these
        lines is on a chromosome of the genome.
    """
    kind = _kind_of_reads(path, format)
    if kind in _ALIGNMENTS:
        report, empty = peek_alignments(path, genome, wanted)
        report.check_faults(max(_MANY, wanted.max_faulty))
        return empty
    report = ReadReport(str(path), kind)
    tables = list(islice(read_tables(path), 2))
    if not tables:
        raise ValueError(f"{path}: no reads in it; wanted at least one line of chromosome, start, end")
    # a last line without its newline is a block of its own
    table, goes_on = tables[0], len(tables) > 1 and len(tables[1]) > 1
    plus, minus = ENDS_OF[kind](table, genome, report)[:2]
    report.check_faults(max(_MANY, wanted.max_faulty) if goes_on else wanted.max_faulty)
    if not len(plus) + len(minus):
        there = next(iter(report.unknown_chromosomes), "nothing")
        raise ValueError(
            f"{path}: none of its first {len(table)} lines is on a chromosome of the FASTA: it has {there!r}, "
            f"the FASTA {genome.names[0]!r}; rename the chromosomes of one"
        )
    _log(report)
    return []
