"""Read counts from bigWig files, and write counts and predicted profiles to them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.files.atomic import atomic_path, require_room
from cisgrammar.files.text import check_is_file
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.cuts import ReadReport, SparseCounts

if TYPE_CHECKING:
    import pyBigWig

logger = logging.getLogger(__name__)

_CHUNK = 1 << 22
_ROUNDING = 1e-6


def read_bigwigs(paths: Sequence[str | Path], genome: Genome) -> tuple[SparseCounts, list[ReadReport]]:
    """Read counts of 5' ends from one bigWig (one task), or from those of the + and - strand (two tasks).

    Parameters
    ----------
    paths
        One path, or plus and minus. The minus file may hold all its counts negated.
    genome
        The assembly; chromosomes that it does not have are reported and left out.

    Returns
    -------
    counts, reports
        Counts, of `len(paths)` tasks; and what was read from each file.

    Raises
    ------
    ValueError
        Naming file, chromosome, position and first value: NaN, negative or fractional values; or a chromosome
        of another length than in the FASTA.
    """
    read = [_read_one(path, genome, negated=index == 1) for index, path in enumerate(paths)]
    positions, counts, reports = zip(*read, strict=True)
    return SparseCounts(positions, counts, genome.size), list(reports)


def peek_bigwig(path: str | Path, genome: Genome) -> None:
    """Check a bigWig's header against the genome; ValueError as `read_bigwigs`, or if they share no chromosome."""
    with _open(path) as file:
        lengths = file.chroms()
    _check_lengths(path, lengths, genome)
    if not set(lengths) & set(genome.names):
        raise ValueError(
            f"{path}: none of its chromosomes is in the FASTA: it has {next(iter(lengths), 'none')!r}, "
            f"the FASTA {genome.names[0]!r}; rename the chromosomes of one"
        )


def _open(path: str | Path) -> pyBigWig.bigWigFile:
    import pyBigWig

    check_is_file(path)
    try:
        return pyBigWig.open(str(path))
    except RuntimeError:
        raise ValueError(f"{path}: not a bigWig file, empty or truncated; make the file again") from None


def _read_one(path: str | Path, genome: Genome, negated: bool) -> tuple[NDArray, NDArray, ReadReport]:
    report = ReadReport(str(path), "bigwig")
    kind = np.uint32 if genome.size < 2**32 else np.uint64
    where, what, covered = [np.zeros(0, dtype=kind)], [np.zeros(0, dtype=np.int64)], 0
    with _open(path) as file:
        lengths = file.chroms()
        _check_lengths(path, lengths, genome)
        for chrom, start, values in _chunks(file, lengths):
            here = np.flatnonzero(~np.isnan(values))
            covered += len(here)
            here = here[values[here] != 0]
            if chrom not in genome.names:
                report.unknown(chrom, int(np.abs(values[here]).sum()))
                continue
            _check_whole(path, chrom, start, here, values[here])
            where.append((genome.position(chrom, start) + here).astype(kind))
            what.append(np.rint(values[here]).astype(np.int64))
        if covered < file.header()["nBasesCovered"]:
            _fail_at_nan(path, file, lengths)
    positions, counts = np.concatenate(where), np.concatenate(what)
    order = np.argsort(positions, kind="stable")
    positions, counts = positions[order], counts[order]
    counts = _without_sign(path, genome, positions, counts, negated, report)
    report.records = int(counts.sum())
    report.plus, report.minus = (0, report.records) if negated else (report.records, 0)
    for chrom, records in report.unknown_chromosomes.items():
        logger.warning("%s: %d counts on %s, which is not in the FASTA, are left out", path, records, chrom)
    logger.info("%s: %d counts at %d bases", path, report.records, len(positions))
    return positions, counts, report


