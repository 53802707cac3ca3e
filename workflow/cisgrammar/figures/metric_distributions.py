"""How far predicted profiles are from the reads: models beside baselines and the pseudo-replicate bound."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cisgrammar.figures.style import (
    COLOURS,
    GREY,
    NAMES,
    TWO_COLUMNS,
    Drawn,
    new_figure,
    styled,
)
from cisgrammar.tables import read_table

_ORDER = (
    "combined",
    "residual",
    "transformation",
    "bias",
    "position_weight_profile",
    "position_weight",
    "mean_profile",
    "uniform",
    "pseudo_replicate",
)
_PANELS = {
    "jsd": "Jensen-Shannon distance",
    "nll_per_cut": "NLL per cut (nats)",
    "pearson": "Pearson r of profiles",
}
_KINDS = {"peak": "peaks", "background": "background"}


def draw(inputs: Mapping[str, str]) -> Drawn:
    """Draw the distributions in `per_region` (model, head, kind and a column for each metric), heads together."""
    table = read_table(inputs["per_region"], ["model", "head", "kind", *_PANELS])
    models = [model for model in _ORDER if model in set(table.model)]
    kinds = [kind for kind in _KINDS if kind in set(table.kind)]
    shown = pd.concat(
        _quantiles(table, model, kind, metric) for kind in kinds for metric in _PANELS for model in models
    )
    with styled():
        figure, axes = new_figure(len(kinds), 3, (TWO_COLUMNS, 0.5 + 1.75 * len(kinds)), sharey=True)
        for i, kind in enumerate(kinds):
            for j, (metric, label) in enumerate(_PANELS.items()):
                axis = axes[3 * i + j]
                _panel(axis, table[table.kind == kind], models, metric)
                if j == 0:
                    windows = len(table[(table.kind == kind) & (table.model == models[0])])
                    axis.set_title(f"{_KINDS[kind]} (n = {windows})", loc="left")
                if i == len(kinds) - 1:
                    axis.set_xlabel(label)
    return Drawn(figure, shown.reset_index(drop=True))


def _panel(axis: Axes, table: pd.DataFrame, models: list[str], metric: str) -> None:
    values = [table[metric][table.model == model].dropna().to_numpy() for model in models]
    rows = np.arange(len(models))[::-1]
    drawn = axis.boxplot(
        [v if len(v) else [np.nan] for v in values],
        positions=rows,
        orientation="horizontal",
        widths=0.65,
        showfliers=False,
        patch_artist=True,
        medianprops={"color": "black", "linewidth": 1.0},
        whis=(5, 95),
        boxprops={"linewidth": 0.5},
        whiskerprops={"linewidth": 0.5},
        capprops={"linewidth": 0.5},
    )
    for box, model in zip(drawn["boxes"], models):
        box.set_facecolor(COLOURS.get(model, "#cccccc"))
        box.set_alpha(0.75)
    if models and len(values[0]):
        axis.axvline(np.median(values[0]), color=GREY, linestyle=":", linewidth=0.7, zorder=0)
    axis.set_yticks(rows, [NAMES[model] for model in models])
    axis.tick_params(axis="y", length=0)


def _quantiles(table: pd.DataFrame, model: str, kind: str, metric: str) -> pd.DataFrame:
    known = table[metric][(table.model == model) & (table.kind == kind)].dropna()
    quantiles = {f"q{q}": known.quantile(q / 100) for q in (5, 25, 50, 75, 95)}
    return pd.DataFrame([{"kind": kind, "metric": metric, "model": model, "n": len(known), **quantiles}])
