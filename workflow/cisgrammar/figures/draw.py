"""Draw a figure of a given name: its table first, and then the picture from that table alone."""

from __future__ import annotations

import importlib.util
import io
import logging
import traceback
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple, TextIO

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.text import Text

from cisgrammar.config.figures import Figures
from cisgrammar.figures.catalogue import module_of
from cisgrammar.figures.style import styled
from cisgrammar.files.atomic import atomic_path, format_table, write_text
from cisgrammar.tables.io import read_table


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
        one table, and `paint(table)`, which draws them and sees nothing else. It may name columns of names: `TEXT`,
        and `TEXT_OR_NONE` for those with gaps.
    inputs
        Name -> path of what `tabulate` reads.

    Returns
    -------
    Drawn
        `paint` was given the table as the TSV has it, with six digits: the picture can be drawn from that file again.
    """
    module = import_module(module_of(figure)) if isinstance(figure, str) else figure
    table = _read(module, io.StringIO(format_table(module.tabulate(inputs))))
    return Drawn(module.paint(table), table)


def redraw(figure: ModuleType | str, table: str | Path) -> Figure:
    """Draw a figure from its own TSV."""
    module = import_module(module_of(figure)) if isinstance(figure, str) else figure
    return module.paint(_read(module, table))


def _read(module: ModuleType, table: str | Path | TextIO) -> pd.DataFrame:
    """A figure's table; its columns of names stay text, even if a name looks like a number."""
    return read_table(table, text=getattr(module, "TEXT", ()), text_or_none=getattr(module, "TEXT_OR_NONE", ()))


def load_own(script: str | Path) -> ModuleType:
    """A lab's own figure from its file; ValueError unless it has both functions."""
    spec = importlib.util.spec_from_file_location(f"own_figure_{Path(script).stem}", script)
    if spec is None or spec.loader is None or not Path(script).is_file():
        raise ValueError(f"figures.own: {script} is no Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    missing = [name for name in ("tabulate", "paint") if not callable(getattr(module, name, None))]
    if missing:
        raise ValueError(f"{script}: no function {' and '.join(missing)}; docs/figures.md shows one")
    return module


def draw_own(script: str | Path, inputs: Mapping[str, str]) -> Drawn:
    """Draw a lab's own figure; what fails in its script is a ValueError that names the script and the line."""
    try:
        return draw(load_own(script), inputs)
    except Exception as error:
        if isinstance(error, ValueError) and str(script) in str(error):
            raise
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if Path(frame.filename) == Path(script).absolute()]
        where = f", line {lines[-1]}" if lines else ""
        raise ValueError(f"figures.own: {script}{where}: {type(error).__name__}: {error}") from error


def check_font(name: str) -> None:
    """ValueError unless the font is installed; matplotlib would take another in silence."""
    try:
        font_manager.findfont(name, fallback_to_default=False)
    except ValueError:
        raise ValueError(f"figures.font: {name!r} is not installed; install it, or take DejaVu Sans") from None


def restyle(figure: Figure, look: Figures) -> None:
    """Give a figure the size and the font that the config asks for; what it shows stays the same."""
    usual = Figures()
    if (look.font, look.font_size) != (usual.font, usual.font_size):
        ratio = look.font_size / usual.font_size
        for axis in figure.axes:
            for side in (axis.xaxis, axis.yaxis):
                labels = side.get_ticklabels()
                size = labels[0].get_fontsize() if labels else side.get_tick_params().get("labelsize")
                side.set_tick_params(labelsize=ratio * float(size or usual.font_size), labelfontfamily=look.font)
        ticks = {id(t) for axis in figure.axes for side in (axis.xaxis, axis.yaxis) for t in side.get_ticklabels()}
        for text in figure.findobj(Text):
            if id(text) not in ticks:
                text.set(fontfamily=look.font, fontsize=ratio * float(text.get_fontsize()))
    if look.scale != usual.scale:
        figure.set_size_inches(*(look.scale * side for side in figure.get_size_inches()))


def write_drawn(drawn: Drawn, stem: Path, look: Figures | None = None) -> None:
    """Write the table as `<stem>.tsv`, and the picture beside it; close the figure."""
    write_text(stem.with_name(f"{stem.name}.tsv"), format_table(drawn.table))
    write_picture(drawn.figure, stem, look)


def write_picture(figure: Figure, stem: Path, look: Figures | None = None) -> None:
    """Write a picture as `<stem>.png` and in the other formats that are asked for, and close it.

    No file holds a date or a version, so the same numbers give the same bytes.
    """
    look = look or Figures()
    restyle(figure, look)
    # Matplotlib's font subsetting tells every table that it drops.
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    with styled():
        for kind in ("png", *look.formats):
            with atomic_path(stem.with_name(f"{stem.name}.{kind}")) as partial:
                figure.savefig(partial, format=kind, dpi=look.dpi, metadata=_NO_DATE[kind])
            # The places of the PNG hold for the other formats too: finding them takes as long as drawing.
            figure.set_layout_engine("none")
    plt.close(figure)


_NO_DATE = {
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}
