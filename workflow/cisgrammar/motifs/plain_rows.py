"""Motifs as rows of four numbers without names of columns: STAMP's, below a line `DE name`, and a matrix alone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from cisgrammar.files.columns import split_columns
from cisgrammar.files.text import read_lines
from cisgrammar.iupac import BASES
from cisgrammar.motifs.motif import Motif
from cisgrammar.motifs.rows import MotifRows, are_positions, numbers

_NAME = re.compile(r"DE\s+(\S+)")
_ENDS = ("XX", "//")


def is_plain(lines: Sequence[str]) -> bool:
    """Whether the lines of a file are STAMP's, or rows of four numbers alone that are positions."""
    rest = [line for line in lines if line.strip() not in _ENDS]
    named = [at for at, line in enumerate(rest) if _NAME.match(line)]
    if named:
        return named[0] == 0 and len(rest) > 1 and numbers(_fields(rest[1])) is not None
    values = [numbers(split_columns(line)) or [] for line in rest]
    if len(rest) < 2 or any(len(row) != len(BASES) for row in values):
        return False
    # four rows of four may be a base each
    return len(rest) != len(BASES) or are_positions(values)


def read_plain(path: str | Path) -> dict[str, Motif]:
    """Read motifs whose rows are positions and whose columns are A, C, G and T, as shares or counts.

    STAMP's rows have a label before the numbers and may have a letter behind them. Without a line `DE name` the motif
    has the name of the file without its ending.

    Raises
    ------
    ValueError
        With path and line, as of the other formats.
    """
    rows = MotifRows(path, "STAMP")
    for number, line in _lines(path):
        named = _NAME.match(line)
        if named:
            rows.begin(named[1], number)
            labelled = True
        else:
            if rows.empty:
                rows.begin(Path(path).stem, number)
                labelled = False
            rows.add(_fields(line) if labelled else split_columns(line), number)
    return rows.motifs()


def _lines(path: str | Path) -> Iterator[tuple[int, str]]:
    for number, text in read_lines(path):
        line = text.strip()
        if line and not line.startswith("#") and line not in _ENDS:
            yield number, line


def _fields(line: str) -> list[str]:
    """The numbers of a row of STAMP's: without its label, and without the letter behind them."""
    fields = split_columns(line.strip())[1:]
    return fields[:-1] if len(fields) > len(BASES) and fields[-1].isalpha() else fields
