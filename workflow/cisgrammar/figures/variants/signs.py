"""How often variants at a motif's sites change affinity and accessibility in one direction, beside chance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, GREY, nothing_to_draw, panels, styled
from cisgrammar.tables.contracts.variants import SIGNS

TEXT = ("source", "model", "motif")


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `signs`."""
    return SIGNS.read(inputs["signs"])


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each source and binding model, a row for each motif; a bar marks the share by chance."""
    if table.empty:
        with styled():
            return nothing_to_draw("no variant touches a site")
    with styled():
        groups = list(table.groupby(["source", "model"], sort=False))
        figure, axes = panels(len(groups), 2.4)
        for axis, ((source, model), part) in zip(axes, groups, strict=True):
            y = np.arange(len(part))[::-1]
            error = np.stack([part["share"] - part["low"], part["high"] - part["share"]])
            axis.errorbar(part["share"], y, xerr=error, fmt="o", color=BLUE, markersize=4, label="share, 95 %")
            axis.plot(part["expected"], y, "|", color=GREY, markersize=12, label="by chance")
            names = [f"{m} ({n})" for m, n in zip(part["motif"], part["variants"], strict=True)]
            axis.set_yticks(y, names)
            axis.set(xlim=(-0.02, 1.02), ylim=(-0.6, len(part) - 0.4), xlabel="share of variants with equal signs")
            axis.set_title(f"{source} beside {model}")
        axes[0].legend(loc="lower left")
    return figure
