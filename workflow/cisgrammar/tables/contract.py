"""What a table holds: its columns, their kinds, units and gaps, checked when it is written and when it is read."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cisgrammar.files.atomic import atomic_path, format_table, write_text

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["text", "integer", "number", "flag"]
_WANTED = {"text": "text", "integer": "whole numbers", "number": "numbers", "flag": "True or False"}
_FLAGS = ("True", "False")
_OLD = "delete it and run its stage again"
_FAULT = "nothing was written; please report this"


def in_blocks(frame: pd.DataFrame, rows: int = 1 << 13) -> Iterator[pd.DataFrame]:
    """Yield a table in blocks of rows, of which there is at least one."""
    for first in range(0, max(len(frame), 1), rows):
        yield frame.iloc[first : first + rows]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name
        As in the header. A `*` at the end stands for what varies: `train_*` is every column that begins so and has no
        column of its own.
    kind
        text, integer, number or flag. What is text stays text: a motif may be called `1` or `nan`.
    meaning
        What it holds, with its unit.
    missing
        Whether a row may have none: an empty field of text, `nan` of a number.
    optional
        Whether a table may be without the column.
    """

    name: str
    kind: Kind
    meaning: str
    missing: bool = False
    optional: bool = False

    def matches(self, name: str) -> bool:
        """Whether a column of a file is of this kind."""
        return name.startswith(self.name[:-1]) if self.name.endswith("*") else name == self.name


def text(name: str, meaning: str, missing: bool = False) -> Column:
    """A column of names or words; an empty field is a missing one."""
    return Column(name, "text", meaning, missing)


def integer(name: str, meaning: str, missing: bool = False) -> Column:
    """A column of whole numbers."""
    return Column(name, "integer", meaning, missing)


def number(name: str, meaning: str, missing: bool = False) -> Column:
    """A column of numbers."""
    return Column(name, "number", meaning, missing)


def flag(name: str, meaning: str, missing: bool = False) -> Column:
    """A column of True and False."""
    return Column(name, "flag", meaning, missing)


