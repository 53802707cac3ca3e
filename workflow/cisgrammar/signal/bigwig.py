"""Read counts from bigWigs and bedGraphs, and write counts and predicted profiles to bigWigs."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.files.atomic import atomic_path, require_room
from cisgrammar.files.mapped import release
from cisgrammar.files.progress import Progress, counted
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.bigwig_file import BigWigFile, Values
from cisgrammar.signal.counts.sparse import SparseCounts, SparseRow
from cisgrammar.signal.cuts import ReadReport
from cisgrammar.signal.tracks.bedgraph import BedGraphFile

if TYPE_CHECKING:
    import pyBigWig

logger = logging.getLogger(__name__)

_ROUNDING = 1e-6
# the largest whole number up to which every one is a float64
_MOST = 2.0**53
_PEEKED = 64
_CAP = 4.0
# Simulated: independent ends 0.92 or more at any depth, more with an enzyme's preference; coverage by reads of 10 bp or
# more 0.31 or less up to 20 ends a base, of 36 bp 0.1 or less.
_LEAST_DIFFERENCE = 0.5
_FEWEST_PAIRS = 1000


COUNTED = ("bigwig", "bedgraph")
"""Formats of files of counts."""


def read_bigwigs(
    paths: Sequence[str | Path], genome: Genome, format: str = "bigwig"
) -> tuple[SparseCounts, list[ReadReport]]:
    """Read counts of 5' ends from one bigWig (one task), or from those of the + and - strand (two tasks).

    Parameters
    ----------
    paths
        One path, or plus and minus. The minus file may hold all its counts negated.
    genome
        The assembly; chromosomes that it does not have are reported and left out.
    format
        `bigwig` or `bedgraph`.

    Returns
    -------
    counts, reports
        Counts, of `len(paths)` tasks; and what was read from each file.

    Raises
    ------
    ValueError
        Naming file, chromosome, position and first value: NaN, negative, fractional or too large values; a chromosome
        of another length than in the FASTA; a damaged file; or the same counts on both strands.
    """
    read = [_read_one(path, genome, index == 1, format) for index, path in enumerate(paths)]
    positions, counts, reports = zip(*read, strict=True)
    if len(read) == 2 and np.array_equal(positions[0], positions[1]) and np.array_equal(counts[0], counts[1]):
        raise ValueError(
            f"{paths[1]}: the same counts as in {paths[0]}; wanted those of the - strand, or one file and strands both"
        )
    return SparseCounts(positions, counts, genome.size), list(reports)


def _opened(path: str | Path, genome: Genome, format: str) -> BigWigFile | BedGraphFile:
    return BedGraphFile(path, genome) if format == "bedgraph" else BigWigFile(path)


def peek_bigwig(path: str | Path, genome: Genome, negated: bool = False, format: str = "bigwig") -> list[str]:
    """Check a bigWig's header against the genome, and some of its values, in a moment.

    Parameters
    ----------
    path, genome
        The file and the assembly.
    negated
        Whether all values may be negative: of the minus strand.
    format
        As of `read_bigwigs`.

    Returns
    -------
    list
        Chromosomes of the FASTA that the file lacks, as far as its header tells.

    Raises
    ------
    ValueError
        As `read_bigwigs`, or if file and genome share no chromosome.
    """
    with _opened(path, genome, format) as file:
        lengths = file.chromosomes
        _check_lengths(path, lengths, genome)
        if not set(lengths) & set(genome.names):
            raise ValueError(
                f"{path}: none of its chromosomes is in the FASTA: it has {next(iter(lengths), 'none')!r}, "
                f"the FASTA {genome.names[0]!r}; rename the chromosomes of one"
            )
        neighbours = _Neighbours()
        step = max(1, len(file.blocks) // _PEEKED)
        for values in file.read_all(file.blocks[::step]):
            if values.chrom in genome.names:
                whole = _whole(path, values)
                _check_signs(path, values, whole, negated)
                neighbours.add(values.start, values.end, whole)
    if neighbours.verdict:
        logger.warning("%s: %s", path, neighbours.verdict)
    return [name for name in genome.names if name not in lengths and format == "bigwig"]


def _read_one(path: str | Path, genome: Genome, negated: bool, format: str) -> tuple[NDArray, NDArray, ReadReport]:
    report, neighbours = ReadReport(str(path), format), _Neighbours()
    kind = np.uint32 if genome.size < 2**32 else np.uint64
    where, what = [np.zeros(0, dtype=kind)], [np.zeros(0, dtype=np.int32)]
    with _opened(path, genome, format) as file:
        _check_lengths(path, file.chromosomes, genome)
        signs, progress = 0, Progress(f"read {path}", len(file.blocks), "blocks")
        for values in file.read_all():
            progress.add(1)
            if values.chrom not in genome.names:
                report.unknown(values.chrom, _sum_of_any(values))
                continue
            counts = _whole(path, values)
            neighbours.add(values.start, values.end, counts)
            signs = _check_signs(path, values, counts, negated, signs)
            there = counts != 0
            start, width = values.start[there], (values.end - values.start)[there]
            first = np.cumsum(width) - width
            bases = np.repeat(start - first, width) + np.arange(int(width.sum()))  # (bases,)
            where.append((genome.position(values.chrom, 0) + bases).astype(kind))
            what.append(np.repeat(np.abs(counts[there]), width))
    positions, whole = _in_order(path, genome, np.concatenate(where), np.concatenate(what))
    report.records = int(whole.sum(dtype=np.int64))
    report.plus, report.minus = (0, report.records) if negated else (report.records, 0)
    if signs < 0:
        report.note("all values are negative, as is usual for a minus strand; taken without sign")
    if neighbours.verdict:
        report.note(neighbours.verdict)
        logger.warning("%s: %s", path, neighbours.verdict)
    for chrom, records in report.unknown_chromosomes.items():
        logger.warning("%s: %d counts on %s, which is not in the FASTA, are left out", path, records, chrom)
    logger.info("%s: %d counts at %d bases", path, report.records, len(positions))
    return positions, whole, report


def _sum_of_any(values: Values) -> int:
    """Return the sum of a block that is not used, whatever is in it; a value that is no count is 1."""
    level = np.abs(values.value.astype(np.float64))
    with np.errstate(invalid="ignore"):
        level = np.where(level <= _MOST, np.rint(level), 1.0)
    return int((level * (values.end - values.start)).sum())


def _in_order(path: str | Path, genome: Genome, positions: NDArray, counts: NDArray) -> tuple[NDArray, NDArray]:
    """Sort counts by position; ValueError if a base has two."""
    if (positions[1:] <= positions[:-1]).any():
        order = np.argsort(positions, kind="stable")
        positions, counts = positions[order], counts[order]
        twice = positions[1:] == positions[:-1]
        if twice.any():
            index = int(positions[int(twice.argmax())])
            chromosome = int(np.searchsorted(genome.offsets, index, side="right")) - 1
            place = f"{genome.names[chromosome]}:{index - int(genome.offsets[chromosome])}"
            raise ValueError(f"{path}: two values at {place}; the file is damaged, make it again")
    return positions, counts


def _check_lengths(path: str | Path, lengths: Mapping[str, int], genome: Genome) -> None:
    for name, length in zip(genome.names, genome.lengths.tolist(), strict=True):
        if lengths.get(name, length) != length:
            raise ValueError(
                f"{path}: {name} has {lengths[name]} bp in the bigWig, {length} in the FASTA; "
                "give the assembly the bigWig was made with"
            )


def _whole(path: str | Path, values: Values) -> NDArray[np.integer]:
    """Return the values of a block as whole numbers; ValueError at the first that is none."""
    value = values.value.astype(np.float64)
    with np.errstate(invalid="ignore"):
        bad = ~((np.abs(value - np.rint(value)) <= _ROUNDING) & (np.abs(value) <= _MOST))  # NaN and infinity are bad
    if bad.any():
        first = int(bad.argmax())
        place = f"{values.chrom}:{values.start[first]}"
        if np.isnan(value[first]):
            raise ValueError(f"{path}: NaN is stored at {place}; leave bases without reads out")
        if abs(value[first]) > _MOST and np.isfinite(value[first]):
            raise ValueError(f"{path}: {value[first]:g} at {place} is too large for a count of 5' ends; make it again")
        raise ValueError(
            f"{path}: {value[first]:g} at {place} is not a whole number; "
            "give raw counts of 5' ends, not normalised or smoothed signal"
        )
    small = np.abs(value).max(initial=0) <= np.iinfo(np.int32).max
    return np.rint(value).astype(np.int32 if small else np.int64)


def _check_signs(path: str | Path, values: Values, counts: NDArray[np.integer], negated: bool, before: int = 0) -> int:
    """Return the sign of all counts so far, 0 before the first; ValueError for a negative one that may not be.

    Only a minus strand's may be, and then all of them.
    """
    if negated:
        before = before or int(np.sign(counts[counts != 0][:1]).sum())
    bad = (counts != 0) & (np.sign(counts) == -before) if negated else counts < 0
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(
            f"{path}: {'negative value' if counts[row] < 0 else 'value'} {counts[row]} at "
            f"{values.chrom}:{values.start[row]}; counts must not be negative"
            + (" (a minus strand's may be, but then all of them)" if negated else "")
        )
    return before


class _Neighbours:
    """How much neighbouring bases differ, beside counts of independent 5' ends.

    Of two bases with together n independent ends of equal rate the squared difference is n in the mean, whatever the
    depth (binomial). Coverage by reads of L bp changes only where a read begins or ends: 2 / (L + 1) of that. Each pair
    counts at most `_CAP` of its n, so that single high towers do not decide.
    """

    def __init__(self) -> None:
        self.pairs = 0
        self.squares = 0.0

    def add(self, start: NDArray[np.int64], end: NDArray[np.int64], counts: NDArray[np.integer]) -> None:
        """Add the pairs of a block's bases of which one or both have counts."""
        level = np.abs(counts).astype(np.float64)
        self.pairs += int((end - start - 1)[level > 0].sum())
        joined = start[1:] == end[:-1]
        left = np.concatenate([level[:-1][joined], level[:-1][~joined], np.zeros(int((~joined).sum()))])
        right = np.concatenate([level[1:][joined], np.zeros(int((~joined).sum())), level[1:][~joined]])
        total = left + right
        there = total > 0
        self.pairs += int(there.sum())
        self.squares += float(np.minimum((left - right)[there] ** 2 / total[there], _CAP).sum())

    @property
    def verdict(self) -> str:
        """A sentence if the values look like coverage; else empty."""
        if self.pairs < _FEWEST_PAIRS or self.squares >= _LEAST_DIFFERENCE * self.pairs:
            return ""
        return (
            f"neighbouring bases differ by {self.squares / self.pairs:.2f} of what counts of independent 5' ends do "
            f"(coverage and smoothed signal: below {_LEAST_DIFFERENCE:g}); is this coverage? give counts of 5' ends"
        )


