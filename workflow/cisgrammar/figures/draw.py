"""Draw a figure of a given name: its table first, and then the picture from that table alone."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from cisgrammar.atomic import atomic_path, format_table, write_text
from cisgrammar.figures.style import styled
from cisgrammar.tables import read_table


class Drawn(NamedTuple):
    """A figure and the numbers that it shows."""

    figure: Figure
    table: pd.DataFrame


def draw(figure: ModuleType | str, inputs: Mapping[str, str]) -> Drawn:
    """Draw a figure from the files of a run.

    Parameters
    ----------
    figure
        Module, or the name of one of this package, with `tabulate(inputs)`, which gives the numbers that are shown as
        one table, and `paint(table)`, which draws them and sees nothing else.
    inputs
        Name -> path of what `tabulate` reads.

    Returns
    -------
    Drawn
        `paint` was given the table as the TSV has it, with six digits: the picture can be drawn from that file again.
    """
    module = import_module(f"cisgrammar.figures.{figure}") if isinstance(figure, str) else figure
    table = read_table(io.StringIO(format_table(module.tabulate(inputs))))
    return Drawn(module.paint(table), table)


def redraw(figure: ModuleType | str, table: str | Path) -> Figure:
    """Draw a figure from its own TSV."""
    module = import_module(f"cisgrammar.figures.{figure}") if isinstance(figure, str) else figure
    return module.paint(read_table(table))


def write_drawn(drawn: Drawn, stem: Path, formats: tuple[str, ...] = ("pdf", "png")) -> None:
    """Write the table as `<stem>.tsv`, and the picture in each format beside it; close the figure."""
    write_text(stem.with_name(f"{stem.name}.tsv"), format_table(drawn.table))
    write_picture(drawn.figure, stem, formats)


def write_picture(figure: Figure, stem: Path, formats: tuple[str, ...] = ("pdf", "png")) -> None:
    """Write a picture as `<stem>.pdf`, `.png`, `.svg`, and close it.

    No file holds a date or a version, so the same numbers give the same bytes.
    """
    # Matplotlib's font subsetting tells every table that it drops.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    with styled():
        for kind in formats:
            with atomic_path(stem.with_name(f"{stem.name}.{kind}")) as partial:
                figure.savefig(partial, format=kind, metadata=_NO_DATE[kind])
    plt.close(figure)


_NO_DATE = {
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}
