"""p-values of variants beside those of a uniform distribution."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, GREY, ORANGE, nothing_to_draw, panels, styled
from cisgrammar.tables.contracts.variants import QQ

TEXT = ("source", "score", "null")
_NULLS = {
    "substitutions": (BLUE, "random substitutions in the same peak"),
    "shuffled": (ORANGE, "in shuffled sequence"),
}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `qq`."""
    return QQ.read(inputs["qq"])


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each source and score; points above the line are rarer than chance makes them."""
    if table.empty:
        with styled():
            return nothing_to_draw("no p-values")
    with styled():
        groups = list(table.groupby(["source", "score"], sort=False))
        figure, axes = panels(len(groups), 2.6)
        for axis, ((source, score), part) in zip(axes, groups, strict=True):
            most = float(part["expected"].max())
            axis.plot([0, most], [0, most], color=GREY, linewidth=0.6, linestyle="--")
            for null, (colour, label) in _NULLS.items():
                one = part[part["null"] == null].sort_values("expected")
                axis.plot(one["expected"], one["observed"], ".-", color=colour, markersize=2.5, label=label)
            axis.set_title(f"{source}: {score}")
            axis.set(xlabel="expected -log10 p", ylabel="observed -log10 p")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