def write_counts_bigwig(path: str | Path, genome: Genome, counts: NDArray | SparseRow) -> None:
    """Write counts per base `(bases of the genome,)` as a bigWig that leaves zeros out, a chromosome at a time.

    ValueError if all counts are zero: a bigWig without values cannot be read back.
    """
    places = list(zip(genome.names, genome.offsets.tolist(), genome.lengths.tolist(), strict=True))
    there = sum(int(np.count_nonzero(counts[offset : offset + length])) for _, offset, length in places)
    if not there:
        raise ValueError(f"{path}: no counts to write")
    with atomic_path(path) as partial:
        require_room(path, most_bytes(there))
        file = _new(partial, dict(zip(genome.names, genome.lengths.tolist(), strict=True)))
        for chrom, offset, length in counted(places, f"write {path}", "bases", lambda place: place[2]):
            here = counts[offset : offset + length]
            where = np.flatnonzero(here)
            if len(where):
                file.addEntries(chrom, where, values=here[where].astype(np.float64), span=1)
            release(counts)
        file.close()


def write_profile_bigwig(
    path: str | Path,
    chrom_sizes: Mapping[str, int],
    regions: tuple[Sequence[str], ArrayLike],
    values: ArrayLike,
) -> None:
    """Write profiles of regions as a bigWig; where regions overlap, their mean.

    Parameters
    ----------
    path
        File to write.
    chrom_sizes
        Chromosome name -> length in bp, in the order wanted in the file.
    regions
        Chromosomes and 0-based starts `(regions,)`, in any order.
    values
        `(regions, length)`, finite; zeros are written, bases outside of all regions are not.

    Raises
    ------
    ValueError
        If there are no regions, a region leaves its chromosome, or a value is not finite.
    """
    chroms, starts = np.asarray(regions[0], dtype=str), np.asarray(regions[1], dtype=np.int64)
    values = np.asarray(values)
    _check_profiles(path, chrom_sizes, chroms, starts, values)
    with atomic_path(path) as partial:
        require_room(path, most_bytes(values.size))
        file = _new(partial, chrom_sizes)
        for chrom in chrom_sizes:
            of_chrom = np.flatnonzero(chroms == chrom)
            of_chrom = of_chrom[np.argsort(starts[of_chrom], kind="stable")]
            for group in _overlapping(of_chrom, starts, values.shape[1]):
                mean = _mean_profile(starts[group], values[group])
                file.addEntries(chrom, int(starts[group[0]]), values=mean, span=1, step=1)
        file.close()


