"""Change of affinity in vitro beside change of accessibility, for variants that touch a site."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import binomtest

from cisgrammar.figures.style import BLUE, GREY, nothing_to_draw, panels, styled
from cisgrammar.tables.contracts.variants import SCORES

TEXT = ("source", "model", "motif")


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Change of ln affinity, its error and logfc of each variant that breaks, makes or keeps a site."""
    scores = SCORES.read(inputs["scores"])
    names = ("source", "model", "motif", "delta_log_affinity", "delta_log_affinity_se", "logfc")
    parts = [pd.DataFrame({name: [] for name in names})]
    for model in [name.removesuffix(".delta_log_affinity") for name in scores if name.endswith(".delta_log_affinity")]:
        for source in [name.removesuffix(".logfc") for name in scores if name.endswith(".logfc")]:
            part = pd.DataFrame(
                {
                    "source": source,
                    "model": model,
                    "motif": scores[f"{model}.motif"],
                    **{n: scores[f"{model}.{n}"].astype(float) for n in names[3:5]},
                    "logfc": scores[f"{source}.logfc"].astype(float),
                }
            )
            touched = scores[f"{model}.site"].isin(["broken", "made", "kept"])
            parts.append(part[touched & part["logfc"].notna() & part["delta_log_affinity"].notna()])
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


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
    """How many signs agree, with the exact binomial 95 % interval; variants without a change in one do not count."""
    decided = (x != 0) & (y != 0)
    total = int(decided.sum())
    if not total:
        return "no variant changes both"
    same = int((np.sign(x) == np.sign(y))[decided].sum())
    interval = binomtest(same, total).proportion_ci()
    return f"signs agree in {same} of {total} (95 % from {interval.low:.0%} to {interval.high:.0%})"
