"""Simulated peaks: which planted sites ablation finds, and which distances of a planted pair."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cisgrammar.figures.ablation.spacing import bounds, lowest_end
from cisgrammar.figures.style import BLACK, BLUE, GREY, ORANGE, SKY, TWO_COLUMNS, VERMILION, new_figure, styled
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.tables.contracts import simulate

TEXT = ("panel",)
TEXT_OR_NONE = ("factor", "group", "pair")
# bp; the farther ones are as if alone.
_FARTHEST = 20
_SITES = ["factor", "group", "sites", "found", "necessary", "share"]
_SPACINGS = [
    *("pair", "offset", "planted", "true", "interaction", "interaction_se", "null_low", "null_high"),
    *("peak", "log_omega", "log_omega_low", "log_omega_high"),
]
_GROUPS = {
    "strong": (BLUE, "planted, intact"),
    "weak": (SKY, "planted, with lost letters"),
    "unplanted": (ORANGE, "found, but not planted"),
    "decoy": (GREY, "decoys"),
}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Rows of `sites` (planted sites beside those found) and, below, of `spacings`; `panel` tells them apart."""
    sites = simulate.RECOVERED_SITES.read(inputs["sites"])[_SITES].assign(panel="sites")
    spacings = simulate.RECOVERED_SPACINGS.read(inputs["spacings"])[_SPACINGS]
    spacings = spacings.assign(panel="spacings", peak=spacings["peak"].astype(float))
    return pd.concat([sites, spacings], ignore_index=True)


def paint(table: pd.DataFrame) -> Figure:
    """Left, the share of sites of each factor that are necessary; right, the effect of each distance of a pair.

    Distances in the model stand on the band of 95 % of their null, those in vitro have 95 % profile-likelihood
    intervals. Filled: called, for it stands out from its null and from its neighbours.
    """
    sites, spacings = (table[table["panel"] == panel] for panel in ("sites", "spacings"))
    with styled():
        figure, axes = new_figure(1, 3, (TWO_COLUMNS, 2.9), width_ratios=(1.25, 1, 1))
        _shares(axes[0], sites)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=4)
        known = spacings[spacings["offset"] <= _FARTHEST].sort_values("offset")
        pair = known["pair"].iloc[0] if len(known) else "no pair was scanned"
        _distances(axes[1], known, "interaction", "interaction in silico (ln counts)", BLUE)
        planted, called = (_listed(known, column) for column in ("true", "peak"))
        axes[1].set_title(f"{pair}: model\nplanted {planted}; called {called}", loc="left")
        _distances(axes[2], known, "log_omega", "ln omega in vitro (nats)", VERMILION)
        axes[2].set_title("reads of the SELEX\nexperiment, 95 % intervals", loc="left")
    return figure


def _shares(axis: Axes, sites: pd.DataFrame) -> None:
    factors = [factor for factor in dict.fromkeys(sites["factor"]) if factor != "all"]
    width = 0.8 / len(_GROUPS)
    for number, (group, (colour, label)) in enumerate(_GROUPS.items()):
        rows = sites[sites["group"] == group].set_index("factor").reindex(factors)
        x = np.arange(len(factors)) + width * (number - (len(_GROUPS) - 1) / 2)
        axis.bar(x, rows["share"].fillna(0), width, color=colour, label=label)
        for place, row in zip(x, rows.itertuples(), strict=True):
            if row.sites > 0:
                text = f"{row.necessary:.0f}/{row.sites:.0f}"
                axis.text(place, row.share + 0.02, text, rotation=90, ha="center", va="bottom", fontsize=5.5)
    axis.set_xticks(range(len(factors)), factors)
    axis.set(ylim=(0, 1.3), ylabel="share of sites that are necessary", xlabel="factor")
    axis.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axis.set_title("sites of held-out peaks", loc="left")


def _listed(rows: pd.DataFrame, column: str) -> str:
    """The distances at which a column is above 0."""
    offsets = rows.loc[rows[column] > 0, "offset"]
    return ", ".join(f"{offset:.0f}" for offset in offsets) + " bp" if len(offsets) else "none"


def _distances(axis: Axes, rows: pd.DataFrame, column: str, label: str, colour: str) -> None:
    """What was found, with the truth as bars: in units of its own, at the right."""
    truth = axis.twinx()
    truth.bar(rows["offset"], rows["true"], 0.7, color="#dddddd")
    truth.set_ylabel("grey: true effect of the pair (ln strength)", fontsize=6)
    truth.spines["right"].set_visible(True)
    truth.set_ylim(0, max(1.25 * rows["true"].max(), 0.1) if len(rows) else 1)
    axis.set_zorder(truth.get_zorder() + 1)
    axis.patch.set_visible(False)
    axis.axhline(0, color=BLACK, linewidth=0.5)
    if column == "interaction":
        error = NORMAL_95 * rows["interaction_se"].fillna(0)
        low, high = rows[column] - error, rows[column] + error
        band = axis.fill_between(
            rows["offset"], rows["null_low"], rows["null_high"], step="mid", color=colour, alpha=0.15, linewidth=0
        )
        called = rows["peak"] > 0
        open_, filled = (Line2D([], [], marker="o", linestyle="", markersize=3, color=colour) for _ in range(2))
        open_.set_markerfacecolor("white")
        axis.legend((band, open_, filled), ("95 % of null", "not called", "called"), loc="upper right", fontsize=5.5)
    else:
        ends = rows[["log_omega", "log_omega_low", "log_omega_high"]]
        floor = lowest_end(ends.to_numpy(dtype=float))
        low, high = bounds(ends["log_omega"], ends["log_omega_low"], ends["log_omega_high"], floor)
        called = rows[column].notna()
    axis.vlines(rows["offset"], low, high, color=colour, linewidth=0.8)
    for part, face in ((rows[~called], "white"), (rows[called], colour)):
        axis.plot(part["offset"], part[column], "o", markersize=3, color=colour, markerfacecolor=face)
    axis.set(xlabel="bp between the starts of the two sites", ylabel=label)
    _same_zero(axis, truth)


def _same_zero(axis: Axes, truth: Axes) -> None:
    """Move the lower ends of both axes so that their zeros are at one height."""
    low, high = axis.get_ylim()
    low, high = min(low, 0.0), max(high, 0.05 * (high - low))
    axis.set_ylim(low, high)
    top = truth.get_ylim()[1]
    truth.set_ylim(top * low / high, top)
