"""Motifs as plain matrices: a row for each position below a line A C G T (CIS-BP, TRANSFAC), or UniPROBE's rows."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from cisgrammar.files.columns import split_columns
from cisgrammar.files.text import read_lines
from cisgrammar.iupac import BASES
from cisgrammar.motifs.motif import Motif
from cisgrammar.motifs.rows import MotifRows, numbers

_BASES = re.compile(r"([ACGTUacgtu])\s*[:|]?")
_TRANSFAC_NAME = re.compile(r"(ID|AC|NA)\s+(\S+)")
_MOST_BESIDE = 3
"""Words beside the four numbers of a position: a label, a consensus letter, its information."""
_KIND = "TRANSFAC, CIS-BP or UniPROBE"


def is_matrices(lines: Sequence[str]) -> bool:
    """Whether the lines of a file hold a line A C G T, or UniPROBE's rows below a name, with numbers below."""
    for at, line in enumerate(lines[:-1]):
        order = _order(line)
        if order and _numbers(lines[at + 1], _labels(line, lines[at + 1])) is not None:
            return True
    ended = any(line.startswith("//") for line in lines)  # RSAT
    return len(lines) > 4 and any(map(_is_base_row, lines)) and (ended or not _is_base_row(lines[0]))


def read_matrices(path: str | Path) -> dict[str, Motif]:
    """Read motifs of TRANSFAC, CIS-BP or UniPROBE, or a matrix with a line that names its columns A, C, G and T.

    Columns may be in any order; labels of positions before the numbers and consensus letters behind them are left out.
    A motif has the name that its lines `ID`, `AC` or `NA` (TRANSFAC), `Motif` or `TF Name` (CIS-BP), or the line above
    it give, the first of these; else that of the file without its ending.

    Raises
    ------
    ValueError
        With path and line, as of the other formats.
    """
    rows = MotifRows(path, _KIND)
    name, order, header = "", "", ""
    labels, of_bases, ended = -1, False, True
    for number, text in read_lines(path):
        line = text.strip()
        if not line or line.startswith(("#", ";")) or line == "XX":
            continue
        if line.startswith("//"):
            name, order, ended = "", "", True
        elif found := _order(line):
            order, header, labels = found, line, -1
            rows.begin(name or Path(path).stem, number)
            name = ""
        elif order and (line[0].isdigit() or line[0] in "-."):
            labels = _labels(header, line) if labels < 0 else labels
            values = _numbers(line, labels)
            # a row of something else is told by what takes it
            row = [values[order.index(base)] for base in BASES] if values else split_columns(line)[labels:]
            rows.add(row, number)
        elif _is_base_row(line):
            if ended or name:
                rows.begin(name or Path(path).stem, number)
            name, of_bases, ended = "", True, False
            rows.add_base(_BASES.sub(r"\1 ", _unquoted(line), count=1).split(), number)
        else:
            name, order = _name(line, name), ""
    return rows.of_bases() if of_bases else rows.motifs()


def _order(line: str) -> str:
    """The four bases in the order of a line that names columns, label or consensus aside; empty for another line."""
    words = [word.upper().replace("U", "T") for word in split_columns(line.strip())]
    letters = "".join(word for word in words if word in BASES and len(word) == 1)
    more = [word for word in words if word not in BASES]
    named = len(words) <= len(BASES) + 1 or "".join(words[1:5]) == letters  # behind them SwissRegulon's cons, inf
    return letters if sorted(letters) == sorted(BASES) and named and len(more) <= _MOST_BESIDE else ""


def _labels(header: str, row: str) -> int:
    """How many labels stand before the numbers, 0 or 1, by the line of names and the first row below it."""
    words = split_columns(row.strip())
    named = split_columns(header.strip())[0].upper() not in (*BASES, "U")
    return int(named or (len(words) > len(BASES) and numbers(words[: len(BASES) + 1]) is not None))


def _numbers(line: str, labels: int) -> list[str] | None:
    """The four numbers of a position behind its label; None if there are others but a letter and a number behind."""
    words = split_columns(line.strip())
    values, rest = words[labels : labels + len(BASES)], words[labels + len(BASES) :]
    whole = len(values) == len(BASES) and numbers(values) is not None and all(word.isalpha() for word in rest[:1])
    return values if whole and len(rest) < _MOST_BESIDE and numbers(rest[1:]) is not None else None


def _unquoted(line: str) -> str:
    """A line with blanks between its columns, where commas or quotes were, as R writes a matrix."""
    return " ".join(split_columns(line)) if "," in line or '"' in line else line


def _is_base_row(line: str) -> bool:
    """Whether a line is a base and its numbers, as `A:` and the shares at each position."""
    line = _unquoted(line)
    found = _BASES.match(line)
    words = line[found.end() :].split() if found else []
    return bool(words) and numbers(words) is not None


def _name(line: str, before: str) -> str:
    found = _TRANSFAC_NAME.match(line)
    if found:
        return before if before and found[1] != "ID" else found[2]
    if not any(letter.isalpha() for letter in line):
        return before
    key, _, value = line.partition("\t")
    if key.strip().lower() in ("motif", "tf name") and value.strip():
        return before or value.split()[0]
    return before if "\t" in line or before else line.lstrip(">").split()[0]
