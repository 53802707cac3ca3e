"""Necessity of each motif (ablation) against its sufficiency (put into background), decoys beside them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, COLUMN, GREY, ORANGE, new_figure, nothing_to_draw, styled
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.tables.contracts import ablation

TEXT = ("motif", "model", "head")
_COLUMNS = [
    *("motif", "model", "head", "sites", "necessity", "necessity_low", "necessity_high"),
    *("sufficiency", "sufficiency_se", "decoy_necessity", "decoy_necessity_low", "decoy_necessity_high"),
    *("decoy_sufficiency", "decoy_sufficiency_se"),
]


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Rows of `motifs` (the motif table) of the first model and head."""
    table = ablation.MOTIFS.read(inputs["motifs"])[_COLUMNS]
    place = table[["model", "head"]].head(1)
    return table.merge(place, on=["model", "head"]).reset_index(drop=True)


def paint(table: pd.DataFrame) -> Figure:
    """A point per motif, and one for its decoys.

    Bars are 95 % intervals: over sites, clustered by region, and over backgrounds.
    """
    known = table.dropna(subset=["necessity", "sufficiency"])
    with styled():
        if known.empty:
            return nothing_to_draw("no motif has both necessity and sufficiency")
        figure, (axis,) = new_figure(size=(COLUMN, 3.0))
        axis.axhline(0, color=GREY, linewidth=0.6)
        axis.axvline(0, color=GREY, linewidth=0.6)
        _points(axis, known, "decoy_", ORANGE, "decoys")
        _points(axis, known, "", BLUE, "motifs")
        for row in known.itertuples():
            axis.annotate(
                f"{row.motif} ({row.sites})",
                (row.necessity, row.sufficiency),
                xytext=(3, 3),
                textcoords="offset points",
                fontsize=6.5,
            )
        axis.set_xlabel("necessity: ln counts before minus after ablation")
        axis.set_ylabel("sufficiency: ln counts\nwith minus without the motif")
        axis.set_title(f"model: {table['model'].iloc[0]}; n sites in brackets; bars: 95 %", loc="left")
        axis.legend(loc="best")
    return figure


def _points(axis: Axes, rows: pd.DataFrame, prefix: str, colour: str, label: str) -> None:
    x, y = (rows[f"{prefix}{name}"].to_numpy(dtype=float) for name in ("necessity", "sufficiency"))
    if not (np.isfinite(x) & np.isfinite(y)).any():
        return
    low, high = (rows[f"{prefix}necessity_{end}"].to_numpy(dtype=float) for end in ("low", "high"))
    width = np.nan_to_num(np.abs(np.stack([x - low, high - x])))
    height = NORMAL_95 * rows[f"{prefix}sufficiency_se"].fillna(0.0).to_numpy(dtype=float)
    axis.errorbar(x, y, xerr=width, yerr=height, fmt="o", markersize=3, elinewidth=0.7, color=colour, label=label)
