"""5' ends of aligned reads: BAM, CRAM and SAM files."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np

from cisgrammar.config.prepare import ReadFilter
from cisgrammar.files.progress import Progress
from cisgrammar.files.text import check_bgzip_end
from cisgrammar.sequence.fasta import Genome, name_hint, names_in_short
from cisgrammar.signal.cuts import OVERHANG, CutCollector, ReadReport

if TYPE_CHECKING:
    import pysam

# SAM flags, in the order in which they are looked at
_DUPLICATE = 0x400
_DROPPED = (
    (0x4, "unmapped"),
    (0x100, "secondary"),
    (0x800, "supplementary"),
    (_DUPLICATE, "duplicate"),
    (0x200, "failed quality checks"),
)
_REVERSE = 0x10
# operations of a CIGAR that cover bases of the chromosome: M, D, N, = and X
_ON_REFERENCE = (0, 2, 3, 7, 8)
_UNKNOWN_QUALITY = 255
_BLOCK = 1 << 23
_PEEKED = 10_000
_MB, _OFTEN = 1_000_000, (1 << 16) - 1
_UNPACKING = 2
"""Threads that unpack a file while its reads are looked at."""
_FEW_UNPLACED = 0.05
# A CRAM holds bases as differences from a reference. Of its fields only flag, chromosome, position, mapping quality and
# CIGAR are decoded (with names, for messages), for which no reference is needed.
_FIELDS = "required_fields=0x3f"


@contextmanager
def _opened(path: str | Path) -> Iterator[pysam.AlignmentFile]:
    """Open a file of alignments; whatever its reader finds damaged is a ValueError that names the file."""
    import pysam

    check_bgzip_end(path)
    verbosity = pysam.set_verbosity(0)
    try:
        try:
            file = pysam.AlignmentFile(str(path), "rb", check_sq=False, format_options=[_FIELDS], threads=_UNPACKING)
        except (OSError, ValueError) as error:
            if "valid header" in str(error):
                raise _without_header(path) from None
            raise ValueError(
                f"{path}: not a BAM or CRAM file, or damaged ({_in_short(error)}); check the file and its format column"
            ) from None
        headless = file.is_sam and not file.references
        try:
            with file:
                yield file
        except OSError as error:
            if headless:
                raise _without_header(path) from None
            raise ValueError(
                f"{path}: truncated or damaged ({_in_short(error)}); copy or make the file again"
            ) from None
    finally:
        pysam.set_verbosity(verbosity)


def _without_header(path: str | Path) -> ValueError:
    return ValueError(
        f"{path}: no header of chromosomes, or one that names a chromosome twice; add one (samtools view -t "
        "genome.fa.fai), or make the file again"
    )


def _in_short(error: Exception) -> str:
    # closing a damaged file fails with the number of an unrelated error
    return "its blocks cannot be read" if "Closing failed" in str(error) else " ".join(str(error).split())


def read_alignments(path: str | Path, genome: Genome, wanted: ReadFilter, collector: CutCollector) -> None:
    """Add the 5' ends of a file's primary alignments to a collector, and what was left out to its report.

    Raises
    ------
    ValueError
        Naming the file: it is not BAM, CRAM or SAM, is truncated or damaged, or is of another assembly.
    """
    with _opened(path) as file:
        _check_header(path, genome, file.references, file.lengths)
        for block in _blocks(file, genome, wanted, collector.report):
            collector.add(*(np.array(part, dtype=np.int64) for part in block))
        _note_unplaced(collector.report, wanted)


def peek_alignments(path: str | Path, genome: Genome, wanted: ReadFilter) -> tuple[ReadReport, list[str]]:
    """Check the header and the first 10,000 reads of a file.

    Returns
    -------
    report, empty
        What was found; and chromosomes of the FASTA that cannot have a read, by the header or by an index.

    Raises
    ------
    ValueError
        As `read_alignments`; or no chromosome of the header is in the FASTA, or the first reads are all unmapped.
    """
    report = ReadReport(str(path), "bam")
    with _opened(path) as file:
        names = file.references
        _check_header(path, genome, names, file.lengths)
        if names and not set(names) & set(genome.names):
            close = name_hint(names[0], genome.names) or genome.names[0]
            raise ValueError(
                f"{path}: none of its chromosomes is in the FASTA: it has {names_in_short(names)}, the FASTA "
                f"{close!r}; rename the chromosomes of one, or give the reads' own assembly"
            )
        empty = _without_reads(file, genome)
        for _ in _blocks(file, genome, wanted, report, _PEEKED):
            pass
    unmapped = report.dropped.get("unmapped", 0)
    if not report.records:
        raise ValueError(f"{path}: no reads in it; wanted aligned reads")
    if unmapped == report.records or not names:
        raise ValueError(f"{path}: {unmapped} of its first {report.records} reads are unmapped; give aligned reads")
    return report, empty


def _check_header(path: str | Path, genome: Genome, names: Sequence[str], lengths: Sequence[int]) -> None:
    of_genome = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    for name, length in zip(names, lengths, strict=True):
        if of_genome.get(name, length) != length:
            raise ValueError(
                f"{path}: {name} has {length} bp in the BAM header, {of_genome[name]} in the FASTA; "
                "give the reads' own assembly"
            )


def _without_reads(file: pysam.AlignmentFile, genome: Genome) -> list[str]:
    """Chromosomes of the FASTA that the header lacks or that an index says to have no mapped read."""
    there = set(file.references)
    try:
        if file.is_bam and file.has_index():
            there = {found.contig for found in file.get_index_statistics() if found.mapped}
    except (OSError, ValueError, AttributeError):
        # an index of another file or a damaged one; the reads themselves are counted without it
        pass
    return [name for name in genome.names if name not in there]


def _blocks(
    file: pysam.AlignmentFile, genome: Genome, wanted: ReadFilter, report: ReadReport, most: int | None = None
) -> Iterator[tuple[array[int], ...]]:
    """Yield + and - 5' ends of at most `most` reads and numbers of their fragments, by blocks; the rest is counted."""
    judge = _Judge(file, genome, wanted, report)
    progress = Progress(report.path, Path(report.path).stat().st_size // _MB, "MB")
    plus, minus, of_plus, of_minus = (array("q") for _ in range(4))
    for read in file.fetch(until_eof=True):
        if most is not None and report.records >= most:
            break
        report.records += 1
        end = judge.end(read)
        if end is not None:
            (minus if read.flag & _REVERSE else plus).append(end)
            (of_minus if read.flag & _REVERSE else of_plus).append(_fragment(read, end))
        # of a BAM file it is known where in it its reader is, in bytes
        if file.is_bam and report.records & _OFTEN == 0:
            progress.to((file.tell() >> 16) // _MB)
        if len(plus) + len(minus) >= _BLOCK:
            yield plus, minus, of_plus, of_minus
            plus, minus, of_plus, of_minus = (array("q") for _ in range(4))
    yield plus, minus, of_plus, of_minus


def _fragment(read: pysam.AlignedSegment, end: int) -> int:
    """A number of a read's fragment: mates have one name; of a read without a name it is its 5' end."""
    return crc32(read.query_name.encode()) if read.query_name else end


class _Judge:
    """Says where a read's 5' end is, or counts why it has none."""

    def __init__(self, file: pysam.AlignmentFile, genome: Genome, wanted: ReadFilter, report: ReadReport) -> None:
        places = dict(
            zip(genome.names, zip(genome.offsets.tolist(), genome.lengths.tolist(), strict=True), strict=True)
        )
        self.names = file.references
        self.places = [places.get(name) for name in self.names]
        self.report = report
        self.quality = wanted.min_mapq
        self.dropped = [pair for pair in _DROPPED if pair[0] != _DUPLICATE or wanted.duplicates == "drop"]
        self.mask = sum(bit for bit, _ in self.dropped)

    def end(self, read: Any) -> int | None:
        """The index of a read's 5' end in the genome's codes; None, and a count, if it does not count."""
        flag, quality = read.flag, read.mapping_quality
        if flag & self.mask:
            self.report.drop(next(reason for bit, reason in self.dropped if flag & bit))
            return None
        if read.reference_id < 0 or read.reference_start < 0:
            self._fault(read, "mapped without chromosome or position")
            return None
        place = self.places[read.reference_id]
        if place is None:
            self.report.unknown(self.names[read.reference_id])
            return None
        if quality < self.quality:
            self.report.drop(f"mapping quality below {self.quality}")
            return None
        offset, length = place
        end = read.reference_end
        if end is None or end <= read.reference_start:
            self._fault(read, "mapped without CIGAR")
            return None
        if end == read.reference_start + 1 and not any(kind in _ON_REFERENCE for kind, _ in read.cigartuples):
            self._fault(read, "mapped without an aligned base")
            return None
        if end > length:
            self._fault(read, OVERHANG)
            return None
        self.report.unplaced += quality == 0
        return offset + (end - 1 if flag & _REVERSE else read.reference_start)

    def _fault(self, read: Any, reason: str) -> None:
        """Count a read that can be on no genome."""
        chrom = self.names[read.reference_id] if read.reference_id >= 0 else "*"
        self.report.fault(
            reason, f"{self.report.path}: read {read.query_name} at {chrom}:{read.reference_start + 1} is {reason}"
        )


def _note_unplaced(report: ReadReport, wanted: ReadFilter) -> None:
    """Say how many of the reads that count have mapping quality 0."""
    counted = report.records - sum(report.dropped.values()) - sum(report.faulty.values())
    counted -= sum(report.unknown_chromosomes.values())
    if wanted.min_mapq == 0 and report.unplaced > _FEW_UNPLACED * counted:
        report.note(
            f"{report.unplaced} of {counted} reads that count have mapping quality 0: they fit elsewhere as well; "
            "prepare.min_mapq leaves them out (1: those alone; 30 is common)"
        )
