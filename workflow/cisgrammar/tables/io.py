"""Read the tables that a run has written."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    import pandas as pd

# A chromosome or a head may be called 1, and is text all the same.
_TEXT = (
    *("chrom", "gene_id", "name", "head", "model", "kind", "fold", "role", "part", "motif", "library", "binding"),
    *("matched_to", "name_a", "name_b", "motifs", "panel", "series", "locus", "sequence", "stage"),
)


def read_table(path: str | Path | TextIO, columns: Sequence[str] = ()) -> pd.DataFrame:
    """Read a table that `atomic.write_table` wrote; names stay text, even if they look like numbers.

    Parameters
    ----------
    path
        TSV with a header, or an open one; `nan` and empty fields are missing values, nothing else is.
    columns
        Columns that it must have.

    Raises
    ------
    ValueError
        Naming the columns that it lacks.
    """
    import pandas as pd

    table = pd.read_csv(path, sep="\t", dtype=dict.fromkeys(_TEXT, str), keep_default_na=False, na_values=["nan", ""])
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ValueError(f"{path}: no column {', '.join(missing)}; delete it and run its stage again")
    return table
