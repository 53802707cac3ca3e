"""The transformation: what the bias model says of held-out peaks before and after, against what was observed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, COLUMN, GREY, ORANGE, new_figure, nothing_to_draw, styled
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.tables.contracts import profile

TEXT = ("head", "output")
_COLUMNS = ["head", "output", "bin", "n", "before", "after", "observed", "standard_error"]
_LEAST_SPREAD = 0.25
_SERIES = {
    "observed": (GREY, "observed"),
    "before": (ORANGE, "bias model"),
    "after": (BLUE, "transformed"),
}
_OUTPUTS = {
    "profile": ("share of a window's\n5' ends at a position (ln)", "positions"),
    "counts": ("5' ends of a window (ln)", "windows"),
}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `bins` of the transformation stage."""
    return profile.BINS.read(inputs["bins"])[_COLUMNS]


def paint(table: pd.DataFrame) -> Figure:
    """A row of panels for each head: observed against predicted, of bins with equally many positions or windows.

    Predictions that hardly differ between bins have no curve: their range stands beside that of what was observed.
    """
    heads = list(dict.fromkeys(table["head"]))
    with styled():
        if not heads:
            return nothing_to_draw("no peak was held out")
        panels = [(head, output) for head in heads for output in _OUTPUTS]
        # Three ranges need less room than curves.
        heights = [0.5 if _alike(_rows(table, *panel)) else 1.0 for panel in panels]
        figure, axes = new_figure(2 * len(heads), 1, (COLUMN, 0.5 + 3.4 * len(heads)), height_ratios=heights)
        for axis, (head, output) in zip(axes, panels, strict=True):
            rows = _rows(table, head, output)
            unit, things = _OUTPUTS[output]
            axis.set_title(f"{head}: {output}, n = {rows['n'].sum():,} {things} in {len(rows)} bins", loc="left")
            if _alike(rows):
                _ranges(axis, rows)
                axis.set(xlabel=f"{unit}\ndot: mean, line: range of bins".replace("\n5'", " 5'"))
                continue
            _panel(axis, rows)
            axis.set(xlabel=f"predicted {unit}".replace("\n", " "), ylabel=f"observed {unit}")
        handles = next((found for axis in axes if (found := axis.get_legend_handles_labels())[0]), None)
        if handles:
            figure.legend(*handles, loc="outside lower center", ncols=3)
    return figure


def _rows(table: pd.DataFrame, head: str, output: str) -> pd.DataFrame:
    return table[(table["head"] == head) & (table["output"] == output)]


def _alike(rows: pd.DataFrame) -> bool:
    """Whether predictions span less than a quarter of what was observed, so that their curve is a vertical line."""
    spread = rows[["before", "after", "observed"]].max() - rows[["before", "after", "observed"]].min()
    return bool(max(spread["before"], spread["after"]) < _LEAST_SPREAD * spread["observed"])


def _ranges(axis: Axes, rows: pd.DataFrame) -> None:
    """Mean and range of the bins of each series, one below the other."""
    weight = rows["n"] / rows["n"].sum()
    for place, (name, (colour, _)) in enumerate(_SERIES.items()):
        axis.plot([rows[name].min(), rows[name].max()], [place, place], color=colour, linewidth=2.5, alpha=0.5)
        axis.plot((weight * rows[name]).sum(), place, "o", markersize=4.5, color=colour)
    axis.set_yticks(range(len(_SERIES)), [label for _, label in _SERIES.values()])
    axis.set_ylim(len(_SERIES) - 0.5, -0.5)


def _panel(axis: Axes, rows: pd.DataFrame) -> None:
    ends = rows[["before", "after", "observed"]]
    low, high = ends.min().min(), ends.max().max()
    axis.plot([low, high], [low, high], color=GREY, linewidth=0.6, linestyle="--", label="equal")
    error = NORMAL_95 * rows["standard_error"].fillna(0.0)
    # Wide and open below, small above: where the transformation changes little, both are seen.
    looks: dict[str, dict[str, Any]] = {
        "before": {"markersize": 5, "markerfacecolor": "none", "linestyle": "none"},
        "after": {"markersize": 2.2},
    }
    for name, look in looks.items():
        colour, label = _SERIES[name]
        axis.errorbar(rows[name], rows["observed"], error, marker="o", linewidth=0.7, color=colour, label=label, **look)
