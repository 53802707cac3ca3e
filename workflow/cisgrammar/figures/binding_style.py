"""What the figures of the binding stage have in common: colours of strands, numbers of reads, panels."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, COLUMN, TWO_COLUMNS, VERMILION, new_figure
from cisgrammar.tables import read_table

# Normal quantile of a 95 % interval.
Z95 = 1.96
STRANDS = {"+": BLUE, "-": VERMILION}
PLACEMENTS = {"same": BLUE, "opposite": VERMILION}


def fitted_reads(inputs: Mapping[str, str]) -> str:
    """How many reads the model was fitted to, by `heldout`; empty if that table is not given."""
    if "heldout" not in inputs:
        return ""
    table = read_table(inputs["heldout"], ["library", "split", "model", "reads"])
    fit = table[(table["model"] == "fit") & (table["split"] == "train")]
    libraries = "" if len(fit) == 1 else f" of {len(fit)} libraries"
    return f"n = {int(fit['reads'].sum()):,} reads{libraries}" if len(fit) else ""


def panels(number: int, height: float, **options: object) -> tuple[Figure, list[Axes]]:
    """Return a figure of at least `number` panels, `height` inches each: one column wide, two from two panels on.

    Panels that are too many are switched off.
    """
    columns = min(number, 2)
    rows = -(-number // columns)
    width = COLUMN if columns == 1 else TWO_COLUMNS
    figure, axes = new_figure(rows, columns, (width, height * rows), **options)
    for axis in axes[number:]:
        axis.axis("off")
    return figure, axes[:number]