def write_sparse_bigwig(
    path: str | Path, chrom_sizes: Mapping[str, int], values: Mapping[str, tuple[ArrayLike, ArrayLike]]
) -> None:
    """Write single bases as a bigWig; without any, one base of 0: a bigWig without values cannot be read back.

    Parameters
    ----------
    path
        File to write.
    chrom_sizes
        Chromosome name -> length in bp, in the order wanted in the file.
    values
        Chromosome name -> places `(bases,)`, ascending, 0-based, and values `(bases,)`, finite.
    """
    known = {chrom: (np.asarray(where, dtype=np.int64), np.asarray(v)) for chrom, (where, v) in values.items()}
    with atomic_path(path) as partial:
        require_room(path, most_bytes(sum(len(where) for where, _ in known.values())))
        file = _new(partial, chrom_sizes)
        if not any(len(where) for where, _ in known.values()):
            known = {next(iter(chrom_sizes)): (np.zeros(1, dtype=np.int64), np.zeros(1))}
        for chrom in chrom_sizes:
            where, level = known.get(chrom, (np.zeros(0, dtype=np.int64), np.zeros(0)))
            if len(where):
                file.addEntries(chrom, where, values=level.astype(np.float64), span=1)
        file.close()


def most_bytes(values: int) -> int:
    """A bigWig of so many values is smaller: libBigWig does not survive a full disk, and truncates in silence."""
    return 12 * values + 1_000_000


