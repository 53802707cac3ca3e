"""What the figures of the binding stage have in common: colours of strands, numbers of reads."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from cisgrammar.figures.style import BLUE, VERMILION
from cisgrammar.tables.contracts import binding

STRANDS = {"+": BLUE, "-": VERMILION}
PLACEMENTS = {"same": BLUE, "opposite": VERMILION}


def with_reads(table: pd.DataFrame, inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table with how many reads of how many libraries were fitted, by `heldout`; 0 if that is not given."""
    if "heldout" not in inputs:
        return table.assign(fitted_reads=0, libraries=0)
    heldout = binding.HELDOUT.read(inputs["heldout"])
    fit = heldout[(heldout["model"] == "fit") & (heldout["split"] == "train")]
    return table.assign(fitted_reads=int(fit["reads"].sum()), libraries=len(fit))


def fitted_reads(table: pd.DataFrame) -> str:
    """How many reads were fitted, in words, from the columns that `with_reads` adds; empty if unknown."""
    reads, libraries = int(table["fitted_reads"].iloc[0]), int(table["libraries"].iloc[0])
    several = "" if libraries == 1 else f" of {libraries} libraries"
    return f"n = {reads:,} reads{several}" if libraries else ""
