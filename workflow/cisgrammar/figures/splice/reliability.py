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
_ONE = {"before": (BLUE, "temperature 1: no other one helps on genes that did not set it")}
_AREA = 5.0
"""Points squared for each factor of ten in the number of bases."""


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Bins of `reliability`, with the interval of their accuracy; below, errors from `accuracy`."""
    table = splice.RELIABILITY.read(inputs["reliability"])
    errors = splice.ACCURACY.read(inputs["accuracy"])
    role = next((name for name in ROLES if name in set(table.role)), "")
    named = errors.metric.isin([f"ece_candidates_{stage}" for stage in _STAGES])
    errors = errors[(errors.role == role) & (errors.model == "model") & named]
    return pd.concat([table[table.role == role], errors], ignore_index=True)


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each kind of site.

    A point is a bin of bases by their probability, with the 95 % interval of its share over genes; its area grows with
    the logarithm of the number of bases, since all but a few are in the first one. Where no temperature is used, there
    is one series.
    """
    if table.empty or table.confidence.isna().all():
        with styled():
            return nothing_to_draw("no reliability diagram")
    table, errors = table[table.stage.notna()], table[table.metric.notna()]
    stages = _ONE if _alike(table) else _STAGES
    with styled():
        figure, axes = new_figure(1, 2, (5.2, 3.7), sharex=True, sharey=True)
        for axis, channel in zip(axes, CHANNELS, strict=True):
            axis.plot([0, 1], [0, 1], color=GREY, linewidth=0.6, linestyle="--")
            for stage, (colour, label) in stages.items():
                chosen = table[(table.channel == channel) & (table.stage == stage)]
                _points(axis, chosen.sort_values("confidence"), colour, label)
            axis.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel="predicted probability", box_aspect=1)
            axis.set_title(f"{channel}{_errors(errors, channel, stages)}")
        axes[0].set_ylabel("share of true sites")
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
        figure.suptitle(
            f"{ROLES[table.role.iloc[0]]}; bars: 95 % over genes; area: number of bases on a log scale", fontsize=7.5
        )
    return figure


def _points(axis: Axes, table: pd.DataFrame, colour: str, label: str) -> None:
    axis.plot(table.confidence, table.accuracy, color=colour, linewidth=0.8, alpha=0.7)
    axis.vlines(table.confidence, table.lower, table.upper, color=colour, linewidth=0.8, alpha=0.7)
    areas = _AREA * (1 + np.log10(table.n.clip(lower=1)))
    axis.scatter(table.confidence, table.accuracy, s=areas, color=colour, alpha=0.8, linewidths=0, label=label)


def _alike(table: pd.DataFrame) -> bool:
    """Whether both stages have the same bins: the temperature is 1, for no other one helps."""
    before, after = (
        table[table.stage == stage].drop(columns="stage").reset_index(drop=True) for stage in ("before", "after")
    )
    return before.equals(after)


def _errors(errors: pd.DataFrame, channel: str, stages: Mapping[str, object]) -> str:
    """The calibration errors over bases with a probability of at least 0.01, which is what can be seen of them."""
    known = errors[errors.channel == channel].set_index("metric")
    found = []
    for stage in stages:
        name = f"ece_candidates_{stage}"
        if name in known.index and np.isfinite(known.value[name]):
            row = known.loc[name]
            when = f" {stage}" if len(stages) > 1 else ""
            found.append(f"{row.value:.3f} ({row.lower:.3f} to {row.upper:.3f}){when}")
    return "\ncalibration error " + "\n".join(found) if found else ""