def _new(path: Path, chrom_sizes: Mapping[str, int]) -> pyBigWig.bigWigFile:
    import pyBigWig

    file = pyBigWig.open(str(path), "w")
    file.addHeader([(name, int(length)) for name, length in chrom_sizes.items()])
    return file


def _check_profiles(
    path: str | Path,
    chrom_sizes: Mapping[str, int],
    chroms: NDArray[np.str_],
    starts: NDArray[np.int64],
    values: NDArray,
) -> None:
    if values.ndim != 2 or len(values) == 0 or not len(chroms) == len(starts) == len(values):
        raise ValueError(
            f"{path}: {len(chroms)} chromosomes, {len(starts)} starts and values of shape {values.shape}; "
            "wanted one of each per region, and at least one region"
        )
    if not np.isfinite(values).all():
        raise ValueError(f"{path}: region {int((~np.isfinite(values)).any(axis=1).argmax())} is not finite")
    sizes = np.array([chrom_sizes.get(chrom, -1) for chrom in chroms.tolist()])
    outside = (starts < 0) | (starts + values.shape[1] > sizes)
    if outside.any():
        row = int(outside.argmax())
        raise ValueError(
            f"{path}: region {chroms[row]}:{starts[row]}-{starts[row] + values.shape[1]} "
            "is not on a chromosome of the genome"
        )


def _overlapping(order: NDArray[np.int64], starts: NDArray[np.int64], length: int) -> list[NDArray[np.int64]]:
    """Split regions, sorted by start, into groups that overlap or touch."""
    if not len(order):
        return []
    return np.split(order, np.flatnonzero(np.diff(starts[order]) > length) + 1)


def _mean_profile(starts: NDArray[np.int64], values: NDArray) -> NDArray[np.float64]:
    bases = (starts - starts[0])[:, None] + np.arange(values.shape[1])  # (regions, length)
    size = int(bases[-1, -1]) + 1
    totals = np.bincount(bases.ravel(), weights=values.ravel(), minlength=size)
    return totals / np.bincount(bases.ravel(), minlength=size)
