"""The data dictionary of a run's tables, made of their contracts: `docs/tables.md`."""

from __future__ import annotations

import sys
from pathlib import Path

from cisgrammar.files.atomic import write_text
from cisgrammar.tables.contract import Column, Table
from cisgrammar.tables.contracts import (
    ablation,
    binding,
    calibration,
    discover,
    profile,
    simulate,
    splice,
    tracks,
    variants,
    variants_splice,
)

_STAGES = (
    ("Profile chain", profile.TABLES),
    ("Predictions", tracks.TABLES),
    ("Binding", binding.TABLES),
    ("Splicing", splice.TABLES),
    ("Discovery", discover.TABLES),
    ("Ablation", ablation.TABLES),
    ("Variants", variants.TABLES),
    ("Variants at splice sites", variants_splice.TABLES),
    ("Simulations", simulate.TABLES),
    ("Calibration", calibration.TABLES),
)
ALL_TABLES: tuple[Table, ...] = tuple(table for _, tables in _STAGES for table in tables)
"""The contracts of all stages."""
_HEAD = """# Tables

Every table of a run that another step reads: what a row is, and its columns. This page is made of
`workflow/cisgrammar/tables/contracts` (`make docs`); the same contracts check each table when it is written and
when it is read.

Tables are tab-separated, with one header line. Numbers have 6 significant digits unless it says otherwise. A missing
number is `nan`, a missing text an empty field; a column may have gaps only where it says so. Coordinates are 0-based
and half-open, in bp; logarithms are natural. Names stay text, whatever they look like: read them with
`dtype=str, keep_default_na=False`.
"""


def tables_page() -> str:
    """The page: a section a stage, a table of columns a table."""
    sections = [f"## {stage}\n\n" + "\n".join(map(_section, tables)) for stage, tables in _STAGES]
    return "\n".join([_HEAD, *sections])


def _section(table: Table) -> str:
    digits = f" Numbers have {table.digits} digits." if table.digits != 6 else ""
    rows = "\n".join(map(_row, table.columns))
    head = "| column | kind | gaps | what it holds |\n|---|---|---|---|"
    return f"### `{table.path}`\n\nA row is {table.rows}.{digits}\n\n{head}\n{rows}\n"


def _row(column: Column) -> str:
    gaps = "yes" if column.missing else ""
    meaning = column.meaning.replace("|", "\\|")
    optional = " Not in every such table." if column.optional else ""
    return f"| `{column.name}` | {column.kind} | {gaps} | {meaning}{optional} |"


def main(path: str) -> None:
    """Write the page to `path`."""
    write_text(Path(path), tables_page())


if __name__ == "__main__":
    main(sys.argv[1])
