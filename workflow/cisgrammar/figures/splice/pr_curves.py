"""Precision against recall of splice sites, the model beside position weights, with top-k accuracy marked."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, GREY, new_figure, nothing_to_draw, styled
from cisgrammar.tables.contracts import splice

TEXT = ("role", "model", "channel")
TEXT_OR_NONE = ("metric",)
CHANNELS = ("acceptor", "donor")
LOOKS = {"model": (BLUE, "model"), "position_weights": (GREY, "position weights")}
ROLES = {"held_out": "held-out genes", "calibration": "calibration genes"}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Points of `pr` (role, model, channel, recall, precision) and, below, the metrics of `accuracy` that are named.

    Of the roles the held-out genes are taken, where there are some.
    """
    curves = splice.PR.read(inputs["pr"])
    accuracy = splice.ACCURACY.read(inputs["accuracy"])
    role = next((name for name in ROLES if name in set(curves.role)), "")
    named = accuracy.metric.isin(["pr_auc", "top_k_1", "sites"])
    return pd.concat([curves[curves.role == role], accuracy[(accuracy.role == role) & named]], ignore_index=True)


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each kind of site.

    Top-k accuracy is the share of true sites among as many bases as there are sites, so precision and recall are both
    that there.
    """
    if "recall" not in table or table.recall.isna().all():
        with styled():
            return nothing_to_draw("no precision-recall curve")
    curves, accuracy = table[table.recall.notna()], table[table.metric.notna()]
    with styled():
        figure, axes = new_figure(1, 2, (5.2, 3.2), sharex=True, sharey=True)
        for axis, channel in zip(axes, CHANNELS, strict=True):
            for model, (colour, label) in LOOKS.items():
                curve = curves[(curves.model == model) & (curves.channel == channel)]
                numbers = accuracy[(accuracy.model == model) & (accuracy.channel == channel)].set_index("metric")
                if len(curve):
                    _curve(axis, curve, numbers, colour, label)
            sites = accuracy[(accuracy.channel == channel) & (accuracy.metric == "sites")].value
            axis.set_title(f"{channel}: n = {sites.iloc[0]:,.0f} sites" if len(sites) else channel)
            axis.set(xlim=(0, 1.02), ylim=(0, 1.02), xlabel="recall", box_aspect=1)
            axis.legend(loc="lower left")
        axes[0].set_ylabel("precision")
        figure.suptitle(f"{ROLES[table.role.iloc[0]]}; dot: top-k accuracy, k = n", fontsize=7.5)
    return figure


def _curve(axis: Axes, curve: pd.DataFrame, numbers: pd.DataFrame, colour: str, label: str) -> None:
    parts = [label]
    for metric, name in (("pr_auc", "area"), ("top_k_1", "top-k")):
        if metric in numbers.index:
            parts.append(f"{name} {interval(numbers.loc[metric])}")
    curve = curve.sort_values("recall", kind="stable")
    # From one recall to the next the precision is that of the next, as in the area that is given.
    recall, precision = np.append(0.0, curve.recall), np.append(curve.precision.iloc[0], curve.precision)
    axis.step(recall, precision, where="pre", color=colour, label="\n   ".join(parts))
    if "top_k_1" in numbers.index and np.isfinite(numbers.value["top_k_1"]):
        at = numbers.value["top_k_1"]
        axis.plot(at, at, "o", color=colour, markersize=4.5, markeredgecolor="white", zorder=3, clip_on=False)


def interval(row: pd.Series) -> str:
    """A number with its interval, such as `0.93 (0.91-0.95)`."""
    bounds = f" ({row.lower:.2f}-{row.upper:.2f})" if np.isfinite(row.lower) and np.isfinite(row.upper) else ""
    return f"{row.value:.2f}{bounds}"
