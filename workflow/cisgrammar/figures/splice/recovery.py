"""Simulated splice sites: what the model says of them against how strong they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, GREY, ORANGE, TWO_COLUMNS, VERMILION, new_figure, nothing_to_draw, styled
from cisgrammar.statistics.correlation import pearson
from cisgrammar.tables.contracts import simulate

TEXT = ("kind", "role")
_COLUMNS = ["kind", "role", "strength", "frame_dependent", "log_odds", "called"]
_GROUPS = {
    "sites": ("site", 0, BLUE),
    "sites whose motif needs a frame": ("site", 1, ORANGE),
    "sites of poison exons": ("poison", None, VERMILION),
    "decoys": ("decoy", None, GREY),
}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `truth`: sites and decoys of the test genes."""
    return simulate.RECOVERED_SPLICE_SITES.read(inputs["truth"])[_COLUMNS]


def paint(table: pd.DataFrame) -> Figure:
    """A panel for acceptors and one for donors."""
    kinds = [kind for kind in ("acceptor", "donor") if (table["kind"] == kind).any()]
    with styled():
        if not kinds:
            return nothing_to_draw("no simulated site lies in the test genes")
        figure, axes = new_figure(1, len(kinds), (TWO_COLUMNS, 3.1), sharey=True)
        for axis, kind in zip(axes, kinds, strict=True):
            rows = table[table["kind"] == kind]
            _panel(axis, rows)
            axis.set_title(f"{kind}: {_numbers(rows)}", loc="left")
            axis.set_xlabel("true strength of the motif (nats)")
        axes[0].set_ylabel("log-odds of the model (nats)")
        known = {
            label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)
        }
        figure.legend(known.values(), known.keys(), loc="outside lower center", ncols=4)
    return figure


def _panel(axis: Axes, rows: pd.DataFrame) -> None:
    axis.axhline(0, color=GREY, linewidth=0.6, linestyle=":")
    for label, (role, dependent, colour) in _GROUPS.items():
        mine = rows[rows["role"] == role]
        mine = mine if dependent is None else mine[mine["frame_dependent"] == dependent]
        if len(mine):
            axis.scatter(mine["strength"], mine["log_odds"], s=6, alpha=0.6, linewidths=0, color=colour, label=label)


def _numbers(rows: pd.DataFrame) -> str:
    sites, decoys = (rows[rows["role"] == role] for role in ("site", "decoy"))
    said = []
    r = pearson(sites["strength"], sites["log_odds"])
    if np.isfinite(r):
        said.append(f"r = {r:.2f} over sites, poison exons left out")
    for name, part in (("sites", sites), ("decoys", decoys)):
        if len(part):
            said.append(f"{int(part['called'].sum())} of {len(part)} {name} called")
    return "\n".join([", ".join(said[:1]), ", ".join(said[1:])])
