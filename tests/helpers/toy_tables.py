"""A small frame for any contract."""

import pandas as pd

from cisgrammar.tables.contract import Table

NAMES = ("1", "nan", "NFI/CTF", "1e5", "NA", "007", 'a "b"', "True")


def made_table(table: Table, names=NAMES) -> pd.DataFrame:
    """A row for each name, in every column of text; numbers count up."""
    rows = range(len(names))
    values = {
        "text": list(names),
        "integer": list(rows),
        "number": [0.5 * i for i in rows],
        "flag": [i % 2 == 0 for i in rows],
    }
    columns = {column.name.replace("*", "1"): values[column.kind] for column in table.columns}
    return pd.DataFrame(columns)


def filled(table: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """A frame with the columns that it lacks: `x`, 0 and True, in the contract's order."""
    fill = {"text": "x", "integer": 0, "number": 0.0, "flag": True}
    more = {c.name: fill[c.kind] for c in table.columns if c.name in table.names and c.name not in frame}
    known = frame.assign(**more)
    first = [name for name in table.names if name in known]
    return known[[*first, *(name for name in known if name not in first)]]
