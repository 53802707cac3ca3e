"""Change of affinity in vitro beside change of accessibility, for variants that touch a site."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import binomtest

from cisgrammar.figures.style import BLUE, GREY, nothing_to_draw, panels, styled
from cisgrammar.tables.io import rows_of

TEXT = ("source", "model", "motif")
_COLUMNS = ["source", "model", "motif", "delta_log_affinity", "delta_log_affinity_se", "logfc"]
_CHANGE, _MOST = ".delta_log_affinity", 20_000


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Change of ln affinity, its error and logfc of each variant that breaks, makes or keeps a site.

    The table is read row by row. Of more than 20,000 variants of a source and model the first are shown.
    """
    found: dict[tuple[str, str], list[tuple[object, ...]]] = {}
    for row in rows_of(inputs["scores"]):
        for model in [name.removesuffix(_CHANGE) for name in row if name.endswith(_CHANGE)]:
            if row[f"{model}.site"] not in ("broken", "made", "kept"):
                continue
            for source in [name.removesuffix(".logfc") for name in row if name.endswith(".logfc")]:
                names = (f"{model}{_CHANGE}", f"{model}{_CHANGE}_se", f"{source}.logfc")
                values = [float(row[name] or "nan") for name in names]
                part = found.setdefault((source, model), [])
                if not np.isnan([values[0], values[2]]).any() and len(part) < _MOST:
                    part.append((row[f"{model}.motif"], *values))
    rows = [(*key, *values) for key in sorted(found) for values in found[key]]
    return pd.DataFrame(rows, columns=_COLUMNS)


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each source and model; bars are standard errors of the fit, the title says how many signs agree."""
    if table.empty:
        with styled():
            return nothing_to_draw("no variant touches a site")
    with styled():
        groups = list(table.groupby(["source", "model"], sort=False))
        figure, axes = panels(len(groups), 2.6)
        for axis, ((source, model), part) in zip(axes, groups, strict=True):
            x, y = part["delta_log_affinity"].to_numpy(), part["logfc"].to_numpy()
            axis.axhline(0, color=GREY, linewidth=0.5, zorder=0)
            axis.axvline(0, color=GREY, linewidth=0.5, zorder=0)
            error = part["delta_log_affinity_se"].fillna(0).to_numpy()
            axis.errorbar(x, y, xerr=error, fmt=".", color=BLUE, markersize=3, elinewidth=0.5)
            axis.set_title(f"{source} beside {model}\n{agreement(x, y)}")
            axis.set(xlabel="change of ln affinity in vitro", ylabel="log2 fold change of counts")
    return figure


def agreement(x: np.ndarray, y: np.ndarray) -> str:
    """How many signs agree, with the exact binomial 95 % interval and the share by chance.

    Variants without a change in one do not count. By chance: if the two signs were independent.
    """
    decided = (x != 0) & (y != 0)
    total = int(decided.sum())
    if not total:
        return "no variant changes both"
    up, more = x[decided] > 0, y[decided] > 0
    same = int((up == more).sum())
    interval = binomtest(same, total).proportion_ci()
    chance = up.mean() * more.mean() + (1 - up.mean()) * (1 - more.mean())
    return (
        f"signs agree in {same} of {total}\n95 % from {interval.low:.0%} to {interval.high:.0%}, by chance {chance:.0%}"
    )
