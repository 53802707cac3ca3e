"""Parse blocks of tab-separated lines (chromosome, numbers, strands) without a loop over lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.columns import LONGEST_STRAND, strand_of, whole_number
from cisgrammar.signal.counts.letters import Words

_TAB, _NEWLINE, _HASH, _ZERO, _MINUS, _POINT, _BLANK = 9, 10, 35, 48, 45, 46, 32
_MOST_DIGITS = 12
_LONGEST_NUMBER = 40
_LARGEST = 10**_MOST_DIGITS
_LONGEST_NAME = 255
_LINE = re.compile(rb"[^\n]+")
_BLANKS = re.compile(rb" +")
_OUTER = re.compile(rb"^ +| +$", re.MULTILINE)
_NOT_DATA = (b"track ", b"track\t", b"browser ", b"browser\t")
_FIRST_LETTERS = np.frombuffer(b"tb", dtype=np.uint8)


@dataclass(frozen=True, eq=False)
class Table:
    """The fields of the data lines in one block of a text file; nothing is parsed yet.

    Attributes
    ----------
    path
        The file, for messages.
    data
        The block's bytes, as uint8.
    lines
        `(lines,)` line number in the file, from 1, of each data line.
    starts, ends
        `(lines,)` where each data line begins and ends in `data`.
    tabs
        All tabs' places in `data`.
    first_tab
        `(lines,)` index into `tabs` of the first tab at or after the start of each line.
    columns
        `(lines,)` number of columns of each line.
    """

    path: str | Path
    data: NDArray[np.uint8]
    lines: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    tabs: NDArray[np.int64]
    first_tab: NDArray[np.int64]
    columns: NDArray[np.int64]

    @cached_property
    def _words(self) -> Words:
        return Words(self.data)

    def __len__(self) -> int:
        return len(self.lines)

    def fail(self, row: int, problem: str) -> ValueError:
        """Make the error for a bad row; it names file, line and the line's text."""
        text = self.data[self.starts[row] : self.ends[row]].tobytes().decode("utf-8", errors="replace")
        shown = text if len(text) <= 80 else text[:77] + "..."
        return ValueError(f"{self.path}:{self.lines[row]}: {problem}, got {shown!r}")

    def check_columns(self, fewest: int, what: str) -> None:
        """Raise ValueError at the first line with fewer than `fewest` tab-separated columns."""
        short = self.columns < fewest
        if short.any():
            row = int(short.argmax())
            raise self.fail(row, f"{self.columns[row]} tab-separated columns; wanted {fewest} or more ({what})")

    def field(self, column: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return where the fields of a column (from 0) begin and end; every line must have that column."""
        last = self.columns == column + 1
        begin = self.starts if column == 0 else self.tabs[self.first_tab + column - 1] + 1
        stop = np.where(last, self.ends, self._tab(self.first_tab + column))
        return begin, stop

    def _tab(self, index: NDArray[np.int64]) -> NDArray[np.int64]:
        if not len(self.tabs):
            return self.ends
        return self.tabs[np.minimum(index, len(self.tabs) - 1)]

    def integers(self, column: int, name: str) -> NDArray[np.int64]:
        """Parse a column of whole numbers, `(lines,)` int64; ValueError at the first that is none.

        Whole are also `100.0`, `1e+05` and the like (`files.columns`). Numbers of more than 12 digits, beyond any
        genome, become 10^12.
        """
        begin, stop = self.field(column)
        plain = self._words.numbers(begin, stop)
        if plain is not None:
            return np.minimum(plain, _LARGEST)
        stop = stop - 2 * self._end_in_zero(begin, stop)
        negative = (stop > begin) & (self.data[np.minimum(begin, len(self.data) - 1)] == _MINUS)
        begin = begin + negative
        width = stop - begin
        bad = (width < 1) | (width > _LONGEST_NUMBER)
        value = np.zeros(len(self), dtype=np.int64)
        for place in range(min(int(width.max(initial=0)), _LONGEST_NUMBER)):
            here = place < width
            digit = self.data[np.where(here, stop - 1 - place, 0)].astype(np.int64) - _ZERO
            bad |= here & ((digit < 0) | (digit > 9))
            digit = np.where(here, digit, 0)
            if place < _MOST_DIGITS:
                value += digit * 10**place
            else:
                value = np.where(digit > 0, _LARGEST, value)
        value = np.where(negative, -value, value)
        begin = begin - negative
        for row in np.flatnonzero(bad).tolist():
            # few lines are odd, or the first of them is an error
            number = whole_number(self.data[begin[row] : stop[row]].tobytes().decode("latin-1"))
            if number is None:
                raise self.fail(row, f"column {column + 1} ({name}) is not a whole number")
            value[row] = max(-_LARGEST, min(number, _LARGEST))
        return value

    def _end_in_zero(self, begin: NDArray[np.int64], stop: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which fields are longer than `.0` and end with it."""
        longer = stop - begin > 2
        last, before = (self.data[np.where(longer, stop - back, 0)] for back in (1, 2))
        return longer & (last == _ZERO) & (before == _POINT)

    def are_strands(self, column: int) -> NDArray[np.bool_]:
        """Tell which lines have + or - in a column, which every line must have, `(lines,)`."""
        begin, stop = self.field(column)
        letter = self.data[np.minimum(begin, len(self.data) - 1)]
        return (stop - begin == 1) & ((letter == ord("+")) | (letter == _MINUS))

    def strands(self, column: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Tell which lines have a strand in a column, which every line must have, and which have +, `(lines,)` each.

        A strand is + or -, or a word for it (`files.columns.strand_of`).
        """
        known = self.are_strands(column)
        begin, stop = self.field(column)
        plus = known & (self.data[np.minimum(begin, len(self.data) - 1)] == ord("+"))
        odd = np.flatnonzero(~known & (stop > begin) & (stop - begin <= LONGEST_STRAND))
        if len(odd):
            places = begin[odd, None] + np.arange(LONGEST_STRAND)
            inside = places < stop[odd, None]  # (odd lines, letters)
            letters = np.where(inside, self.data[np.where(inside, places, 0)], 0).astype(np.uint8)
            words, of_line = np.unique(letters.view(f"S{LONGEST_STRAND}")[:, 0], return_inverse=True)
            meant = np.array([strand_of(word.decode("latin-1")) for word in words])[of_line]
            known[odd], plus[odd] = meant != "", meant == "+"
        return known, plus

    def names(self, column: int) -> tuple[list[str], NDArray[np.int64]]:
        """Parse a column of names: the distinct names, and each line's index `(lines,)` into them."""
        begin, stop = self.field(column)
        width = stop - begin
        bad = (width < 1) | (width > _LONGEST_NAME)
        if bad.any():
            raise self.fail(int(bad.argmax()), f"column {column + 1} is not a name of 1-{_LONGEST_NAME} letters")
        changes = self._words.changes(begin, width)
        begin, width = begin[changes], width[changes]
        places = np.arange(int(width.max(initial=1)))
        inside = places < width[:, None]  # (runs of lines, letters)
        letters = np.where(inside, self.data[np.where(inside, begin[:, None] + places, 0)], 0).astype(np.uint8)
        runs = letters.view(f"S{letters.shape[1]}")[:, 0]
        distinct, of_run = np.unique(runs, return_inverse=True)
        return [name.decode("utf-8", errors="replace") for name in distinct], of_run[np.cumsum(changes) - 1]


def split_table(path: str | Path, block: bytes, lines_before: int) -> Table:
    """Find the data lines and tabs of a block of whole lines.

    Comments, track lines and blanks are left out. Where the first data line has no tab, blanks separate columns.
    """
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    block = _with_tabs(block)
    data = np.frombuffer(block, dtype=np.uint8)
    ends = np.flatnonzero(data == _NEWLINE)
    if len(data) and data[-1] != _NEWLINE:
        ends = np.append(ends, len(data))
    starts = np.concatenate([[0], ends[:-1] + 1]) if len(ends) else ends
    keep = ends > starts
    first = data[np.minimum(starts, max(len(data) - 1, 0))] if len(data) else data
    keep &= first != _HASH
    # few lines begin with a blank or a tab: those of nothing else, and comments
    for row in np.flatnonzero(keep & ((first == _BLANK) | (first == _TAB))).tolist():
        keep[row] = data[starts[row] : ends[row]].tobytes().strip()[:1] not in (b"", b"#")
    for row in np.flatnonzero(keep & np.isin(first, _FIRST_LETTERS)).tolist():
        keep[row] = not data[starts[row] : ends[row]].tobytes().startswith(_NOT_DATA)
    tabs = np.flatnonzero(data == _TAB)
    lines = lines_before + 1 + np.flatnonzero(keep)
    starts, ends = starts[keep], ends[keep]
    each = len(tabs) // max(len(starts), 1)
    grid = tabs.reshape(len(starts), each) if each and each * len(starts) == len(tabs) else None
    if grid is not None and (grid[:, 0] >= starts).all() and (grid[:, -1] < ends).all():
        # the same number of columns in each line, as nearly always
        first_tab = each * np.arange(len(starts))
        columns = np.full(len(starts), each + 1)
    else:
        first_tab = np.searchsorted(tabs, starts)
        columns = np.searchsorted(tabs, ends) - first_tab + 1
    return Table(path, data, lines, starts, ends, tabs, first_tab, columns)


def _with_tabs(block: bytes) -> bytes:
    """The block with a tab for each run of blanks, if its first data line has blanks and no tab."""
    for found in _LINE.finditer(block):
        line = found[0].strip()
        if line and not line.startswith((b"#", *_NOT_DATA)):
            separated = b"\t" not in line and b" " in line
            return _BLANKS.sub(b"\t", _OUTER.sub(b"", block)) if separated else block
    return block
