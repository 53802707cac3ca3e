"""Spacing of motif pairs: interaction in the model beside cooperativity in vitro."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from cisgrammar.figures.style import BLUE, GREY, TWO_COLUMNS, VERMILION, new_figure, nothing_to_draw, styled
from cisgrammar.tables.contracts import ablation

TEXT = ("pair", "model", "head", "strands")
TEXT_OR_NONE = ("image_of",)
_PLACE = ["pair", "model", "head", "strands", "offset", "gap"]
_FOUND = ["interaction", "interaction_low", "interaction_high", "null_low", "null_high", "q_value", "peak", "image_of"]
_COLUMNS = [*_PLACE, *_FOUND, "null_draws", "log_omega", "lower", "upper"]
_STRANDS = {"same": BLUE, "opposite": VERMILION}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Rows of `spacings` (pairs by strands and offset) of the first head."""
    table = ablation.SPACINGS.read(inputs["spacings"])
    table = table[table["head"] == table["head"].iloc[0]] if len(table) else table
    return table[_COLUMNS].reset_index(drop=True)


def paint(table: pd.DataFrame) -> Figure:
    """Above, the model's interaction, with 95 % intervals over backgrounds, on the band of 95 % of its null; below, ln
    omega in vitro if measured, with its 95 % profile-likelihood intervals.

    Filled: peaks, which stand out from the null (q) and from the mean of their neighbours. Crossed out: images, which
    have letters in common with a placement of more interaction.
    """
    pairs = list(dict.fromkeys(table["pair"]))
    with styled():
        if not pairs:
            return nothing_to_draw("no spacing was scanned")
        figure, axes = new_figure(2, len(pairs), (max(3.5, min(TWO_COLUMNS, 3.5 * len(pairs))), 3.6), sharex="col")
        for number, pair in enumerate(pairs):
            rows = table[table["pair"] == pair]
            above, below = axes[number], axes[len(pairs) + number]
            _scan(above, rows)
            above.set_title(f"{pair}\n{_tried(rows)}", loc="left")
            above.set_ylabel("joint effect minus sum of\nboth alone (ln counts)")
            below.set_ylabel("ln omega in vitro\n(nats)")
            below.set_xlabel("offset: start of b minus start of a,\nalong the strand of a (bp)")
            if rows["log_omega"].notna().any():
                _in_vitro(below, rows)
            else:
                below.text(0.5, 0.5, "not measured", ha="center", va="center", color=GREY, transform=below.transAxes)
                below.set_yticks([])
        handles, labels = axes[0].get_legend_handles_labels()
        handles.append(Line2D([], [], marker="o", markersize=3, linestyle="", color=GREY))
        labels.append("filled: beyond null and neighbours")
        if (table["image_of"].fillna("") != "").any():
            handles.append(Line2D([], [], marker="x", markersize=4.5, markeredgewidth=0.7, linestyle="", color=GREY))
            labels.append("crossed: overlaps a stronger one")
        figure.legend(handles, labels, loc="outside lower center", ncols=min(3, 2 * len(pairs)))
    return figure


def _tried(rows: pd.DataFrame) -> str:
    """How many placements were tried, and how many scans with decoys made their null."""
    draws = rows["null_draws"].max()
    null = f", null of {draws:.0f} scans with decoys" if draws > 0 else ", no null"
    return f"{len(rows)} placements{null}"


def _scan(axis: Axes, rows: pd.DataFrame) -> None:
    """The model's interaction on the null of each placement."""
    axis.axhline(0, color=GREY, linewidth=0.6)
    for strands, colour in _STRANDS.items():
        mine = rows[rows["strands"] == strands].sort_values("offset")
        for side in (mine[mine["offset"] > 0], mine[mine["offset"] <= 0]):
            label = f"95 % of null, {strands}" if (side["offset"] > 0).any() else None
            axis.fill_between(
                side["offset"],
                side["null_low"],
                side["null_high"],
                step="mid",
                color=colour,
                alpha=0.2,
                linewidth=0,
                label=label,
            )
        bars = np.abs(mine[["interaction_low", "interaction_high"]].T.to_numpy() - mine["interaction"].to_numpy())
        axis.errorbar(
            mine["offset"],
            mine["interaction"],
            yerr=np.nan_to_num(bars),
            fmt="o",
            markersize=2.5,
            elinewidth=0.7,
            color=colour,
            markerfacecolor="white",
            label=_label(strands),
        )
        peaks = mine[mine["peak"].astype(bool)]
        # Above the open points, which `errorbar` puts above its bars.
        axis.plot(peaks["offset"], peaks["interaction"], "o", markersize=3.2, color=colour, zorder=3)
        images = mine[mine["image_of"].fillna("") != ""]
        axis.plot(
            images["offset"], images["interaction"], "x", markersize=4.5, markeredgewidth=0.7, color=GREY, zorder=3
        )


def _label(strands: str) -> str:
    return f"{strands} strand{'s' if strands == 'opposite' else ''}"


def _in_vitro(axis: Axes, rows: pd.DataFrame) -> None:
    """Ln omega of each placement; an interval without a lower end goes down to the panel's end."""
    axis.axhline(0, color=GREY, linewidth=0.6)
    measured = rows[np.isfinite(rows["log_omega"])]
    floor = lowest_end(measured[["log_omega", "lower", "upper"]].to_numpy(dtype=float))
    for strands, colour in _STRANDS.items():
        mine = measured[measured["strands"] == strands].sort_values("offset")
        low, high = bounds(mine["log_omega"], mine["lower"], mine["upper"], floor)
        axis.vlines(mine["offset"], low, high, color=colour, linewidth=0.7)
        # A line would join offsets on the two sides of the motif.
        axis.plot(mine["offset"], mine["log_omega"], "o", markersize=2.5, color=colour, label=_label(strands))


def lowest_end(values: NDArray[np.float64]) -> float:
    """Where intervals end that have no lower end: a tenth of the range below all finite values; nan without any."""
    finite = values[np.isfinite(values)]
    return float(finite.min() - 0.1 * max(np.ptp(finite), 1.0)) if len(finite) else np.nan


def bounds(
    value: pd.Series, lower: pd.Series, upper: pd.Series, floor: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lower and upper ends that can be drawn: minus infinity is the floor, and an end that is missing the value."""
    x, low, high = (ends.to_numpy(dtype=float) for ends in (value, lower, upper))
    low = np.where(np.isneginf(low), floor, low)
    return np.where(np.isfinite(low), low, x), np.where(np.isfinite(high), high, x)
