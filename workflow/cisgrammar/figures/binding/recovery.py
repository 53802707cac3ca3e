"""A simulated SELEX experiment: the truth beside what was estimated, with errors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, GREY, VERMILION, nothing_to_draw, panels, styled
from cisgrammar.statistics.correlation import pearson
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.tables.contracts import simulate

TEXT = ("quantity", "name")
_COLUMNS = ["quantity", "name", "true", "estimate", "standard_error"]
_PANELS = {
    "matrix": (("beta",), "-ddG/RT (nats)"),
    "position bias": (("position_bias",), "ln position bias (nats)"),
    "cooperativity": (("log_omega",), "ln omega (nats)"),
    "activity and Hill exponent": (("log_activity", "log_hill"), "ln value (nats)"),
}
# Too few, and too different, for a scatter.
_FEW = ("activity and Hill exponent",)
_LABELS = {"log_activity": "ln activity", "log_hill": "ln Hill exponent"}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `truth`."""
    return simulate.RECOVERED_BINDING.read(inputs["truth"])[_COLUMNS]


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each kind of quantity: bars are 95 % intervals; what is over two standard errors away is red."""
    kinds = [kind for kind, (quantities, _) in _PANELS.items() if table["quantity"].isin(quantities).any()]
    with styled():
        if not kinds:
            return nothing_to_draw("nothing to compare with the truth")
        figure, axes = panels(len(kinds), 2.7)
        for axis, kind in zip(axes, kinds, strict=True):
            quantities, unit = _PANELS[kind]
            rows = table[table["quantity"].isin(quantities)]
            axis.set_title(f"{kind}: {_numbers(rows)}", loc="left")
            if kind in _FEW:
                _differences(axis, rows)
                axis.set_xlabel(f"estimated minus true {unit}")
                continue
            _panel(axis, rows)
            axis.set(xlabel=f"true {unit}", ylabel=f"estimated {unit}")
    return figure


def _panel(axis: Axes, rows: pd.DataFrame) -> None:
    finite = rows[np.isfinite(rows["true"]) & np.isfinite(rows["estimate"])]
    far = ((finite["estimate"] - finite["true"]).abs() > 2 * finite["standard_error"]).to_numpy()
    for mask, colour in ((~far, BLUE), (far, VERMILION)):
        axis.errorbar(
            finite["true"][mask],
            finite["estimate"][mask],
            yerr=NORMAL_95 * finite["standard_error"][mask].fillna(0.0),
            fmt="o",
            markersize=2.8,
            elinewidth=0.7,
            color=colour,
        )
    low = min(finite["true"].min(), finite["estimate"].min())
    high = max(finite["true"].max(), finite["estimate"].max())
    axis.plot([low, high], [low, high], color=GREY, linewidth=0.6, linestyle="--", zorder=0)


def _differences(axis: Axes, rows: pd.DataFrame) -> None:
    """A line for each value: how far it is from the truth."""
    rows = rows[np.isfinite(rows["true"]) & np.isfinite(rows["estimate"])]
    y = np.arange(len(rows))[::-1]
    error = NORMAL_95 * rows["standard_error"].fillna(0.0)
    far = ((rows["estimate"] - rows["true"]).abs() > 2 * rows["standard_error"]).to_numpy()
    difference = rows["estimate"] - rows["true"]
    for mask, colour in ((~far, BLUE), (far, VERMILION)):
        axis.errorbar(
            difference[mask], y[mask], xerr=error[mask], fmt="o", markersize=2.8, elinewidth=0.7, color=colour
        )
    axis.axvline(0, color=GREY, linewidth=0.6, linestyle="--", zorder=0)
    labels = [f"{_LABELS[row.quantity]},\n{row.name}\n(true {row.true:.2f})" for row in rows.itertuples()]
    axis.set_yticks(y, labels, fontsize=6)
    axis.set_ylim(-0.7, len(rows) - 0.3)


def _numbers(rows: pd.DataFrame) -> str:
    known = rows.dropna(subset=["true", "estimate", "standard_error"])
    near = (known["estimate"] - known["true"]).abs() <= 2 * known["standard_error"]
    r = pearson(rows["true"], rows["estimate"])
    correlation = f"r = {r:.3f}, " if np.isfinite(r) and len(rows) > 3 else ""
    return f"{correlation}n = {len(rows)}\n{near.sum()} of {len(known)} within two standard errors"
