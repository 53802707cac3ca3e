"""Read tab-separated tables; those of a run are read by their contracts."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import pandas as pd


def read_table(
    path: str | Path | TextIO,
    columns: Sequence[str] = (),
    text: Sequence[str] = (),
    text_or_none: Sequence[str] = (),
) -> pd.DataFrame:
    """Read a table that somebody else made, or a figure's own.

    Parameters
    ----------
    path
        TSV with a header, or an open one; `nan` and empty fields are missing values, nothing else is.
    columns
        Columns that it must have.
    text
        Columns of names without gaps: what looks like a number or like nothing (`1`, `nan`) is a name all the same.
    text_or_none
        Columns of names with gaps.

    Raises
    ------
    ValueError
        Naming the columns that it lacks; naming the file if it is no table of UTF-8 text.
    """
    import pandas as pd

    try:
        header = list(pd.read_csv(path, sep="\t", nrows=0, encoding="utf-8-sig").columns)
    except (UnicodeError, pd.errors.EmptyDataError, pd.errors.ParserError) as error:
        raise _no_table(path, error) from None
    missing = [column for column in columns if column not in header]
    if missing:
        raise ValueError(f"{path}: no column {', '.join(missing)}; delete it and run its stage again")
    if not isinstance(path, str | Path):
        path.seek(0)
    gaps = {name: [] if name in text else ["nan", ""] for name in header}
    kinds = dict.fromkeys((*text, *text_or_none), str)
    try:
        return pd.read_csv(path, sep="\t", dtype=kinds, keep_default_na=False, na_values=gaps, encoding="utf-8-sig")
    except (UnicodeError, pd.errors.ParserError) as error:
        raise _no_table(path, error) from None


def rows_of(path: str | Path) -> Iterator[dict[str, str]]:
    """Yield the rows of a table of a run as text, column -> field: memory does not grow with their number."""
    with open(path, newline="", encoding="utf-8") as handle:
        yield from csv.DictReader(handle, delimiter="\t")


def _no_table(path: object, error: Exception) -> ValueError:
    fault = " ".join(str(error).split())
    return ValueError(f"{path}: no table of UTF-8 text ({fault}); wanted a header and tabs between columns")
