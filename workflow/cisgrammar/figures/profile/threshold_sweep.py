"""The sweep of the bias threshold: fit to background, what else was learned, and the choice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, GREY, VERMILION, new_figure, styled
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.tables.contracts import profile

TEXT = ("verdict",)
# Of a column: the share of its size, and the units, that its axis spans at least.
_LEAST = {"background_nll": (0.02, 0.0), "background_jsd": (0.04, 0.0), "peak_counts_pearson": (0.0, 0.3)}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `sweep` of the bias stage, by threshold."""
    return profile.SWEEP.read(inputs["sweep"]).sort_values("threshold", ignore_index=True)


def paint(table: pd.DataFrame) -> Figure:
    """One point for each threshold, a panel for each measure."""
    panels = {
        "background_nll": (
            "NLL per cut (nats)",
            f"held-out background{_number(table, 'background_windows')}\nlower: better",
            "position_weight_nll",
        ),
        "background_jsd": ("median JS distance", "the same windows\nlower: better", "position_weight_jsd"),
        "peak_counts_pearson": (
            "Pearson r of log counts",
            f"held-out peaks{_number(table, 'peak_windows')}\nfar above dashes: leak",
            "position_weight_counts_pearson",
        ),
        "n_windows": ("windows", "training background", None),
    }
    with styled():
        figure, axes = new_figure(2, 2, (4.6, 4.1), sharex=True)
        for axis, (column, (label, title, reference)) in zip(axes, panels.items(), strict=True):
            _panel(axis, table, column, reference)
            axis.set_ylabel(label)
            axis.set_title(title)
            _widen(axis, *_LEAST.get(column, (0.0, 0.0)))
        for axis in axes[2:]:
            axis.set_xlabel("threshold (x low quantile of peaks)")
        axes[3].set_ylim(bottom=0)
        _differences(axes[0], table)
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2)
        chosen = table[table["chosen"].astype(bool)]
        verdict = f"chosen threshold: {chosen.threshold.iloc[0]:g} ({chosen.verdict.iloc[0]})" if len(chosen) else ""
        figure.suptitle(verdict, fontsize=7.5)
    return figure


def _number(table: pd.DataFrame, column: str) -> str:
    """The number of windows for a title; nothing for tables of older runs, which do not have it."""
    known = table[column].max() if column in table else 0
    return f" (n = {known:,.0f})" if known > 0 else ""


def _differences(axis: Axes, table: pd.DataFrame) -> None:
    """Bars for the 95 % interval of the difference from position weights, which are of the same windows."""
    if "above_weights_se" not in table or not np.isfinite(table["above_weights_se"]).any():
        return
    half = NORMAL_95 * table["above_weights_se"].where(np.isfinite(table["above_weights_se"]), 0.0)
    axis.errorbar(
        *(table.threshold, table.background_nll),
        yerr=half,
        fmt="none",
        ecolor="black",
        elinewidth=0.8,
        zorder=2,
        label="difference from weights, 95 %",
    )


def _widen(axis: Axes, share: float, least: float) -> None:
    """Show at least a share of the values' size and so much of their unit: a small difference must look small."""
    low, high = axis.get_ylim()
    middle = (low + high) / 2
    half = max(share * abs(middle), least, high - low) / 2
    axis.set_ylim(middle - half, middle + half)


def _panel(axis: Axes, table: pd.DataFrame, column: str, reference: str | None) -> None:
    leaks = table["leakage"].astype(bool)
    chosen = table["chosen"].astype(bool)
    axis.plot(table.threshold, table[column], color=GREY, zorder=1)
    for mask, colour, label in ((~leaks, BLUE, "no leakage"), (leaks, VERMILION, "motif leakage")):
        axis.scatter(
            table.threshold[mask], table[column][mask], s=16, color=colour, label=label if mask.any() else None
        )
    axis.scatter(
        table.threshold[chosen],
        table[column][chosen],
        s=70,
        facecolors="none",
        edgecolors="black",
        linewidths=0.9,
        label="chosen",
        zorder=3,
    )
    if reference in table.columns:
        axis.plot(table.threshold, table[reference], color=GREY, linestyle="--", label="position weights", zorder=1)
    axis.margins(x=0.12, y=0.2)
