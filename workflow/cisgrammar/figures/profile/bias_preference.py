"""The enzyme's preference: counted around cuts, and as the bias model learned it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from cisgrammar.figures.style import COLUMN, new_figure, styled
from cisgrammar.motifs.logo import draw_logo, tallest_stack
from cisgrammar.statistics.correlation import pearson
from cisgrammar.tables.contracts import profile

TEXT = ("base",)
_TITLES = {
    "position_weight": "counted: log-odds of bases around cuts",
    "learned": "learned: response of the bias model",
    "truth": "truth: the simulated enzyme",
}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `preference`: columns position, base, position_weight, learned; truth if there."""
    return profile.PREFERENCE.read(inputs["preference"])


def paint(table: pd.DataFrame) -> Figure:
    """A logo for each of the columns."""
    columns = [name for name in _TITLES if name in table.columns]
    matrices = {name: table.pivot(index="position", columns="base", values=name) for name in columns}
    limit = 1.08 * max(tallest_stack(matrix.to_numpy()) for matrix in matrices.values())
    with styled():
        figure, axes = new_figure(len(columns), 1, (COLUMN, 1.25 * len(columns) + 0.35), sharex=True)
        for axis, name in zip(axes, columns, strict=True):
            draw_logo(axis, matrices[name], limit)
            axis.set_title(_title(name, matrices), loc="left")
            axis.set_ylabel("ln preference")
        axes[-1].set_xlabel("bp from the cut's central base")
    return figure


def _title(name: str, matrices: Mapping[str, pd.DataFrame]) -> str:
    reference = "truth" if "truth" in matrices else "position_weight"
    if name == reference:
        return _TITLES[name]
    r = pearson(matrices[name], matrices[reference])
    return f"{_TITLES[name]} (r = {r:.2f})"