@dataclass(frozen=True)
class Table:
    """The contract of a table: who writes it and who reads it go by this.

    Attributes
    ----------
    path
        Where it is in the results folder.
    rows
        What one row is.
    columns
        In their order.
    digits
        Significant digits of numbers.
    """

    path: str
    rows: str
    columns: tuple[Column, ...] = field(repr=False)
    digits: int = 6

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns that every such table has."""
        return tuple(c.name for c in self.columns if not c.optional and not c.name.endswith("*"))

    def write(self, path: str | Path, frame: pd.DataFrame) -> None:
        """Write a table as TSV; one without rows gets the header all the same.

        Raises
        ------
        ValueError
            Naming the file, the column, what is in it and what was wanted; nothing is written then.
        """
        if not len(frame):
            frame = frame.reindex(columns=frame.columns if len(frame.columns) else list(self.names))
        write_text(path, format_table(self._checked(path, frame), self.digits))

    def write_blocks(self, path: str | Path, frames: Iterable[pd.DataFrame]) -> None:
        """Write a table that comes in blocks of rows, at least one: the bytes of `write` of all of them together."""
        with atomic_path(path) as partial, partial.open("w", encoding="utf-8", newline="") as handle:
            for number, frame in enumerate(frames):
                handle.write(format_table(self._checked(path, frame), self.digits, header=number == 0))

    def _checked(self, path: str | Path, frame: pd.DataFrame) -> pd.DataFrame:
        """A table as it is written; ValueError if it is not of the contract."""
        columns = self._columns(path, list(frame.columns), _FAULT)
        if list(columns) != list(frame.columns):
            raise ValueError(f"{path}: columns are {', '.join(frame.columns)}; wanted the order {', '.join(columns)}")
        for name, column in columns.items():
            self._check(path, frame[name], column, _FAULT)
        gaps = [name for name, column in columns.items() if column.kind == "text" and column.missing]
        filled = {name: frame[name].astype(object).where(frame[name].notna(), "") for name in gaps}
        return frame.assign(**filled)

    def write_rows(self, path: str | Path, rows: Iterable[Sequence[object]]) -> None:
        """Write rows whose numbers are formatted already; every value is checked, as by `write`."""
        with atomic_path(path) as partial, partial.open("w", newline="") as handle:
            out = csv.writer(handle, delimiter="\t", lineterminator="\n")
            out.writerow(self.names)
            for number, row in enumerate(rows, start=1):
                values = [str(value) for value in row]
                if len(values) != len(self.names):
                    wanted = f"wanted {len(self.names)}; {_FAULT}"
                    raise ValueError(f"{path}: row {number} has {len(values)} values, {wanted}")
                for column, value in zip(self.columns, values, strict=True):
                    if not _fits(column, value):
                        raise ValueError(_message(path, column, column.name, f"{value!r} in row {number}", _FAULT))
                out.writerow(values)

    def read(self, path: str | Path) -> pd.DataFrame:
        """Read a table that `write` wrote.

        Text stays text, even if it looks like a number; a missing value is nan.

        Raises
        ------
        ValueError
            Naming the file, the column, what is in it, what was wanted and what to do.
        """
        (frame,) = self.read_blocks(path, None)
        return frame

    def read_blocks(self, path: str | Path, rows: int | None = 1 << 13) -> Iterator[pd.DataFrame]:
        """Read a table as `read` does, but in blocks of so many rows, of which there is at least one."""
        before = 0
        for frame in self._parsed(path, rows):
            for name, column in self._columns(path, list(frame.columns), _OLD).items():
                self._check(path, frame[name], column, _OLD, before)
            before += len(frame)
            yield frame

    def _parsed(self, path: str | Path, rows: int | None) -> Iterator[pd.DataFrame]:
        import pandas as pd

        try:
            header = pd.read_csv(path, sep="\t", nrows=0)
            columns = self._columns(path, list(header.columns), _OLD)
            kinds = {name: _dtype(column) for name, column in columns.items()}
            gaps = {name: _gaps(column) for name, column in columns.items()}
            known = {name: kind for name, kind in kinds.items() if kind is not None}
            found = pd.read_csv(path, sep="\t", dtype=known, keep_default_na=False, na_values=gaps, chunksize=rows)
            yield from [found] if rows is None else found
        except pd.errors.EmptyDataError:
            raise ValueError(f"{path}: an empty file; wanted the columns {', '.join(self.names)}; {_OLD}") from None
        except pd.errors.ParserError as error:
            raise ValueError(f"{path}: {' '.join(str(error).split())}; {_OLD}") from None
        except (ValueError, TypeError, OverflowError) as error:
            self._find_fault(path)
            raise ValueError(f"{path}: {error}") from error

    def _columns(self, path: str | Path, names: Sequence[str], remedy: str) -> dict[str, Column]:
        """The contract's columns by their names in a file, in the contract's order."""
        exact = {column.name for column in self.columns}
        found = {
            name: column
            for column in self.columns
            for name in names
            if column.matches(name) and (name == column.name or name not in exact)
        }
        lacks = [name for name in self.names if name not in found]
        if lacks:
            raise ValueError(f"{path}: no column {', '.join(lacks)}, got {', '.join(names)}; {remedy}")
        unknown = [name for name in names if name not in found]
        if unknown:
            wanted = ", ".join(column.name for column in self.columns)
            raise ValueError(f"{path}: unknown column {', '.join(unknown)}; wanted {wanted}; {remedy}")
        return found

    def _check(self, path: str | Path, values: pd.Series, column: Column, remedy: str, before: int = 0) -> None:
        """ValueError if a column's values are not of its kind, or are missing where none may be.

        `before` rows of the table came earlier.
        """
        known = values[values.notna()]
        if len(known) and not _is_kind(known, column.kind):
            bad = next((value for value in known.tolist() if not _fits(column, str(value))), known.tolist()[0])
            raise ValueError(_message(path, column, str(values.name), f"{bad!r} ({known.dtype})", remedy))
        gap = values.isna() | (values == "") if column.kind == "text" else values.isna()
        if not column.missing and gap.any():
            raise ValueError(
                _message(path, column, str(values.name), f"nothing in row {before + int(gap.argmax()) + 1}", remedy)
            )

    def _find_fault(self, path: str | Path) -> None:
        """ValueError that names the first field of a file that is not of its column's kind."""
        import pandas as pd

        plain = pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False).fillna("")
        for name, column in self._columns(path, list(plain.columns), _OLD).items():
            for number, value in enumerate(plain[name], start=1):
                if not _fits(column, value):
                    raise ValueError(_message(path, column, name, f"{value!r} in row {number}", _OLD)) from None


def _message(path: str | Path, column: Column, name: str, got: str, remedy: str) -> str:
    where = f" ({column.meaning})" if column.meaning else ""
    gaps = " or nothing" if column.missing else " in every row"
    return f"{path}: column {name}{where}: got {got}; wanted {_WANTED[column.kind]}{gaps}; {remedy}"


def _dtype(column: Column) -> type | None:
    """What pandas parses a column as; None where gaps decide it."""
    if column.missing and column.kind in ("flag", "integer"):
        return None
    return {"text": str, "number": float, "integer": int, "flag": bool}[column.kind]


def _gaps(column: Column) -> list[str]:
    if column.kind == "text":
        return [""] if column.missing else []
    return ["nan", ""] if column.missing else []


def _is_kind(values: pd.Series, kind: Kind) -> bool:
    """Whether values, none of them missing, are of a kind."""
    import pandas as pd

    found = pd.api.types.infer_dtype(values)
    if kind == "integer":
        return found == "integer" or (found == "floating" and bool((values % 1 == 0).all()))
    wanted = {"text": ("string",), "number": ("floating", "integer", "mixed-integer-float"), "flag": ("boolean",)}
    return found in wanted[kind]


def _fits(column: Column, value: str) -> bool:
    """Whether a field of a file is of its column's kind."""
    if value == "" or (value == "nan" and column.kind != "text"):
        return column.missing
    if column.kind == "text":
        return True
    if column.kind == "flag":
        return value in _FLAGS
    try:
        parsed = float(value)
    except ValueError:
        return False
    return not math.isnan(parsed) and (column.kind == "number" or parsed.is_integer())
