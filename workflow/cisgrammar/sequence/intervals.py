"""BED and narrowPeak files, and arithmetic on sorted intervals; 0-based, half-open."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.files.text import read_lines
from cisgrammar.sequence.fasta import Genome

NO_SUMMIT = -1
_NARROWPEAK_COLUMNS = 10
_SCORE = 4
_NOT_DATA = ("track", "browser")


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
    strand
        `(regions,)` `+`, `-`, or `.` where the file has none.
    """

    chrom: NDArray[np.str_]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    name: NDArray[np.str_]
    score: NDArray[np.float64]
    summit: NDArray[np.int64]
    strand: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.chrom)

    def take(self, index: ArrayLike) -> Intervals:
        """Return the regions that an index or mask picks, in its order."""
        return Intervals(*(getattr(self, field.name)[index] for field in fields(self)))


def read_intervals(path: str | Path, stranded: bool = False, score: str = "") -> Intervals:
    """Read BED (3 or more columns) or narrowPeak (exactly 10), plain or gzipped.

    Comments (`#`, also after spaces), `track` and `browser` lines are skipped. The order of the lines does not matter
    to anything that uses the result.

    Parameters
    ----------
    path
        The file.
    stranded
        Whether column 6 must be a strand. Some peak callers write something else there: without the flag that is `.`.
    score
        A column that is read instead of column 5 if a comment line above names it, in tab-separated names of columns.

    Raises
    ------
    ValueError
        Naming `path:line`: too few columns, a coordinate that is no whole number, a negative start, an end
        not beyond the start, a summit outside of its peak, a strand that is none; or a truncated gzip stream.
    """
    rows, column = [], _SCORE
    for number, line in read_lines(path):
        if _is_comment(line):
            header = line.split("\t")
            column = header.index(score) if score in header else column
        elif line.strip():
            rows.append(_parse_row(_Line(path, number, line), column, stranded))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    kinds = (np.str_, np.int64, np.int64, np.str_, np.float64, np.int64, np.str_)
    return Intervals(*(np.array(values, dtype=kind) for values, kind in zip(columns, kinds, strict=True)))


class _Line:
    """A line of a BED file, split into columns, with the place that an error names."""

    def __init__(self, path: str | Path, number: int, text: str) -> None:
        self.place = f"{path}:{number}"
        self.text = text
        self.columns = text.split("\t") if "\t" in text else text.split()

    def has(self, column: int) -> bool:
        """Whether there is something in a column; `.` is nothing."""
        return len(self.columns) > column and self.columns[column] not in ("", ".")

    def fail(self, message: str) -> NoReturn:
        raise ValueError(f"{self.place}: {message}")

    def whole(self, column: int, what: str) -> int:
        try:
            return int(self.columns[column])
        except ValueError:
            self.fail(f"column {column + 1} ({what}) is not a whole number, got {self.columns[column]!r}")


def _is_comment(line: str) -> bool:
    words = line.split(None, 1)
    return bool(words) and (words[0].startswith("#") or words[0] in _NOT_DATA)


def _parse_row(line: _Line, score: int, stranded: bool) -> tuple[str, int, int, str, float, int, str]:
    if len(line.columns) < 3:
        wanted = "wanted chromosome, start and end, separated by tabs"
        line.fail(f"{len(line.columns)} columns; {wanted}, got {line.text[:80]!r}")
    chrom, start, end = line.columns[0], line.whole(1, "start"), line.whole(2, "end")
    if start < 0:
        line.fail(f"start {start} is negative; wanted 0-based coordinates")
    if end <= start:
        line.fail(f"end {end} is not beyond start {start}; wanted start < end")
    name = line.columns[3] if line.has(3) else f"{chrom}:{start}-{end}"
    return chrom, start, end, name, _score(line, score), _summit(line, end - start), _strand(line, stranded)


def _score(line: _Line, column: int) -> float:
    if not line.has(column):
        return 0.0
    try:
        score = float(line.columns[column])
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        line.fail(f"column {column + 1} (score) is not a number, got {line.columns[column]!r}; write . for none")
    return score


def _strand(line: _Line, stranded: bool) -> str:
    if not line.has(5):
        return "."
    if line.columns[5] in ("+", "-"):
        return line.columns[5]
    if stranded:
        line.fail(f"strand is {line.columns[5]!r}; wanted +, - or . in column 6")
    return "."


def _summit(line: _Line, width: int) -> int:
    if len(line.columns) != _NARROWPEAK_COLUMNS:
        return NO_SUMMIT
    summit = line.whole(9, "summit")
    if summit != NO_SUMMIT and not 0 <= summit < width:
        wanted = f"wanted 0 to {width - 1} bp from the start, or -1 for none"
        line.fail(f"summit {summit} is outside of its peak of {width} bp; {wanted}")
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
    lengths = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
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
