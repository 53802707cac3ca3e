"""Neighbouring sites ablated together: the effect of the pair beyond the sum of both, by distance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, GREY, VERMILION, nothing_to_draw, panels, styled
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.tables.contracts import ablation

TEXT = ("name_a", "name_b", "strands", "model", "head", "motifs")
_COLUMNS = ["pair", "name_a", "name_b", "gap", "strands", "model", "head", "interaction", "interaction_se"]
_MOST = 6
_STRANDS = {"same": BLUE, "opposite": VERMILION, "unknown": GREY}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Rows of `pairs` (pairs of sites) of the first model and head: the six motif pairs with most sites."""
    table = ablation.PAIR_EFFECTS.read(inputs["pairs"])[_COLUMNS]
    if len(table):
        table = table[(table["model"] == table["model"].iloc[0]) & (table["head"] == table["head"].iloc[0])]
    names = [
        " and ".join(sorted(pair))
        for pair in zip(table["name_a"].astype(str), table["name_b"].astype(str), strict=True)
    ]
    table = table.assign(motifs=names)
    return table[table["motifs"].isin(_pairs(table))].reset_index(drop=True)


def _pairs(table: pd.DataFrame) -> list[str]:
    """The pairs of motifs with most pairs of sites."""
    return list(table["motifs"].value_counts().index[:_MOST])


def paint(table: pd.DataFrame) -> Figure:
    """A panel per two motifs, the interaction of each pair by bp between its sites; bars are 95 % over shuffles."""
    chosen = _pairs(table)
    with styled():
        if not chosen:
            return nothing_to_draw("no two sites are near each other")
        figure, axes = panels(len(chosen), 2.3)
        for axis, motifs in zip(axes, chosen, strict=True):
            _panel(axis, table[table["motifs"] == motifs])
            axis.set_title(f"{motifs} (n = {(table['motifs'] == motifs).sum()})", loc="left")
        handles = {label: h for axis in axes for h, label in zip(*axis.get_legend_handles_labels(), strict=True)}
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=3)
    return figure


def _panel(axis: Axes, rows: pd.DataFrame) -> None:
    axis.axhline(0, color=GREY, linewidth=0.6)
    for strands, colour in _STRANDS.items():
        mine = rows[rows["strands"] == strands]
        if len(mine):
            error = NORMAL_95 * np.nan_to_num(mine["interaction_se"].to_numpy(dtype=float))
            label = f"strands: {strands}"
            axis.errorbar(
                mine["gap"],
                mine["interaction"],
                yerr=error,
                fmt="o",
                markersize=2.5,
                elinewidth=0.7,
                color=colour,
                label=label,
            )
    axis.set_xlabel("bp between the sites")
    axis.set_ylabel("both minus sum of each\n(ln counts)")
