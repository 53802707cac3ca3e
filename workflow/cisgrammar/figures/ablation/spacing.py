"""Spacing of motif pairs: interaction in the model beside cooperativity in vitro."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, GREY, TWO_COLUMNS, VERMILION, new_figure, nothing_to_draw, styled
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.tables.contracts import ablation

TEXT = ("pair", "model", "head", "strands")
_COLUMNS = ["pair", "model", "head", "strands", "offset", "gap", "interaction", "interaction_se", "log_omega"]
_STRANDS = {"same": BLUE, "opposite": VERMILION}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Rows of `spacings` (pairs by strands and offset) of the first head."""
    table = ablation.SPACINGS.read(inputs["spacings"])
    table = table[table["head"] == table["head"].iloc[0]] if len(table) else table
    return table[_COLUMNS].reset_index(drop=True)


def paint(table: pd.DataFrame) -> Figure:
    """Above, the model's interaction, with 95 % intervals over backgrounds; below, ln omega in vitro if measured."""
    pairs = list(dict.fromkeys(table["pair"]))
    with styled():
        if not pairs:
            return nothing_to_draw("no spacing was scanned")
        figure, axes = new_figure(2, len(pairs), (max(3.5, min(TWO_COLUMNS, 3.5 * len(pairs))), 3.6), sharex="col")
        for number, pair in enumerate(pairs):
            rows = table[table["pair"] == pair]
            above, below = axes[number], axes[len(pairs) + number]
            _curve(above, rows, "interaction", "interaction_se")
            above.set_title(pair, loc="left")
            above.set_ylabel("interaction in silico\n(ln counts)")
            below.set_ylabel("ln omega in vitro\n(nats)")
            below.set_xlabel("offset: start of b minus start of a,\nalong the strand of a (bp)")
            if rows["log_omega"].notna().any():
                _curve(below, rows, "log_omega", None)
            else:
                below.text(0.5, 0.5, "not measured", ha="center", va="center", color=GREY, transform=below.transAxes)
                below.set_yticks([])
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _curve(axis: Axes, rows: pd.DataFrame, value: str, error: str | None) -> None:
    axis.axhline(0, color=GREY, linewidth=0.6)
    for strands, colour in _STRANDS.items():
        mine = rows[(rows["strands"] == strands) & np.isfinite(rows[value])].sort_values("offset")
        label = f"{strands} strand{'s' if strands == 'opposite' else ''}"
        bars = None if error is None else NORMAL_95 * mine[error].fillna(0.0).to_numpy()
        # A line would join offsets on the two sides of the motif.
        axis.errorbar(
            mine["offset"], mine[value], yerr=bars, fmt="o", markersize=2.5, elinewidth=0.7, color=colour, label=label
        )
