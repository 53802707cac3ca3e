"""Where in the reads a factor binds: the position bias of each library and motif."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cisgrammar.figures.binding.style import STRANDS, fitted_reads, with_reads
from cisgrammar.figures.style import GREY, nothing_to_draw, panels, styled
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.tables.contracts import binding

TEXT = ("library", "binding", "strand")
_COLUMNS = ["library", "binding", "strand", "position", "log_bias", "standard_error"]


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `position_bias`, with the fitted reads by `heldout`."""
    return with_reads(binding.POSITION_BIAS.read(inputs["position_bias"])[_COLUMNS], inputs)


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each library and motif; lines are estimates, bands 95 % intervals."""
    groups = list(table.groupby(["library", "binding"], sort=False))
    with styled():
        if not groups:
            return nothing_to_draw("no position bias was fitted")
        figure, axes = panels(len(groups), 1.9, sharey=True)
        reads = fitted_reads(table)
        for axis, ((library, binding), rows) in zip(axes, groups, strict=True):
            _panel(axis, rows)
            axis.set_title(f"{binding} in {library}", loc="left")
            axis.set(xlabel="start of the site in the read (bp)", ylabel="ln position bias (nats)")
        handles, labels = axes[0].get_legend_handles_labels()
        title = "band: 95 % interval" + (f"; {reads}" if reads else "")
        figure.legend(handles, labels, loc="outside lower center", ncols=2, title=title, title_fontsize=6.5)
    return figure


def _panel(axis: Axes, rows: pd.DataFrame) -> None:
    axis.axhline(0, color=GREY, linewidth=0.6)
    for strand, mine in rows.groupby("strand", sort=False):
        mine = mine.sort_values("position")
        half = NORMAL_95 * mine["standard_error"]
        style, colour = {"-": "--"}.get(strand, "-"), STRANDS.get(strand, GREY)
        axis.plot(mine["position"], mine["log_bias"], style, color=colour, label=f"strand {strand}")
        axis.fill_between(
            mine["position"], mine["log_bias"] - half, mine["log_bias"] + half, color=colour, alpha=0.2, linewidth=0
        )
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.margins(x=0.01)
