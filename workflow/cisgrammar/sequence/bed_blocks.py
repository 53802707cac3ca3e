"""Text of regions and reads in blocks of lines as BED has them, whatever separates, orders or names the columns."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from cisgrammar.files.columns import separator_of, split_columns
from cisgrammar.files.text import BLOCK, read_blocks
from cisgrammar.sequence.named_columns import NamedColumns, are_numbered, names_place

logger = logging.getLogger(__name__)

NOT_DATA = (b"#", b"track ", b"track\t", b"browser ", b"browser\t")
"""How lines begin that hold no record."""
_LINE = re.compile(rb"[^\n]+")
_DIGIT = re.compile(r"[0-9]")
# Names of the columns of both mates, as `start1`, end with a digit.
_OF_MATES = re.compile(r"(chr(om)?|start|end|stop|strand)_?[12]", re.IGNORECASE)
_MARKS = (",", ";")
_MOST_HELD = 1 << 26
"""Bytes of comments at the beginning that are kept until the first lines of data come."""


def bed_blocks(path: str | Path, size: int = BLOCK) -> Iterator[bytes]:
    """Yield a file's lines in blocks, each line in its place and with tabs between columns in the order of BED.

    The first data line tells what separates the columns: tabs, without one commas or semicolons, else blanks, which
    stay where nothing else is to be changed. Quotes are taken off. A first line that names the columns becomes empty
    wherever it is repeated, and what it names goes to its place (`NamedColumns`); without one, numbers of rows before
    the chromosome are taken off.

    Raises
    ------
    ValueError
        As `read_blocks`.
    """
    form: _Form | None = None
    held = b""
    for block in read_blocks(path, size):
        if form is None:
            held += block
            form = _Form.of(held) if _data_lines_of(held) > 1 or len(held) > _MOST_HELD else None
            block, held = (held, b"") if form else (b"", held)
            if form and form.from_one:
                logger.warning("%s: starts count from 1, by the names of its columns", path)
        if form is not None:
            yield form.plain(block)
    if held:
        form = _Form.of(held)
        yield form.plain(held) if form else held


@dataclass(frozen=True)
class _Form:
    """What is to be changed about the lines of a file.

    Attributes
    ----------
    header
        The line that names the columns, empty for none.
    mark
        Comma or semicolon between columns; empty for tabs or blanks.
    quotes
        Whether there are quotes to take off.
    ordered
        The columns of a line -> those of BED; None if they are the same.
    from_one
        Whether starts count from 1 by the names of the columns.
    """

    header: bytes
    mark: str
    quotes: bool
    ordered: Callable[[Sequence[str]], list[str]] | None
    from_one: bool = False

    @classmethod
    def of(cls, block: bytes) -> _Form | None:
        """What a file's first block tells; None if it has no data line."""
        lines = list(islice(_data_lines(block), 2))
        if not lines:
            return None
        header = names_of_columns(block)
        first = lines[-1] if header else lines[0]
        text = first.decode("latin-1")
        columns, mark = split_columns(text), separator_of(text)
        mark = mark if mark in _MARKS else ""
        quotes = any(b'"' in line for line in lines)
        # a quoted column may hold the mark
        ordered: Callable[[Sequence[str]], list[str]] | None = list if quotes and mark else None
        from_one = False
        if header:
            named = NamedColumns.of(split_columns(header.decode("latin-1")))
            from_one = named.from_one
            if not named.as_they_are or named.as_bed(columns) != columns:
                ordered = named.as_bed
        elif are_numbered(columns):
            ordered = _without_first
        return cls(header, mark, quotes, ordered, from_one)

    def plain(self, block: bytes) -> bytes:
        """A block of whole lines as BED has them."""
        if self.header:
            block = without_line(block, self.header)
        if self.ordered is not None:
            return b"\n".join(map(self._line, block.split(b"\n")))
        if self.quotes:
            block = block.replace(b'"', b"")
        return block.replace(self.mark.encode(), b"\t") if self.mark else block

    def _line(self, line: bytes) -> bytes:
        if self.ordered is None or not line.strip() or line.lstrip().startswith(NOT_DATA):
            return line
        return "\t".join(self.ordered(split_columns(line.decode("latin-1").strip("\r")))).encode("latin-1")


def _without_first(columns: Sequence[str]) -> list[str]:
    return list(columns[1:])


def _data_lines(block: bytes) -> Iterator[bytes]:
    for found in _LINE.finditer(block):
        line = found[0].rstrip(b"\r")
        if line.strip() and not line.lstrip().startswith(NOT_DATA):
            yield line


def _data_lines_of(block: bytes) -> int:
    return len(list(islice(_data_lines(block), 2)))


def names_of_columns(block: bytes) -> bytes:
    """The first data line of a file's first block, if it names columns; else empty.

    Such a line has no digit in its second and third column, but in names such as `start1`, and no whole number in any:
    GFF has texts in the second and third.
    """
    line = next(_data_lines(block), b"")
    fields = [field.strip() for field in split_columns(line.decode("latin-1"))]
    names = len(fields) >= 3 and all(map(_is_name, fields[1:3]))
    return line if names and not any(field.isdigit() for field in fields) else b""


def _is_name(field: str) -> bool:
    return bool(field) and (not _DIGIT.search(field) or bool(_OF_MATES.fullmatch(field)) or names_place(field))


def without_line(block: bytes, line: bytes) -> bytes:
    """A block of whole lines with every line that is this one empty, so that all keep their numbers."""
    return re.sub(rb"^" + re.escape(line) + rb"(?=\r?$)", b"", block, flags=re.MULTILINE)
