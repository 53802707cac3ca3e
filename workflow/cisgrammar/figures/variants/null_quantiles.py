"""p-values of variants beside those of a uniform distribution."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, GREY, ORANGE, nothing_to_draw, panels, styled
from cisgrammar.tables.contracts.variants import QQ

TEXT = ("source", "score", "null")
_SCORES = {"logfc": "change of counts", "jsd": "change of the profile"}
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
            _band(axis, part["expected"])
            for null, (colour, label) in _NULLS.items():
                one = part[part["null"] == null].sort_values("expected")
                axis.plot(one["expected"], one["observed"], ".-", color=colour, markersize=2.5, label=label)
                _smallest(axis, one, colour)
            axis.set_title(f"{source}: {_SCORES.get(score, score)}, n = {_tests(part['expected']):,} variants")
            axis.set(xlabel="expected -log10 p", ylabel="observed -log10 p")
            axis.margins(y=0.12)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure


def _tests(expected: pd.Series) -> int:
    """How many p-values there are: the smallest is expected at half of one of them."""
    return round(0.5 * 10 ** float(expected.max()))


def _band(axis: Axes, expected: pd.Series) -> None:
    """What 95 % of the p-values of a rank lie within where all are uniform and independent (beta distributions)."""
    from scipy.stats import beta

    number = _tests(expected)
    places = np.sort(expected.unique())
    ranks = np.clip(np.round(number * 10**-places + 0.5), 1, number)
    low, high = (-np.log10(beta.ppf(share, ranks, number - ranks + 1)) for share in (0.975, 0.025))
    axis.fill_between(places, low, high, color=GREY, alpha=0.2, linewidth=0, label="95 % of uniform p-values")


def _smallest(axis: Axes, rows: pd.DataFrame, colour: str) -> None:
    """Name the p-value that several variants share at the end: the null has too few draws for a smaller one."""
    top = rows["observed"].max()
    if (rows["observed"] == top).sum() > 1:
        place = (rows["expected"].max(), top)
        said = f"smallest p of the null: {10**-top:.2g}"
        axis.annotate(said, place, (0, 3), textcoords="offset points", ha="right", fontsize=6.5, color=colour)
