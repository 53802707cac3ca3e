"""How far predicted profiles are from the reads: models beside baselines and references."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import COLOURS, GREY, TWO_COLUMNS, names_of, new_figure, styled
from cisgrammar.tables.contracts import profile

_ORDER = (
    "combined",
    "residual",
    "transformation",
    "bias",
    "position_weight_profile",
    "position_weight",
    "mean_profile",
    "control",
    "uniform",
    "other_half",
    "other_half_cuts",
    "perfect_model",
)

TEXT = ("kind", "metric", "model")
_PANELS = {
    "jsd": "Jensen-Shannon distance (lower: better)",
    "nll_per_cut": "NLL per cut, nats (lower: better)",
    "pearson": "Pearson r of profiles (higher: better)",
}
_READING = "box: 25 to 75 % of windows; whiskers: 5 to 95 %; dotted: median of the first row"
_KINDS = {"peak": "peaks", "background": "background"}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Quantiles of each metric in `per_region` (model, head, kind and a column for each metric), heads together.

    `windows` is the number of rows, `n` of those that have the metric.
    """
    table = profile.PER_REGION.read(inputs["per_region"])
    models, kinds = _present(table)
    rows = [_quantiles(table, model, kind, metric) for kind in kinds for metric in _PANELS for model in models]
    return pd.DataFrame(rows)


def paint(table: pd.DataFrame) -> Figure:
    """A row of panels for each kind of window: boxes from the 25 to the 75 %, whiskers from the 5 to the 95 %."""
    models, kinds = _present(table)
    with styled():
        figure, axes = new_figure(len(kinds), 3, (TWO_COLUMNS, 0.5 + 1.75 * len(kinds)), sharey=True)
        for i, kind in enumerate(kinds):
            for j, (metric, label) in enumerate(_PANELS.items()):
                axis = axes[3 * i + j]
                rows = table[(table.kind == kind) & (table.metric == metric)].set_index("model").reindex(models)
                _panel(axis, rows)
                if j == 0:
                    axis.set_title(f"{_KINDS[kind]} (n = {rows.windows.iloc[0]:.0f})", loc="left")
                axis.set_xlabel(label)
        figure.supxlabel(_READING, fontsize=6)
    return figure


def _present(table: pd.DataFrame) -> tuple[list[str], list[str]]:
    """The models and kinds of window that there are, in the order of the figure."""
    return [m for m in _ORDER if m in set(table.model)], [k for k in _KINDS if k in set(table.kind)]


def _panel(axis: Axes, table: pd.DataFrame) -> None:
    rows = np.arange(len(table))[::-1]
    names = {"whislo": "q5", "q1": "q25", "med": "q50", "q3": "q75", "whishi": "q95"}
    drawn = axis.bxp(
        [{place: row[quantile] for place, quantile in names.items()} for _, row in table.iterrows()],
        positions=rows,
        orientation="horizontal",
        widths=0.65,
        showfliers=False,
        patch_artist=True,
        medianprops={"color": "black", "linewidth": 1.0},
        boxprops={"linewidth": 0.5},
        whiskerprops={"linewidth": 0.5},
        capprops={"linewidth": 0.5},
    )
    for box, model in zip(drawn["boxes"], table.index, strict=True):
        box.set_facecolor(COLOURS.get(model, "#cccccc"))
        box.set_alpha(0.75)
    if len(table) and np.isfinite(table.q50.iloc[0]):
        axis.axvline(table.q50.iloc[0], color=GREY, linestyle=":", linewidth=0.7, zorder=0)
    axis.set_yticks(rows, [names_of(table.index)[model] for model in table.index])
    axis.tick_params(axis="y", length=0)


def _quantiles(table: pd.DataFrame, model: str, kind: str, metric: str) -> dict[str, object]:
    rows = table[metric][(table.model == model) & (table.kind == kind)]
    quantiles = {f"q{q}": rows.dropna().quantile(q / 100) for q in (5, 25, 50, 75, 95)}
    place = {"kind": kind, "metric": metric, "model": model}
    return {**place, "windows": len(rows), "n": rows.notna().sum(), **quantiles}
