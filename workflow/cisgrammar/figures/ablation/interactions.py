"""Neighbouring sites ablated together: the effect of the pair beyond the sum of both, by distance, beside its null."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cisgrammar.ablation.tables.pair_tables import motifs_of, pair_classes
from cisgrammar.figures.style import BLACK, BLUE, GREY, VERMILION, nothing_to_draw, panels, styled
from cisgrammar.tables.contracts import ablation

TEXT = ("name_a", "name_b", "strands", "model", "head", "motifs")
_NULL = ["null_mean", "null_low", "null_high"]
_COLUMNS = ["pair", "region", "name_a", "name_b", "gap", "strands", "model", "head", "interaction", *_NULL, "q_value"]
_MOST = 6
_STRANDS = {"same": BLUE, "opposite": VERMILION, "unknown": GREY}
_SIGNIFICANCE = 0.05


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Rows of `pairs` (pairs of sites) of the first model and head: the six motif pairs with most sites."""
    table = ablation.PAIR_EFFECTS.read(inputs["pairs"])[_COLUMNS]
    if len(table):
        table = table[(table["model"] == table["model"].iloc[0]) & (table["head"] == table["head"].iloc[0])]
    table = table.assign(motifs=motifs_of(table))
    return table[table["motifs"].isin(_pairs(table))].reset_index(drop=True)


def _pairs(table: pd.DataFrame) -> list[str]:
    """The pairs of motifs with most pairs of sites."""
    return list(table["motifs"].value_counts().index[:_MOST])


def paint(table: pd.DataFrame) -> Figure:
    """A panel per two motifs: each pair by bp between its sites, filled where q < 0.05, on what 95 % of its null reach.

    Black: mean of the pairs at like distances, 95 % over pairs, clustered by window.
    """
    chosen = _pairs(table)
    with styled():
        if not chosen:
            return nothing_to_draw("no two sites are near each other")
        figure, axes = panels(len(chosen), 2.3)
        for axis, motifs in zip(axes, chosen, strict=True):
            _panel(axis, table[table["motifs"] == motifs])
            axis.set_title(f"{motifs} (n = {(table['motifs'] == motifs).sum()})", loc="left")
        filled = Line2D([], [], marker="o", markersize=2.5, linestyle="", color=GREY)
        handles = {label: h for axis in axes for h, label in zip(*axis.get_legend_handles_labels(), strict=True)}
        handles[f"filled: q < {_SIGNIFICANCE:g}"] = filled
        figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=5)
    return figure


def _panel(axis: Axes, rows: pd.DataFrame) -> None:
    axis.axhline(0, color=GREY, linewidth=0.6)
    axis.vlines(rows["gap"], rows["null_low"], rows["null_high"], color="#cccccc", linewidth=2.5, label="95 % of null")
    for strands, colour in _STRANDS.items():
        mine = rows[rows["strands"] == strands]
        called = (mine["q_value"] < _SIGNIFICANCE).to_numpy()
        for part, face in ((mine[called], colour), (mine[~called], "none")):
            if len(part):
                axis.plot(part["gap"], part["interaction"], "o", markersize=2.5, color=colour, markerfacecolor=face)
        if len(mine):
            axis.plot([], [], "o", markersize=2.5, color=colour, markerfacecolor="none", label=f"strands: {strands}")
    classes = pair_classes(rows, _SIGNIFICANCE)
    middle = (classes["gap_low"] + classes["gap_high"]) / 2
    error = np.abs(classes[["interaction_low", "interaction_high"]].T.to_numpy() - classes["interaction"].to_numpy())
    label = "mean of like distances, 95 %"
    axis.errorbar(
        middle, classes["interaction"], yerr=np.nan_to_num(error), fmt="_", color=BLACK, elinewidth=0.8, label=label
    )
    axis.set_xlabel("bp between the sites")
    axis.set_ylabel("joint effect minus sum of\nboth alone (ln counts)")
