"""Marginal footprints: the predicted profile around a motif before and after the bias is taken out.

A run without bias has one curve, and no bar: nothing is taken out.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgrammar.figures.style import BLACK, COLOURS, NAMES, names_of, new_figure, nothing_to_draw, styled
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.tables.contracts import profile

TEXT = ("motif", "part")
TEXT_OR_NONE = ("sequence",)
_BEFORE, _AFTER = ("transformation", "bias"), "residual"
_MOST_COLUMNS = 3
_PALE = "#cccccc"
_SHOWN = 60


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Footprints of `footprints` (part, head, motif, sequence, position, probability, bar), the mean of the heads.

    Positions are bp from the motif's centre, probabilities those of one read of a window. Their errors over background
    windows and the number of these are nan in tables of older runs; errors of several heads, which see the same
    windows, are averaged too.
    """
    table = profile.FOOTPRINTS.read(inputs["footprints"])
    table = table.assign(**{name: np.nan for name in ("probability_se", "backgrounds") if name not in table})
    keys, means = ["motif", "part", "position"], {"probability": "mean", "probability_se": "mean"}
    firsts = {"sequence": "first", "bar": "first", "backgrounds": "first"}
    shown = table.groupby(keys, sort=False, as_index=False).agg({**means, **firsts})
    return shown[[*keys, *means, *firsts]]


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each motif."""
    motifs = [motif for motif in dict.fromkeys(table.motif) if motif != "background"]
    sequences = dict(zip(table.motif, table.sequence, strict=True))
    if not motifs:
        with styled():
            return nothing_to_draw("no motif was asked for")
    parts = [part for part in (*_BEFORE[:1], "combined", _AFTER) if part in set(table.part)]
    last, names = parts[-1], names_of(set(table.part))
    columns = 2 if len(motifs) in (2, 4) else min(_MOST_COLUMNS, len(motifs))
    rows = -(-len(motifs) // columns)
    with styled():
        figure, axes = new_figure(rows, columns, (1.1 + 2.2 * columns, 0.7 + 1.75 * rows), sharex=True, sharey=True)
        for axis, motif in zip(axes, motifs, strict=False):
            for part in parts:
                curve = _curve(table, motif, part)
                width = 2.4 if part in _BEFORE else 1.0
                axis.plot(curve.position, curve.probability, color=COLOURS[part], label=names[part], linewidth=width)
                half = NORMAL_95 * curve.probability_se.fillna(0.0)
                low, high = (curve.probability - half).clip(lower=curve.probability / 10), curve.probability + half
                axis.fill_between(curve.position, low, high, color=COLOURS[part], alpha=0.25, linewidth=0)
            flat = _curve(table, "background", last)
            # Broad and pale, below the others: the residual lies on it.
            axis.plot(
                *(flat.position, flat.probability),
                color=_PALE,
                linewidth=3.0,
                zorder=0,
                label=f"{_short(last)} without motif",
            )
            if names is NAMES:
                axis.axhline(table.bar.iloc[0], color=BLACK, linewidth=0.6, linestyle=":", label="bar for the residual")
            height = _highest(_curve(table, motif, last))
            axis.set_title(f"{motif.replace('_', ' ')}: {sequences[motif]}\n{_short(last)}'s maximum {height}")
            axis.set(yscale="log", xlim=(-_SHOWN, _SHOWN))
        for axis in axes[len(motifs) :]:
            axis.axis("off")
        for axis in axes[max(0, len(motifs) - columns) : len(motifs)]:
            axis.set_xlabel("bp from the motif's centre")
            axis.tick_params(labelbottom=True)
        for axis in axes[::columns]:
            axis.set_ylabel("probability of a read")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
        number = table["backgrounds"].max()
        if number > 0:
            figure.suptitle(f"means of {number:.0f} background windows with the motif; bands: 95 %", fontsize=7.5)
    return figure


def _highest(curve: pd.DataFrame) -> str:
    """The largest probability with its 95 % half-width, if known."""
    at = curve.probability.idxmax()
    error = curve.probability_se[at]
    half = f" ± {NORMAL_95 * error:.5f}" if np.isfinite(error) else ""
    return f"{curve.probability[at]:.5f}{half}"


def _short(part: str) -> str:
    return part if part == _AFTER else "model"


def _curve(table: pd.DataFrame, motif: str, part: str) -> pd.DataFrame:
    return table[(table.motif == motif) & (table.part == part)].sort_values("position")
