"""Variants by the size of their effect on counts and by how rare it is among random substitutions."""

from __future__ import annotations

from array import array
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLUE, GREY, VERMILION, nothing_to_draw, panels, styled
from cisgrammar.tables.io import rows_of

TEXT = ("source", "null")
_NULLS = ("substitutions", "shuffled")
_SCORES = ("logfc", "p", "q")
_SIGNIFICANT = 0.05
_MOST = 20_000


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """logfc, p and q of each variant, source and null; of more than 20,000 the largest effects."""
    parts = [pd.DataFrame({name: [] for name in ("source", "null", *_SCORES)})]
    for (source, null), part in _scores(inputs["scores"]).items():
        parts.append(part.assign(source=source, null=null)[["source", "null", *_SCORES]])
    filled = [part for part in parts if len(part)]
    return pd.concat(filled, ignore_index=True) if filled else parts[0]


def _scores(path: str) -> dict[tuple[str, str], pd.DataFrame]:
    """(source, null) -> logfc, p and q of the largest effects; the table is read row by row, and never held whole."""
    found: dict[tuple[str, str], array[float]] = {}
    for row in rows_of(path):
        for source in [name.removesuffix(".logfc") for name in row if name.endswith(".logfc")]:
            for null in _NULLS:
                fields = [row[f"{source}.{name}"] for name in ("logfc", f"logfc_p_{null}", f"logfc_q_{null}")]
                values = [float(field or "nan") for field in fields]
                if not np.isnan(values).any():
                    held = found.setdefault((source, null), array("d"))
                    held.extend(values)
                    if len(held) >= 2 * _MOST * len(_SCORES):
                        found[source, null] = array("d", _largest(held).to_numpy().ravel())
    ordered = sorted(found, key=lambda key: (key[0], _NULLS.index(key[1])))
    return {key: _largest(found[key]) for key in ordered}


def _called(part: pd.DataFrame, called: pd.Series) -> str:
    """How many variants are called; or that none can be, for the p-values of so few draws end too high."""
    least = part["p"].min()
    at_end = (part["p"] == least).sum()
    if not called.any() and least * len(part) / at_end >= _SIGNIFICANT:
        return (
            f"smallest p {least:.2g} ({at_end} of {len(part)}):\ntoo few draws of the null for any q < {_SIGNIFICANT:g}"
        )
    return f"{int(called.sum())} of {len(part)} with q < {_SIGNIFICANT:g}"


def _largest(held: array[float]) -> pd.DataFrame:
    """The variants with the largest effects, first the largest; of equal ones the first."""
    part = pd.DataFrame(np.array(held).reshape(-1, len(_SCORES)), columns=list(_SCORES))
    return part.loc[part["logfc"].abs().nlargest(_MOST).index]


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each source and null; variants of q below 0.05 are coloured by their sign."""
    if table.empty:
        with styled():
            return nothing_to_draw("no variant has a p-value")
    with styled():
        groups = list(table.groupby(["source", "null"], sort=False))
        figure, axes = panels(len(groups), 2.4, sharex=True)
        for axis, ((source, null), part) in zip(axes, groups, strict=True):
            called = part["q"] < _SIGNIFICANT
            for mask, colour in ((~called, GREY), (called & (part["logfc"] < 0), VERMILION), (called, BLUE)):
                some = part[mask & ~((colour == BLUE) & (part["logfc"] < 0))]
                axis.plot(some["logfc"], -np.log10(some["p"]), ".", color=colour, markersize=2.5)
            axis.axvline(0, color=GREY, linewidth=0.5, zorder=0)
            axis.set_title(f"{source}, {null}: {_called(part, called)}")
            axis.set(xlabel="log2 of counts, alternate over reference", ylabel="-log10 p")
    return figure
