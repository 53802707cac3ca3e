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
    """The table `preference`: position, base, position_weight, learned and, of newer runs, their errors and `ends`."""
    return profile.PREFERENCE.read(inputs["preference"])


def paint(table: pd.DataFrame) -> Figure:
    """A logo for each of the columns."""
    columns = [name for name in _TITLES if name in table.columns]
    matrices = {name: table.pivot(index="position", columns="base", values=name) for name in columns}
    limit = 1.08 * max(tallest_stack(matrix.to_numpy()) for matrix in matrices.values())
    with styled():
        figure, axes = new_figure(len(columns), 1, (COLUMN, 1.35 * len(columns) + 0.35), sharex=True)
        for axis, name in zip(axes, columns, strict=True):
            draw_logo(axis, matrices[name], limit)
            axis.set_title(_title(name, matrices, table), loc="left")
            axis.set_ylabel("ln preference")
            axis.tick_params(labelbottom=True)
        axes[-1].set_xlabel("bp from the cut's central base")
    return figure


def _title(name: str, matrices: Mapping[str, pd.DataFrame], table: pd.DataFrame) -> str:
    """What a logo shows; below, of how much it is, its largest standard error and how it agrees with the first."""
    reference = "truth" if "truth" in matrices else "position_weight"
    found = []
    if name == "position_weight" and "ends" in table and table["ends"].notna().any():
        found.append(f"{table.groupby('position')['ends'].sum().max():,.0f} 5' ends")
    if f"{name}_se" in table and table[f"{name}_se"].notna().any():
        found.append(f"standard errors up to {table[f'{name}_se'].max():.2g}")
    if name != reference:
        r = pearson(matrices[name], matrices[reference])
        found.append(f"r = {r:.2f} over {matrices[name].size} values")
    return "\n".join([_TITLES[name], ", ".join(found)] if found else [_TITLES[name]])
