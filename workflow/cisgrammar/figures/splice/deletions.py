"""What deletions do to an exon's sites, by their length: those that shift the reading frame and those that do not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cisgrammar.figures.splice.answer import answer_rows, verdict
from cisgrammar.figures.splice.codons import UNITS
from cisgrammar.figures.style import BLUE, GREY, TWO_COLUMNS, VERMILION, new_figure, nothing_to_draw, styled
from cisgrammar.tables.contracts import splice

TEXT = ("panel",)
TEXT_OR_NONE = ("metric", "stratum", "place", "site", "repair", "series")
_ANSWER = "answer"
_FEW = 10
_PANELS = {
    "in the exon": ("none", "all", "exon"),
    "in the introns": ("none", "all", "intron"),
    "a frame is left open": ("none", "open", "exon"),
    "no frame is left open": ("none", "closed", "exon"),
    "stops taken out": ("stops_removed", "all", "exon"),
}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Effects in `deletions` on the exon's own two sites, by panel; of the metrics calls, where there are some.

    Panels: deletions in the exon; the control in the introns; the exonic ones that leave a reading frame of the exon
    open, and that do not; exonic ones after every stop codon is taken out of the exon. Below, as panel `answer`,
    exonic deletions that shift the frame less those that do not: of the model (`summary`) and of oracles (`controls`).
    """
    table = splice.DELETIONS.read(inputs["deletions"])
    metric = next((name for name in UNITS if name in set(table.metric)), "")
    table = table[(table.metric == metric) & (table.site == "own")]
    parts = [table[_matches(table, *keys)].assign(panel=name) for name, keys in _PANELS.items()]
    answer = answer_rows(inputs, "deletion", "exonic_frameshift_minus_in_frame", metric).assign(panel=_ANSWER)
    return pd.concat([*([part for part in parts if part.value.notna().any()] or parts[:1]), answer], ignore_index=True)


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each kind of deletion; bars are intervals over genes, open points of fewer than 10 exons.

    The axis holds all effects on 10 exons or more. An effect on fewer that lies beyond it is an arrow at the axis' end
    with its value.
    """
    answer, table = table[table.panel == _ANSWER], table[table.panel != _ANSWER]
    parts = {name: table[table.panel == name] for name in _PANELS if (table.panel == name).any()}
    if not parts:
        with styled():
            return nothing_to_draw("nothing was deleted")
    with styled():
        figure, axes = new_figure(1, len(parts), (TWO_COLUMNS, 2.9), sharey=True, sharex=True)
        figure.suptitle(_verdict(answer), fontsize=7.5, fontweight="bold")
        low, high = _ends(table)
        for axis, (name, part) in zip(axes, parts.items(), strict=True):
            _panel(axis, part, low, high)
            axis.set_title(f"{name}\n{int(part.n_exons.max())} exons, {int(part.n_genes.max())} genes")
            axis.set_xlabel("bp deleted")
        axes[0].set_ylabel(UNITS[table.metric.iloc[0]])
        axes[0].set_ylim(low, high)
        handles, labels = axes[0].get_legend_handles_labels()
        handles.append(Line2D([], [], marker="o", linestyle="", markersize=3.5, color=GREY, markerfacecolor="white"))
        labels.append(f"fewer than {_FEW} exons")
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _verdict(answer: pd.DataFrame) -> str:
    """The answer of the model, and what an oracle that needs an open frame would give."""
    said = verdict(answer, "frameshifts lower calls more than whole codons do", "frameshifts lower calls less")
    oracle = answer[answer.series == "open_frames"]
    beside = f"; oracle that needs an open frame: {oracle.value.iloc[0]:+.1f}" if len(oracle) else ""
    return f"deletions in the exon, frameshifts beside whole codons:\n{said}{beside}"


def _matches(table: pd.DataFrame, repair: str, stratum: str, place: str) -> pd.Series:
    return (table.repair == repair) & (table.stratum == stratum) & (table.place == place)


def _ends(table: pd.DataFrame) -> tuple[float, float]:
    """Lower and upper end of the axis: of effects on enough exons, or of all if there are none."""
    many = table[table.n_exons >= _FEW]
    shown = many if many.value.notna().any() else table
    known = shown[["value", "lower", "upper"]].to_numpy(dtype=float)
    known = known[np.isfinite(known)]
    low, high = min(0.0, float(known.min(initial=0.0))), max(0.0, float(known.max(initial=0.0)))
    spare = 0.12 * max(high - low, 1.0)
    return low - spare, high + spare


def _panel(axis: Axes, table: pd.DataFrame, low: float, high: float) -> None:
    axis.axhline(0, color=GREY, linewidth=0.5, zorder=0)
    inside = table.value.between(low, high)
    axis.plot(table.length, table.value.where(inside), color=GREY, linewidth=0.6, zorder=1)
    for row in table[~inside & table.value.notna()].itertuples():
        above = row.value > high
        end = high if above else low
        axis.plot(row.length, end, "^" if above else "v", color=GREY, markersize=4, clip_on=False)
        axis.annotate(
            f"{row.value:.0f}, n = {row.n_exons:.0f}",
            (row.length, end),
            xytext=(-4, -1 if above else 1),
            textcoords="offset points",
            ha="right",
            va="top" if above else "bottom",
            fontsize=5.5,
        )
    lengths, table = table.length, table[inside]
    whole = table.length % 3 == 0
    for mask, colour, label in ((whole, BLUE, "multiple of 3"), (~whole, VERMILION, "shifts the frame")):
        part = table[mask]
        axis.vlines(part.length, part.lower, part.upper, color=colour, linewidth=1.2, alpha=0.8)
        axis.plot(part.length, part.value, "o", color=colour, markersize=3.5, label=label)
        few = part[part.n_exons < _FEW]
        axis.plot(few.length, few.value, "o", color=colour, markersize=3.5, markerfacecolor="white")
    axis.set_xticks(lengths, [f"{length:.0f}" for length in lengths])
