"""Predicted against observed counts of windows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import COLOURS, GREY, TWO_COLUMNS, names_of, new_figure, styled
from cisgrammar.statistics.correlation import said_pearson
from cisgrammar.tables.contracts import profile

TEXT = ("chrom", "model", "head", "kind")
_MODELS = ("combined", "transformation", "position_weight", "control", "other_half", "other_half_cuts")
_MOST_POINTS = 3000


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Counts and predicted log counts of the peaks in `per_region`, heads together."""
    columns = ["chrom", "start", "end", "model", "head", "kind", "counts", "log_counts"]
    table = profile.PER_REGION.read(inputs["per_region"])[columns]
    table = table[(table.kind == "peak") & table.model.isin(_MODELS) & table.log_counts.notna()]
    return table.reset_index(drop=True)


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each model."""
    models = [model for model in _MODELS if model in set(table.model)]
    with styled():
        figure, axes = new_figure(1, max(len(models), 1), (TWO_COLUMNS, 2.4), sharex=True, sharey=True)
        for axis, model in zip(axes, models, strict=False):
            _panel(axis, table[table.model == model])
            axis.set_title(f"{names_of(models)[model]}\n{_numbers(table[table.model == model])}")
            axis.set_xlabel("observed ln(1 + 5' ends)")
            for point in axis.collections:
                point.set_color(COLOURS.get(model, GREY))
        axes[0].set_ylabel("predicted ln(5' ends)")
    return figure


def _panel(axis: Axes, table: pd.DataFrame) -> None:
    step = -(-len(table) // _MOST_POINTS) if len(table) else 1
    few = table.iloc[::step]
    axis.scatter(np.log1p(few.counts), few.log_counts, s=4, alpha=0.5, linewidths=0, rasterized=True)
    low, high = np.log1p(table.counts).min(), np.log1p(table.counts).max()
    axis.plot([low, high], [low, high], color=GREY, linewidth=0.6, linestyle="--")


def _numbers(table: pd.DataFrame) -> str:
    observed, predicted = np.log1p(table.counts), table.log_counts
    correlation = said_pearson(observed, predicted) or "no correlation: constant"
    error = np.square(observed - predicted).mean()
    return f"{correlation}\nn = {len(table)}, squared error {error:.2f}"
