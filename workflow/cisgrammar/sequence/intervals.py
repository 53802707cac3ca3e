"""BED and narrowPeak files, and arithmetic on sorted intervals; 0-based, half-open."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.files.text import read_lines
from cisgrammar.sequence.fasta import Genome

NO_SUMMIT = -1
_NARROWPEAK_COLUMNS = 10
_NOT_DATA = ("#", "track", "browser")


@dataclass(frozen=True, eq=False)
class Intervals:
    """Regions of a genome, in the order of their file.

    Attributes
    ----------
    chrom
        `(regions,)` chromosome names.
    start, end
        `(regions,)` int64, 0-based, half-open.
    name
        `(regions,)`; `chrom:start-end` where the file has none.
    score
        `(regions,)` float64; 0 where the file has none.
    summit
        `(regions,)` int64, bp from the start; -1 where there is none.
    """

    chrom: NDArray[np.str_]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    name: NDArray[np.str_]
    score: NDArray[np.float64]
    summit: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.chrom)

    def take(self, index: ArrayLike) -> Intervals:
        """Return the regions that an index or mask picks, in its order."""
        fields = (self.chrom, self.start, self.end, self.name, self.score, self.summit)
        return Intervals(*(values[index] for values in fields))


def read_intervals(path: str | Path) -> Intervals:
    """Read BED (3 or more columns) or narrowPeak (exactly 10), plain or gzipped.

    Comments, `track` and `browser` lines are skipped. The order of the lines does not matter to anything that
    uses the result.

    Raises
    ------
    ValueError
        Naming `path:line`: too few columns, a coordinate that is no whole number, a negative start, an end
        not beyond the start, a summit outside of its peak; or a truncated gzip stream.
    """
    rows = []
    for number, line in read_lines(path):
        if line.strip() and not _is_comment(line):
            rows.append(_parse_row(path, number, line))
    columns = list(zip(*rows)) if rows else [()] * 6
    kinds = (np.str_, np.int64, np.int64, np.str_, np.float64, np.int64)
    return Intervals(*(np.array(values, dtype=kind) for values, kind in zip(columns, kinds)))


def _is_comment(line: str) -> bool:
    return line.startswith("#") or line.split(None, 1)[0] in _NOT_DATA


def _whole(path: str | Path, number: int, fields: Sequence[str], column: int, what: str) -> int:
    try:
        return int(fields[column])
    except ValueError:
        raise ValueError(
            f"{path}:{number}: column {column + 1} ({what}) is not a whole number, got {fields[column]!r}"
        ) from None


def _parse_row(path: str | Path, number: int, line: str) -> tuple[str, int, int, str, float, int]:
    fields = line.split("\t") if "\t" in line else line.split()
    if len(fields) < 3:
        raise ValueError(
            f"{path}:{number}: {len(fields)} columns; wanted chromosome, start and end, separated by tabs, "
            f"got {line[:80]!r}"
        )
    chrom = fields[0]
    start, end = _whole(path, number, fields, 1, "start"), _whole(path, number, fields, 2, "end")
    if start < 0:
        raise ValueError(f"{path}:{number}: start {start} is negative; wanted 0-based coordinates")
    if end <= start:
        raise ValueError(f"{path}:{number}: end {end} is not beyond start {start}; wanted start < end")
    name = fields[3] if len(fields) > 3 and fields[3] not in ("", ".") else f"{chrom}:{start}-{end}"
    return chrom, start, end, name, _score(path, number, fields), _summit(path, number, fields, end - start)


def _score(path: str | Path, number: int, fields: Sequence[str]) -> float:
    if len(fields) < 5 or fields[4] in ("", "."):
        return 0.0
    try:
        score = float(fields[4])
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise ValueError(f"{path}:{number}: column 5 (score) is not a number, got {fields[4]!r}; write . for none")
    return score


def _summit(path: str | Path, number: int, fields: Sequence[str], width: int) -> int:
    if len(fields) != _NARROWPEAK_COLUMNS:
        return NO_SUMMIT
    summit = _whole(path, number, fields, 9, "summit")
    if summit != NO_SUMMIT and not 0 <= summit < width:
        raise ValueError(
            f"{path}:{number}: summit {summit} is outside of its peak of {width} bp; "
            f"wanted 0 to {width - 1} bp from the start, or -1 for none"
        )
    return summit


def centres(intervals: Intervals, mode: str) -> NDArray[np.int64]:
    """Return what each region's window is centred on, `(regions,)` on its chromosome.

    Parameters
    ----------
    intervals
        Regions.
    mode
        `none` and `centre`: the middle; `start`: the first base; `summit`: the summit, or the middle if none.
    """
    middle = (intervals.start + intervals.end) // 2
    if mode in ("none", "centre"):
        return middle
    if mode == "start":
        return intervals.start.copy()
    if mode == "summit":
        return np.where(intervals.summit == NO_SUMMIT, middle, intervals.start + intervals.summit)
    raise ValueError(f"resize: unknown mode {mode!r}; wanted none, centre, start or summit")


def sort_order(genome: Genome, intervals: Intervals) -> NDArray[np.int64]:
    """Return the order by chromosome (as in the FASTA; unknown ones last), start, end and name."""
    rank = {name: index for index, name in enumerate(genome.names)}
    chromosome = np.array([rank.get(chrom, len(rank)) for chrom in intervals.chrom.tolist()], dtype=np.int64)
    return np.lexsort((intervals.name, intervals.end, intervals.start, intervals.chrom, chromosome))


def on_genome(genome: Genome, intervals: Intervals) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return starts and ends as indices into the genome's codes; regions on unknown chromosomes are left out.

    Ends are clipped to their chromosome, so that no region reaches into the next one.
    """
    known = intervals.take(np.isin(intervals.chrom, np.array(genome.names)))
    chroms = known.chrom.tolist()
    lengths = dict(zip(genome.names, genome.lengths.tolist()))
    limit = np.array([lengths[chrom] for chrom in chroms], dtype=np.int64)
    start = genome.positions(chroms, np.minimum(known.start, limit))
    end = genome.positions(chroms, np.minimum(known.end, limit))
    return start[end > start], end[end > start]


def merge(start: ArrayLike, end: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Merge intervals that overlap or touch into sorted, disjoint ones; on one coordinate axis."""
    start, end = np.asarray(start, dtype=np.int64), np.asarray(end, dtype=np.int64)
    order = np.argsort(start, kind="stable")
    start, reach = start[order], np.maximum.accumulate(end[order]) if len(end) else end
    first = np.ones(len(start), dtype=bool)
    first[1:] = start[1:] > reach[:-1]
    last = np.append(first[1:], True)[: len(start)]
    return start[first], reach[last]


def overlaps(
    start: ArrayLike, end: ArrayLike, merged: tuple[NDArray[np.int64], NDArray[np.int64]]
) -> NDArray[np.bool_]:
    """Tell which intervals share a base with any of the sorted, disjoint `merged` ones, by sorted search."""
    first_after = np.searchsorted(merged[1], np.asarray(start), side="right")
    return first_after < np.searchsorted(merged[0], np.asarray(end), side="left")
