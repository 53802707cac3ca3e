"""BED and narrowPeak files, and arithmetic on sorted intervals; 0-based, half-open."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal, NoReturn

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.files.columns import split_columns, strand_of, whole_number
from cisgrammar.files.text import read_lines
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.named_columns import (
    NamedColumns,
    are_numbered,
    names_place,
    names_regions,
    region_columns,
)

logger = logging.getLogger(__name__)

Kind = Literal["peaks", "areas", "sites"]
NO_SUMMIT = -1
_NARROWPEAK_COLUMNS = 10
_BED12_COLUMNS = 12
_LARGEST = 10**12
_REGIONS = "a region counts from 1 and has its end, as in samtools; of columns behind it only a strand is read"
_FROM_ONE = "starts count from 1 (a table of HOMER, featureCounts, MACS or R, or GFF)"
_NO_PLACE, _NO_SUMMIT = "no place", "summit outside"
_SUMMIT_LESS = "the middle of the peak stands for it"
_MOST_FAULTY = 0.01
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


def join(parts: Sequence[Intervals]) -> Intervals:
    """Regions of several files one after the other."""
    columns = [[getattr(part, field.name) for part in parts] for field in fields(Intervals)]
    return Intervals(*map(np.concatenate, columns))


def read_intervals(path: str | Path, kind: Kind = "peaks", score: str = "") -> Intervals:
    """Read BED (3 or more columns), narrowPeak, or IDR's table of peaks, plain or gzipped.

    Comments (`#`, also after spaces), `track` and `browser` lines are skipped, and so is a first line that names the
    columns, wherever it is repeated: they may be in any order, and a column of widths tells whether starts count from
    1, as in tables of R's GenomicRanges. Without names, numbers of rows before the chromosome are left out. Tabs
    separate columns, or blanks, commas or semicolons in a line that has no tab; quotes are taken off. The order of
    the lines does not matter to anything that uses the result. Lines of regions such as `chr1:1-9` count from 1 and
    have their end; so do tables of HOMER, of featureCounts (SAF), of MACS (.xls, with their summits), and of R without
    widths, and GFF and GTF. Coordinates
    above 10^12, beyond any genome, become 10^12.

    Parameters
    ----------
    path
        The file.
    kind
        What is read of a line. `areas`: three columns, whatever the others hold. `peaks`: also name, score and summit;
        what is no score is 0, what is no strand is `.`. `sites`: also a strand; what is none of these is an error.
        A few lines of peaks and areas whose start is negative or whose end is not beyond it stay, for their user to
        leave out: they cover nothing.
    score
        A column that is read instead of column 5 if a comment line above names it, in tab-separated names of columns.

    Raises
    ------
    ValueError
        Naming `path:line`: too few columns, a coordinate that is no whole number, a strand that is none; a negative
        start, an end not beyond the start, or a summit of narrowPeak outside of its peak, if more than one line and
        more than 1 % are like that; or a truncated gzip stream.
    """
    rows: list[tuple[str, int, int, str, float, int, str]] = []
    column, notes, names = _SCORE, _Notes(path, kind), ""
    named: NamedColumns | None = None
    numbered = False
    for number, text in read_lines(path):
        if _is_comment(text):
            header = text.split("\t")
            column = header.index(score) if score in header else column
            named = (NamedColumns.of_comment(text) if not rows else None) or named
        elif text.strip() and text != names:
            line = _Line(path, number, text)
            if not rows and line.names_columns():
                names, named = text, NamedColumns.of(line.columns)
                continue
            if not rows and not named:
                numbered = are_numbered(line.columns)
                named = None if numbered else NamedColumns.of_peaks(line.columns) or NamedColumns.of_gff(line.columns)
            if not (named and named.placed) and line.is_region(notes):
                pass
            elif named:
                notes.from_one |= named.from_one
                line.columns = named.as_bed(line.columns)
            else:
                line.columns = line.columns[numbered:]
            rows.append(_parse_row(line, column, notes))
    notes.tell(len(rows))
    columns = list(zip(*rows, strict=True)) if rows else [()] * 7
    kinds = (np.str_, np.int64, np.int64, np.str_, np.float64, np.int64, np.str_)
    return Intervals(*(np.array(values, dtype=kind) for values, kind in zip(columns, kinds, strict=True)))


class _Notes:
    """What was odd about the lines of a file, with the first of each kind."""

    def __init__(self, path: str | Path, kind: Kind) -> None:
        self.path = path
        self.kind = kind
        self.found: dict[str, list[str]] = {}
        self.from_one = False

    def add(self, what: str, example: str) -> None:
        self.found.setdefault(what, []).append(example)

    def tell(self, lines: int) -> None:
        """Log what was odd; ValueError if many lines have no place, or a summit outside of their peak."""
        if self.from_one:
            logger.warning("%s: %s", self.path, _FROM_ONE)
        for what, then in ((_NO_PLACE, "and left out"), (_NO_SUMMIT, f"({_SUMMIT_LESS})")):
            faulty = self.found.pop(what, [])
            if faulty and not len(faulty) <= max(1, _MOST_FAULTY * lines) < lines:
                raise ValueError(f"{faulty[0]}; {len(faulty)} of {lines} lines are like that: mend the file")
            if faulty:
                logger.warning("%s; %d of %d lines are like that %s", faulty[0], len(faulty), lines, then)
        for what, examples in self.found.items():
            logger.warning("%s; %d of %d lines are like that: %s", examples[0], len(examples), lines, what)


class _Line:
    """A line of a BED file, split into columns, with the place that an error names."""

    def __init__(self, path: str | Path, number: int, text: str) -> None:
        self.place = f"{path}:{number}"
        self.text = text
        self.columns = split_columns(text)

    def has(self, column: int) -> bool:
        """Whether there is something in a column; `.` is nothing."""
        return len(self.columns) > column and self.columns[column] not in ("", ".")

    def names_columns(self) -> bool:
        """Whether the line names columns: no digit in the second and third, no whole number."""
        if names_regions(self.columns) and not any(whole_number(text) is not None for text in self.columns):
            return True
        if len(self.columns) < 3 or not all(map(_is_name, self.columns[1:3])):
            return False
        return not any(whole_number(text) is not None for text in self.columns)

    def is_region(self, notes: _Notes) -> bool:
        """Whether the line begins with a region and not with BED's columns; then its columns become those of BED."""
        if len(self.columns) > 2 and all(whole_number(text) is not None for text in self.columns[1:3]):
            return False
        try:
            found = region_columns(self.text)
        except ValueError as error:
            self.fail(str(error))
        if found is None:
            return False
        self.columns = found
        notes.add(_REGIONS, f"{self.place}: {self.text.strip()[:60]!r} is a region")
        return True

    def fail(self, message: str) -> NoReturn:
        raise ValueError(f"{self.place}: {message}")

    def whole(self, column: int, what: str) -> int:
        number = whole_number(self.columns[column])
        if number is None:
            text = self.columns[column].strip()
            self.fail(f"column {column + 1} ({what}) is not a whole number, got {text[:40]!r}")
        return max(-_LARGEST, min(number, _LARGEST))


