"""Simulated variants: what they do beside what the models say."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from cisgrammar.figures.style import BLUE, GREY, ORANGE, nothing_to_draw, panels, styled
from cisgrammar.statistics.correlation import said_pearson
from cisgrammar.tables.contracts.simulate import RECOVERED_VARIANTS

TEXT = ("source", "kind", "target", "verdict")
TEXT_OR_NONE = ("target", "verdict")
_SITES = ("broken", "restored")


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `truth`, without identifiers."""
    return RECOVERED_VARIANTS.read(inputs["truth"]).drop(columns="id")


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each source: true and estimated change of counts, or what becomes of splice sites."""
    if table.empty:
        with styled():
            return nothing_to_draw("no simulated variant was scored")
    with styled():
        groups = list(table.groupby("source", sort=False))
        figure, axes = panels(len(groups), 2.8)
        for axis, (source, rows) in zip(axes, groups, strict=True):
            if (rows["kind"] == "lost").any():
                _verdicts(axis, rows)
            else:
                _changes(axis, str(source), rows)
    return figure


def _changes(axis: Axes, source: str, rows: pd.DataFrame) -> None:
    known = rows[rows["estimate"].notna() & rows["true"].notna()]
    sites = known["kind"].isin(_SITES)
    for part, colour, label in ((~sites, GREY, "beside sites"), (sites, BLUE, "at sites")):
        chosen = known[part]
        axis.scatter(chosen["true"], chosen["estimate"], s=7, color=colour, label=label, alpha=0.7, linewidths=0)
    limits = [known["true"].min(), known["true"].max()] if len(known) else [-1, 1]
    axis.plot(limits, limits, color=GREY, linewidth=0.6, linestyle="--")
    at_sites = known[sites]
    true, estimate = at_sites["true"].to_numpy(float), at_sites["estimate"].to_numpy(float)
    found = ", ".join(filter(None, [said_pearson(true, estimate), f"slope {_slope(true, estimate):.2f}"]))
    beside = f"{(~sites).sum()} beside them"
    axis.set_title(f"{source}: {found}\n({len(at_sites)} variants at sites, {beside})")
    axis.set(xlabel="true change of ln cuts", ylabel="change of predicted ln counts")
    axis.legend(loc="upper left")


def _slope(true: NDArray[np.float64], estimate: NDArray[np.float64]) -> float:
    """Slope of the least squares line of estimates on true changes; below 1 effects are estimated too small."""
    spread = true - true.mean() if len(true) > 2 else np.zeros(1)
    return float((spread * estimate).sum() / (spread**2).sum()) if (spread**2).sum() > 0 else np.nan


def _verdicts(axis: Axes, rows: pd.DataFrame) -> None:
    kinds = list(dict.fromkeys(rows["kind"]))
    for offset, (word, colour) in enumerate((("lost", BLUE), ("made", ORANGE))):
        told = rows["verdict"].fillna("").str.contains(word)
        shares = [told[rows["kind"] == kind].mean() for kind in kinds]
        axis.bar(np.arange(len(kinds)) + 0.4 * offset - 0.2, shares, 0.38, color=colour, label=f"a site {word}")
    numbers = [(rows["kind"] == kind).sum() for kind in kinds]
    axis.set_xticks(range(len(kinds)), [f"{kind}\nn = {n}" for kind, n in zip(kinds, numbers, strict=True)])
    axis.set(ylabel="share of the variants", ylim=(0, 1.02))
    axis.set_title("splicing: calls by what was done")
    axis.legend(loc="upper right")
