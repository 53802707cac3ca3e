"""Thresholds of a splice model, and what it reaches with them, each with its interval over genes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.splice.pr_curves import CHANNELS, ROLES
from cisgrammar.figures.style import BLUE, GREY, ORANGE, TWO_COLUMNS, new_figure, nothing_to_draw, styled
from cisgrammar.tables.contracts import splice

TEXT = ("channel", "role", "model", "metric")
_COLOURS = dict(zip(CHANNELS, (BLUE, ORANGE), strict=True))
_METRICS = {
    "recall": "recall",
    "precision": "precision",
    "top_k_0.5": "top-k, k = n/2",
    "top_k_1": "top-k, k = n",
    "pr_auc": "area under PR curve",
}
_APART = 0.17


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Rows of `thresholds` (channel, threshold, lower, upper, sites, called) and the metrics of `accuracy`.

    Accuracy is that of held-out genes, where there are some.
    """
    thresholds = splice.THRESHOLDS.read(inputs["thresholds"])
    accuracy = splice.ACCURACY.read(inputs["accuracy"])
    role = next((name for name in ROLES if name in set(accuracy.role)), "")
    accuracy = accuracy[(accuracy.role == role) & accuracy.metric.isin(_METRICS)]
    return pd.concat([_as_metrics(thresholds), accuracy], ignore_index=True)


def paint(table: pd.DataFrame) -> Figure:
    """Thresholds, and what is reached with them. Filled: the model; open and grey: position weights."""
    thresholds, accuracy = table[table.metric == "threshold"], table[table.metric != "threshold"]
    with styled():
        if table.empty:
            return nothing_to_draw("no threshold was set")
        figure, axes = new_figure(1, 2, (TWO_COLUMNS, 2.5), width_ratios=(1, 2.4))
        _thresholds(axes[0], thresholds)
        _metrics(axes[1], accuracy)
        axes[1].set_title(ROLES.get(accuracy.role.iloc[0], "") if len(accuracy) else "")
        figure.legend(*axes[1].get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def _as_metrics(thresholds: pd.DataFrame) -> pd.DataFrame:
    table = thresholds.rename(columns={"threshold": "value"})[["channel", "value", "lower", "upper", "sites", "called"]]
    return table.assign(role="calibration", model="model", metric="threshold")


def _thresholds(axis: Axes, table: pd.DataFrame) -> None:
    for place, row in enumerate(table.itertuples()):
        _bar(axis, place, row.value, (row.lower, row.upper), _COLOURS.get(row.channel, GREY))
    labels = [f"{row.channel}\nn = {row.sites:,.0f}\n{row.called:,.0f} called" for row in table.itertuples()]
    axis.set_xticks(range(len(table)), labels)
    axis.set(xlim=(-0.6, len(table) - 0.4), ylim=(0, 1.04), ylabel="threshold (probability)", title="thresholds")


def _metrics(axis: Axes, table: pd.DataFrame) -> None:
    names = [name for name in _METRICS if name in set(table.metric)]
    groups = [(model, channel) for model in ("model", "position_weights") for channel in CHANNELS]
    for turn, (model, channel) in enumerate(groups):
        part = table[(table.model == model) & (table.channel == channel)].set_index("metric")
        label: str | None = channel if model == "model" else f"{channel}, position weights"
        for place, name in enumerate(names):
            if name in part.index:
                row = part.loc[name]
                where = place + (turn - 1.5) * _APART
                _bar(axis, where, row.value, (row.lower, row.upper), _COLOURS[channel], model == "model", label)
                label = None
    axis.set_xticks(range(len(names)), [_METRICS[name].replace(", ", ",\n").replace(" PR", "\nPR") for name in names])
    axis.set(ylim=(0, 1.04), ylabel="share")


def _bar(
    axis: Axes,
    x: float,
    value: float,
    bounds: tuple[float, float],
    colour: str,
    filled: bool = True,
    label: str | None = None,
) -> None:
    if np.isfinite(bounds).all():
        axis.plot([x, x], bounds, color=colour, linewidth=1.2, alpha=1 if filled else 0.5)
    face = colour if filled else "white"
    axis.plot(x, value, "o", color=colour, markersize=4, markerfacecolor=face, label=label, alpha=1 if filled else 0.6)
