"""Effects of ablating sites: motifs beside their decoys and control windows, model by model."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from cisgrammar.figures.style import (
    BLUE,
    GREY,
    NAMES,
    ORANGE,
    TWO_COLUMNS,
    VERMILION,
    new_figure,
    nothing_to_draw,
    styled,
)
from cisgrammar.tables.contracts import ablation

TEXT = ("name", "kind", "model", "head")
TEXT_OR_NONE = ("matched_to",)
_COLUMNS = ["site", "name", "kind", "matched_to", "model", "head", "delta_log_counts", "q_value"]
_BAR = 0.05
_MOST = 12
_PARTS = {**NAMES, "bias": "bias, transformed"}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Rows of `sites` (the site table) of the first head: the 12 motifs with most sites, decoys and controls."""
    table = ablation.SITE_EFFECTS.read(inputs["sites"])
    table = table[table["head"] == table["head"].iloc[0]] if len(table) else table
    shown = table[table["name"].isin(_motifs(table)) | (table["kind"] != "site")]
    return shown[_COLUMNS].reset_index(drop=True)


def _motifs(table: pd.DataFrame) -> list[str]:
    """The motifs with most sites."""
    sites = table[table["kind"] == "site"]
    return list(sites.drop_duplicates("site")["name"].value_counts(sort=True).index[:_MOST])


def paint(table: pd.DataFrame) -> Figure:
    """A panel per model whose counts are predicted, a row per motif, its decoys below it, controls at the end.

    Points are sites, in vermilion if q < 0.05; the line is their median.
    """
    motifs = _motifs(table)
    with styled():
        if not motifs or table["delta_log_counts"].isna().all():
            return nothing_to_draw("no site was ablated")
        models = list(dict.fromkeys(table.loc[table["delta_log_counts"].notna(), "model"]))
        rows = _rows(motifs, set(table.loc[table["kind"] == "decoy", "matched_to"]))
        size = (TWO_COLUMNS, 1.05 + 0.22 * len(rows))
        figure, axes = new_figure(1, len(models), size, sharey=True)
        for axis, model in zip(axes, models, strict=True):
            _panel(axis, table[table["model"] == model], rows)
            axis.set_title(_PARTS.get(model, model), loc="left")
            axis.xaxis.set_major_locator(MaxNLocator(4))
            axis.set_xlabel("effect: ln counts before\nminus after ablation")
        numbers = [len(_of_row(table, kind, motif).drop_duplicates("site")) for _, kind, motif in rows]
        labels = [f"{label} (n = {number})" for (label, _, _), number in zip(rows, numbers, strict=True)]
        axes[0].set_yticks(range(len(rows)), labels)
        axes[0].set_ylim(len(rows) - 0.4, -0.6)
        marks = [(VERMILION, f"q < {_BAR:g}"), (BLUE, "sites"), (ORANGE, "decoys"), (GREY, "controls")]
        handles = [Line2D([], [], marker="o", markersize=3, linestyle="", color=colour) for colour, _ in marks]
        handles.append(Line2D([], [], color="black", linewidth=1.2))
        figure.legend(handles, [*(text for _, text in marks), "median"], loc="outside lower center", ncols=5)
    return figure


def _rows(motifs: list[str], with_decoys: set[str]) -> list[tuple[str, str, str]]:
    """Label, kind and motif of each row."""
    rows = []
    for motif in motifs:
        rows.append((motif, "site", motif))
        if motif in with_decoys:
            rows.append((f"decoys of {motif}", "decoy", motif))
    return [*rows, ("control windows", "control", "")]


def _of_row(table: pd.DataFrame, kind: str, motif: str) -> pd.DataFrame:
    """The sites, decoys or controls of a row of the figure."""
    column = {"site": "name", "decoy": "matched_to"}
    mine = table[table["kind"] == kind]
    return mine[mine[column[kind]] == motif] if kind in column else mine


def _panel(axis: Axes, table: pd.DataFrame, rows: list[tuple[str, str, str]]) -> None:
    axis.axvline(0, color=GREY, linewidth=0.6)
    rng = np.random.default_rng(0)
    for y, (_, kind, motif) in enumerate(rows):
        mine = _of_row(table, kind, motif)
        values = mine["delta_log_counts"].to_numpy(dtype=float)
        significant = (mine["q_value"] < _BAR).to_numpy()
        places = y + rng.uniform(-0.28, 0.28, len(values))
        plain = {"site": BLUE, "decoy": ORANGE, "control": GREY}[kind]
        for mask, colour in ((~significant, plain), (significant, VERMILION)):
            axis.plot(values[mask], places[mask], ".", color=colour, markersize=2, alpha=0.7, markeredgewidth=0)
        if np.isfinite(values).any():
            middle = np.nanmedian(values)
            axis.plot([middle, middle], [y - 0.38, y + 0.38], color="black", linewidth=1.2)