def _is_name(text: str) -> bool:
    return bool(text.strip()) and (not re.search(r"\d", text) or names_place(text))


def _is_comment(line: str) -> bool:
    words = line.split(None, 1)
    return bool(words) and (words[0].startswith("#") or words[0] in _NOT_DATA)


def _parse_row(line: _Line, score: int, notes: _Notes) -> tuple[str, int, int, str, float, int, str]:
    if len(line.columns) < 3:
        wanted = "wanted chromosome, start and end, separated by tabs"
        line.fail(f"{len(line.columns)} columns; {wanted}, got {line.text[:80]!r}")
    chrom, start, end = line.columns[0].strip(), line.whole(1, "start"), line.whole(2, "end")
    fault = ""
    if start < 0:
        fault = f"{line.place}: start {start} is negative; wanted 0-based coordinates"
    elif end <= start:
        fault = f"{line.place}: end {end} is not beyond start {start}; wanted start < end"
    if fault and notes.kind == "sites":
        raise ValueError(fault)
    if fault:
        notes.add(_NO_PLACE, fault)
    place = f"{chrom}:{start}-{end}"
    if notes.kind == "areas":
        return chrom, start, end, place, 0.0, NO_SUMMIT, "."
    name = line.columns[3] if line.has(3) else place
    summit = NO_SUMMIT if fault or notes.kind == "sites" else _summit(line, end - start, notes)
    return chrom, start, end, name, _score(line, score, notes), summit, _strand(line, notes)