def _check_lengths(path: str | Path, lengths: Mapping[str, int], genome: Genome) -> None:
    for name, length in zip(genome.names, genome.lengths.tolist(), strict=True):
        if lengths.get(name, length) != length:
            raise ValueError(
                f"{path}: {name} has {lengths[name]} bp in the bigWig, {length} in the FASTA; "
                "give the assembly the bigWig was made with"
            )


def _chunks(file: pyBigWig.bigWigFile, lengths: Mapping[str, int]) -> Iterator[tuple[str, int, NDArray[np.float32]]]:
    for chrom, length in lengths.items():
        for start in range(0, length, _CHUNK):
            yield chrom, start, file.values(chrom, start, min(start + _CHUNK, length), numpy=True)


def _check_whole(
    path: str | Path, chrom: str, start: int, here: NDArray[np.int64], values: NDArray[np.float32]
) -> None:
    with np.errstate(invalid="ignore"):
        bad = ~(np.abs(values - np.rint(values)) <= _ROUNDING)  # infinity is bad, too
    if bad.any():
        first = int(bad.argmax())
        raise ValueError(
            f"{path}: {values[first]:g} at {chrom}:{start + here[first]} is not a whole number; "
            "give raw counts of 5' ends, not normalised or smoothed signal"
        )


def _fail_at_nan(path: str | Path, file: pyBigWig.bigWigFile, lengths: Mapping[str, int]) -> None:
    for chrom, start, values in _chunks(file, lengths):
        if not np.isnan(values).any():
            continue
        for low, _, value in file.intervals(chrom, start, start + len(values)) or ():
            if np.isnan(value):
                raise ValueError(f"{path}: NaN is stored at {chrom}:{low}; leave bases without reads out")


def _without_sign(
    path: str | Path,
    genome: Genome,
    positions: NDArray,
    counts: NDArray[np.int64],
    negated: bool,
    report: ReadReport,
) -> NDArray[np.int64]:
    """Return counts as positive numbers; only a minus strand's may be negative, and then all of them."""
    negative = counts < 0
    if not negative.any():
        return counts
    if negated and negative.all():
        report.notes.append("all values are negative, as is usual for a minus strand; taken without sign")
        return -counts
    first = int(negative.argmax())
    chromosome = int(np.searchsorted(genome.offsets, positions[first], side="right")) - 1
    raise ValueError(
        f"{path}: negative value {counts[first]} at {genome.names[chromosome]}:"
        f"{int(positions[first]) - int(genome.offsets[chromosome])}; counts must not be negative"
        + (" (a minus strand's may be, but then all of them)" if negated else "")
    )


def write_counts_bigwig(path: str | Path, genome: Genome, counts: ArrayLike) -> None:
    """Write counts per base `(bases of the genome,)` as a bigWig that leaves zeros out.

    ValueError if all counts are zero: a bigWig without values cannot be read back.
    """
    counts = np.asarray(counts)
    if not counts.any():
        raise ValueError(f"{path}: no counts to write")
    with atomic_path(path) as partial:
        require_room(path, _most_bytes(int(np.count_nonzero(counts))))
        file = _new(partial, dict(zip(genome.names, genome.lengths.tolist(), strict=True)))
        for chrom, offset, length in zip(genome.names, genome.offsets.tolist(), genome.lengths.tolist(), strict=True):
            here = counts[offset : offset + length]
            where = np.flatnonzero(here)
            if len(where):
                file.addEntries(chrom, where, values=here[where].astype(np.float64), span=1)
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
        require_room(path, _most_bytes(values.size))
        file = _new(partial, chrom_sizes)
        for chrom in chrom_sizes:
            of_chrom = np.flatnonzero(chroms == chrom)
            of_chrom = of_chrom[np.argsort(starts[of_chrom], kind="stable")]
            for group in _overlapping(of_chrom, starts, values.shape[1]):
                mean = _mean_profile(starts[group], values[group])
                file.addEntries(chrom, int(starts[group[0]]), values=mean, span=1, step=1)
        file.close()


def _most_bytes(values: int) -> int:
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
