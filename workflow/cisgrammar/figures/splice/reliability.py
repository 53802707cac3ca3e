"""Whether a splice model's probabilities are what they say, before and after temperature scaling."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.splice.pr_curves import CHANNELS, ROLES
from cisgrammar.figures.style import BLUE, GREY, ORANGE, new_figure, nothing_to_draw, styled
from cisgrammar.tables.contracts import splice

TEXT = ("role", "channel")
TEXT_OR_NONE = ("stage", "model", "metric")
_STAGES = {"before": (ORANGE, "before scaling"), "after": (BLUE, "after scaling")}
_AREA = 5.0
"""Points squared for each factor of ten in the number of bases."""


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Bins of `reliability` (role, channel, stage, bin, confidence, accuracy, n); below, errors from `accuracy`."""
    table = splice.RELIABILITY.read(inputs["reliability"])
    errors = splice.ACCURACY.read(inputs["accuracy"])
    role = next((name for name in ROLES if name in set(table.role)), "")
    named = errors.metric.isin([f"ece_candidates_{stage}" for stage in _STAGES])
    errors = errors[(errors.role == role) & (errors.model == "model") & named]
    return pd.concat([table[table.role == role], errors], ignore_index=True)


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each kind of site.

    A point is a bin of bases by their probability; its area grows with the logarithm of their number, since all but a
    few bases are in the first one.
    """
    if table.empty or table.confidence.isna().all():
        with styled():
            return nothing_to_draw("no reliability diagram")
    table, errors = table[table.stage.notna()], table[table.metric.notna()]
    with styled():
        figure, axes = new_figure(1, 2, (5.2, 3.0), sharex=True, sharey=True)
        for axis, channel in zip(axes, CHANNELS, strict=True):
            axis.plot([0, 1], [0, 1], color=GREY, linewidth=0.6, linestyle="--")
            for stage, (colour, label) in _STAGES.items():
                chosen = table[(table.channel == channel) & (table.stage == stage)]
                _points(axis, chosen.sort_values("confidence"), colour, label)
            axis.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="predicted probability", box_aspect=1)
            axis.set_title(f"{channel}{_errors(errors, channel)}")
        axes[0].set_ylabel("share of true sites")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        figure.suptitle(f"{ROLES[table.role.iloc[0]]}; area: number of bases on a log scale", fontsize=7.5)
    return figure


def _points(axis: Axes, table: pd.DataFrame, colour: str, label: str) -> None:
    axis.plot(table.confidence, table.accuracy, color=colour, linewidth=0.8, alpha=0.7)
    areas = _AREA * (1 + np.log10(table.n.clip(lower=1)))
    axis.scatter(table.confidence, table.accuracy, s=areas, color=colour, alpha=0.8, linewidths=0, label=label)


def _errors(errors: pd.DataFrame, channel: str) -> str:
    """The calibration errors over bases with a probability of at least 0.01, which is what can be seen of them."""
    known = errors[errors.channel == channel].set_index("metric").value
    names = {stage: f"ece_candidates_{stage}" for stage in _STAGES}
    found = [f"{known[name]:.3f} {stage}" for stage, name in names.items() if np.isfinite(known.get(name, np.nan))]
    return f"\ncalibration error {', '.join(found)}" if found else ""