def _score(line: _Line, column: int, notes: _Notes) -> float:
    if not line.has(column):
        return 0.0
    try:
        score = float(line.columns[column])
    except ValueError:
        score = math.nan
    if math.isfinite(score):
        return score
    problem = f"column {column + 1} (score) is not a number, got {line.columns[column][:40]!r}"
    if notes.kind == "sites":
        line.fail(f"{problem}; write . for none")
    notes.add("their score is 0", f"{line.place}: {problem}")
    return 0.0


def _strand(line: _Line, notes: _Notes) -> str:
    if not line.has(5):
        return "."
    if strand := strand_of(line.columns[5]):
        return strand
    if notes.kind == "sites":
        line.fail(f"strand is {line.columns[5]!r}; wanted +, - or . in column 6")
    return "."


def _summit(line: _Line, width: int, notes: _Notes) -> int:
    """The summit in column 10 of narrowPeak, and of tables that begin like one: IDR's have 20 columns."""
    columns = len(line.columns)
    if columns < _NARROWPEAK_COLUMNS or _has_blocks(line.columns, width):
        return NO_SUMMIT
    if whole_number(line.columns[9]) is None or not _are_numbers(line.columns[6:9]):
        notes.add(_SUMMIT_LESS, f"{line.place}: no summit in column 10")
        return NO_SUMMIT
    summit = line.whole(9, "summit")
    if summit == NO_SUMMIT or 0 <= summit < width:
        return summit
    problem = f"summit {summit} is outside of its peak of {width} bp"
    if columns == _NARROWPEAK_COLUMNS:
        notes.add(_NO_SUMMIT, f"{line.place}: {problem}; wanted 0 to {width - 1} bp from the start, or -1 for none")
    else:
        notes.add(_SUMMIT_LESS, f"{line.place}: {problem}")
    return NO_SUMMIT


def _are_numbers(texts: Sequence[str]) -> bool:
    try:
        return all(not math.isnan(float(text)) for text in texts)
    except ValueError:
        return False


def _has_blocks(columns: Sequence[str], width: int) -> bool:
    """Whether columns 10 to 12 are the number, widths and starts of blocks (BED12, gappedPeak)."""
    if len(columns) < _BED12_COLUMNS:
        return False
    lists = [text.strip(",").split(",") for text in columns[10:12]]
    if not all(text.isdecimal() and len(text) <= 40 for text in [columns[9], *lists[0], *lists[1]]):
        return False
    widths, starts = ([int(text) for text in texts] for texts in lists)
    return int(columns[9]) == len(widths) == len(starts) and starts[0] == 0 and starts[-1] + widths[-1] == width


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

    Ends are clipped to their chromosome, so that no region reaches into another one.
    """
    known = intervals.take(np.isin(intervals.chrom, np.array(genome.names)))
    chroms = known.chrom.tolist()
    lengths = dict(zip(genome.names, genome.lengths.tolist(), strict=True))
    limit = np.array([lengths[chrom] for chrom in chroms], dtype=np.int64)
    start = genome.positions(chroms, np.clip(known.start, 0, limit))
    end = genome.positions(chroms, np.clip(known.end, 0, limit))
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
