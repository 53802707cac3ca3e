"""Fitted motifs: logos in units of -ddG/RT on both strands, and every value with its standard error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cisgrammar.figures.binding.style import fitted_reads, with_reads
from cisgrammar.figures.style import BASES, COLUMN, TWO_COLUMNS, new_figure, nothing_to_draw, styled
from cisgrammar.motifs.logo import draw_logo, tallest_stack
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.tables.contracts import binding

TEXT = ("motif", "base")
_COLUMNS = ["motif", "position", "base", "beta", "standard_error"]
_TICKED = 14


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `matrix` (motif, position, base, beta, standard_error), with the fitted reads by `heldout`."""
    return with_reads(binding.MATRIX.read(inputs["matrix"])[_COLUMNS], inputs)


def paint(table: pd.DataFrame) -> Figure:
    """Each motif's logo, that of its reverse complement, and its values with 95 % intervals."""
    motifs = list(dict.fromkeys(table["motif"]))
    with styled():
        if not motifs:
            return nothing_to_draw("no motif was fitted")
        figure, blocks = _blocks(len(motifs))
        heights = [tallest_stack(_matrix(table[table["motif"] == motif]).to_numpy()) for motif in motifs]
        limit = 1.1 * max(1e-6, *heights)
        for axes, motif in zip(blocks, motifs, strict=True):
            _motif(axes, table[table["motif"] == motif], limit)
        handles, labels = blocks[0][2].get_legend_handles_labels()
        reads = fitted_reads(table)
        title = "bars: 95 % intervals" + (f"; {reads}" if reads else "")
        figure.legend(
            handles, labels, loc="outside lower center", ncols=4, handletextpad=0.2, title=title, title_fontsize=6.5
        )
    return figure


def _blocks(number: int) -> tuple[Figure, list[list[Axes]]]:
    """A block of three panels, one below the other, for each motif; two blocks side by side."""
    columns = min(number, 2)
    rows = -(-number // columns)
    width = COLUMN if columns == 1 else TWO_COLUMNS
    ratios = {"height_ratios": [1.0, 1.0, 1.25] * rows}
    figure, axes = new_figure(3 * rows, columns, (width, 3.6 * rows + 0.3), gridspec_kw=ratios)
    grid = np.array(axes).reshape(3 * rows, columns)
    blocks = [list(grid[3 * row : 3 * row + 3, column]) for row in range(rows) for column in range(columns)]
    for axis in (axis for block in blocks[number:] for axis in block):
        axis.axis("off")
    return figure, blocks[:number]


def _matrix(rows: pd.DataFrame) -> pd.DataFrame:
    """Values of one motif, rows positions, columns bases."""
    return rows.pivot(index="position", columns="base", values="beta")[list(BASES)]


def _motif(axes: Sequence[Axes], rows: pd.DataFrame, limit: float) -> None:
    matrix = _matrix(rows)
    turned = pd.DataFrame(matrix.to_numpy()[::-1, ::-1], index=matrix.index, columns=matrix.columns)
    titles = (f"{rows['motif'].iloc[0]}: {_best(rows)}\nstrand +", "strand - (reverse complement)")
    for axis, values, title in zip(axes, (matrix, turned), titles, strict=False):
        draw_logo(axis, values, limit)
        axis.spines["left"].set_linewidth(0.6)
        axis.tick_params(width=0.6)
        axis.set_ylabel("-ddG/RT (nats)")
        axis.set_title(title, loc="left")
        _ticks(axis, len(matrix))
    _values(axes[2], rows)
    _ticks(axes[2], len(matrix))


def _values(axis: Axes, rows: pd.DataFrame) -> None:
    """Points of the four bases beside each other, with 95 % intervals where errors are known."""
    for number, (base, colour) in enumerate(BASES.items()):
        mine = rows[rows["base"] == base].sort_values("position")
        axis.errorbar(
            mine["position"] + 0.17 * (number - 1.5),
            mine["beta"],
            yerr=NORMAL_95 * mine["standard_error"].fillna(0.0),
            fmt="o",
            markersize=2.2,
            elinewidth=0.7,
            color=colour,
            label=base,
        )
    axis.axhline(0, color="black", linewidth=0.5)
    axis.set(xlabel="position in the motif (bp, from 0)", ylabel="-ddG/RT (nats)")


def _ticks(axis: Axes, width: int) -> None:
    axis.set_xlim(-0.6, width - 0.4)
    if width <= _TICKED:
        axis.set_xticks(range(width))
    else:
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))


def _best(rows: pd.DataFrame) -> str:
    """The best base of each position."""
    return "".join(rows.loc[rows.groupby("position")["beta"].idxmax()].sort_values("position")["base"])
