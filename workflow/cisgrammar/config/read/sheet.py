"""Sheets: tables of text with a header, as editors and spreadsheets write them."""

from __future__ import annotations

import csv
import string
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError

from cisgrammar.config.fields import ConfigError, problems
from cisgrammar.config.read.kinds import kinds, nearest
from cisgrammar.files.text import read_text

Row = dict[str, str]
# What text copied from web pages and documents has around it, blanks of all kinds among it.
_UNSEEN = string.whitespace + "\u00a0\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_NOTHING = ("na", "n/a", "nan", "<na>", "null", "-", ".")
# How .xlsx and .ods (zip), and .xls begin.
_SPREADSHEETS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_sheet(path: str | Path, model: type[BaseModel], key: str, row: str) -> Iterator[tuple[str, Row]]:
    """Yield `path: row N` and the filled cells of each row of a sheet, by the name of their column.

    Cells are separated by tabs, or by commas or semicolons where the header has no tab, or by blanks where its names
    are those of columns and each row has as many cells. Optional cells of `NA`, `-` and the like are empty. Lines
    that start with # and rows of blanks are left out, but for a line above the first row that names every column that
    must be there: it is the header. Blanks around cells, capitals in the header and in words to choose from, columns
    without name and content, a byte order mark, UTF-16 with a mark, and the line ends of any system are taken.
    Optional cells may be left out at the end of a row.

    Parameters
    ----------
    path
        The sheet.
    model
        Its columns.
    key
        The key of the config that names the sheet.
    row
        What one row stands for.

    Raises
    ------
    ConfigError
        If there is no such file, it is no text or has no rows; with a line for each column that is missing, unknown or
        there twice and each row with more or fewer cells than the header.
    """
    path = Path(path)
    if not path.exists():
        raise ConfigError(f"{key}: no file {path}; write one row per {row} (config/README.md shows the columns)")
    if _is_spreadsheet(path):
        raise ConfigError(f"{key}: {path}: a spreadsheet's own file; save it as text, cells separated by tabs")
    try:
        lines = _rows(read_text(path).splitlines(), model)
    except ValueError as error:
        raise ConfigError(f"{key}: {error}") from None
    try:
        table = _by_blanks(lines, model) or list(csv.reader(lines, delimiter=_delimiter(lines[0] if lines else "")))
    except csv.Error as error:
        raise ConfigError(f"{key}: {path}: not a table ({error}); separate cells by tabs") from None
    cells = [[cell.strip(_UNSEEN) for cell in line] for line in table]
    cells = [line for line in cells if any(line)]
    if len(cells) < 2:
        raise ConfigError(f"{path}: no rows; write a header and one row per {row}")
    width = max(index for index, name in enumerate(cells[0]) if name) + 1
    header = [name.lower() for name in cells[0][:width]]
    faults = _header_faults(path, header, model)
    optional = [name in model.model_fields and not model.model_fields[name].is_required() for name in header]
    for number, line in enumerate(cells[1:], start=1):
        if any(line[width:]) or not all(optional[len(line) :]):
            which = "more" if len(line) > width else "fewer"
            faults.append(f"{path}: row {number}: {which} fields than the header has; separate them by tabs")
    if faults:
        raise ConfigError("\n".join(faults))
    for number, line in enumerate(cells[1:], start=1):
        named = zip(header, line, optional, strict=False)
        filled = {name: _chosen(cell, model, name) for name, cell, may in named if cell and not (may and _none(cell))}
        yield f"{path}: row {number}", filled


def _rows(lines: Sequence[str], model: type[BaseModel]) -> list[str]:
    """The header and the rows: lines that are neither blank nor comments."""
    filled = [line for line in lines if line.strip()]
    rows = [line for line in filled if not line.lstrip().startswith("#")]
    before = list(takewhile(lambda line: line.lstrip().startswith("#"), filled))
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    names = [line.lstrip().lstrip("#") for line in (*rows[:1], *reversed(before))]
    header = next((line for line in names if required <= set(_names(line))), None)
    return rows if header is None or header == names[0] else [header, *rows]


def _names(line: str) -> list[str]:
    return [name.strip(_UNSEEN).strip('"').lower() for name in line.split(_delimiter(line))]


def _by_blanks(lines: Sequence[str], model: type[BaseModel]) -> list[list[str]]:
    """The cells of a table that blanks separate, as text that was copied from a page has it; nothing if it is none."""
    table = [line.split() for line in lines]
    names = [name.strip('"').lower() for name in table[0]] if table and _delimiter(lines[0]) == "\t" else []
    known = len(names) > 1 and "\t" not in lines[0] and set(names) <= set(model.model_fields)
    return table if known and all(len(line) == len(names) for line in table) else []


def _chosen(cell: str, model: type[BaseModel], name: str) -> str:
    """A cell as the words that its column allows are written, if it is one of them but for capitals."""
    words = {word.lower(): word for word in _words(model.model_fields[name].annotation)}
    return words.get(cell.lower(), cell)


def _none(cell: str) -> bool:
    """Whether an optional cell says that there is nothing: what R and pandas write, and people."""
    return cell.lower() in _NOTHING


def _words(annotation: Any) -> Iterator[str]:
    for kind in kinds(annotation):
        if get_origin(kind) is Literal:
            yield from (word for word in get_args(kind) if isinstance(word, str))


def _is_spreadsheet(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as handle:
        return handle.read(4) in _SPREADSHEETS


def _delimiter(header: str) -> str:
    if "\t" in header:
        return "\t"
    return max(",;", key=header.count) if set(",;") & set(header) else "\t"


def _header_faults(path: Path, header: list[str], model: type[BaseModel]) -> list[str]:
    columns = list(model.model_fields)
    if len(header) == 1 and len(header[0].split()) > 1:
        return [f"{path}: the header has one column, {header[0][:60]!r}; separate cells by tabs"]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    faults = [f"{path}: two columns are called {name}; take one out" for name in twice]
    if "" in header:
        faults.append(f"{path}: column {header.index('') + 1} has no name; write one, or take the column out")
    for name in dict.fromkeys(name for name in header if name and name not in columns):
        shown = name if name.isprintable() else repr(name)
        close = nearest(name, columns)
        cure = f"did you mean {close}?" if close else f"the columns are {', '.join(columns)}"
        faults.append(f"{path}: unknown column {shown}; {cure}")
    required = [name for name, field in model.model_fields.items() if field.is_required()]
    faults += [f"{path}: no column {name}; the header must have it" for name in required if name not in header]
    return faults


def row_faults(where: str, error: ValidationError, model: type[BaseModel]) -> list[str]:
    """The faults of one row, each a line that begins with the row's place."""
    return [f"{where}: {line.removeprefix('config: ')}" for line in problems(error, model)]
