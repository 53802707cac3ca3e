"""What deletions do to an exon's sites, by their length: those that shift the reading frame and those that do not."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.splice.codons import UNITS
from cisgrammar.figures.style import BLUE, GREY, TWO_COLUMNS, VERMILION, new_figure, nothing_to_draw, styled
from cisgrammar.tables.contracts import splice

TEXT = ("metric", "stratum", "place", "site", "panel")
TEXT_OR_NONE = ("repair",)
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
    open, and that do not; exonic ones after every stop codon is taken out of the exon.
    """
    table = splice.DELETIONS.read(inputs["deletions"])
    metric = next((name for name in UNITS if name in set(table.metric)), "")
    table = table[(table.metric == metric) & (table.site == "own")]
    parts = [table[_matches(table, *keys)].assign(panel=name) for name, keys in _PANELS.items()]
    return pd.concat([part for part in parts if part.value.notna().any()] or parts[:1], ignore_index=True)


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each kind of deletion; bars are intervals over genes, open points of fewer than 10 exons."""
    parts = {name: table[table.panel == name] for name in _PANELS if (table.panel == name).any()}
    if not parts:
        with styled():
            return nothing_to_draw("nothing was deleted")
    with styled():
        figure, axes = new_figure(1, len(parts), (TWO_COLUMNS, 2.5), sharey=True, sharex=True)
        for axis, (name, part) in zip(axes, parts.items(), strict=True):
            _panel(axis, part)
            axis.set_title(f"{name}\n{int(part.n_exons.max())} exons, {int(part.n_genes.max())} genes")
            axis.set_xlabel("bp deleted")
        axes[0].set_ylabel(UNITS[table.metric.iloc[0]])
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def _matches(table: pd.DataFrame, repair: str, stratum: str, place: str) -> pd.Series:
    return (table.repair == repair) & (table.stratum == stratum) & (table.place == place)


def _panel(axis: Axes, table: pd.DataFrame) -> None:
    axis.axhline(0, color=GREY, linewidth=0.5, zorder=0)
    axis.plot(table.length, table.value, color=GREY, linewidth=0.6, zorder=1)
    whole = table.length % 3 == 0
    for mask, colour, label in ((whole, BLUE, "multiple of 3"), (~whole, VERMILION, "shifts the frame")):
        part = table[mask]
        axis.vlines(part.length, part.lower, part.upper, color=colour, linewidth=1.2, alpha=0.8)
        axis.plot(part.length, part.value, "o", color=colour, markersize=3.5, label=label)
        few = part[part.n_exons < _FEW]
        axis.plot(few.length, few.value, "o", color=colour, markersize=3.5, markerfacecolor="white")
    axis.set_xticks(table.length, [str(length) for length in table.length])
