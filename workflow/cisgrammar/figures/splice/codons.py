"""What each 3-mer does to the sites of an exon when it is written into it, by its phase in the reading frame."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.figures.splice.answer import answer_rows, paint_answer, verdict
from cisgrammar.figures.style import BLACK, GREY, TWO_COLUMNS, VERMILION, new_figure, nothing_to_draw, styled
from cisgrammar.tables.contracts import splice

TEXT = ("panel",)
TEXT_OR_NONE = ("metric", "end", "three_mer", "series")
UNITS = {"called": "change of calls\n(percentage points)", "probability": "change of probability\n(percentage points)"}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Effects in `codons`, both ends of exons together; of the metrics calls are taken, where there are some.

    Below, as panel `answer`, stops in frame less stops out of frame: of the model (`summary`) and of oracles
    (`controls`).
    """
    table = splice.CODONS.read(inputs["codons"])
    metric = next((name for name in UNITS if name in set(table.metric)), "")
    codons = table[(table.metric == metric) & (table.end == "both")].assign(panel="codons")
    answer = answer_rows(inputs, "codon_replacement", "stops_phase_0_minus_phases_1_2", metric)
    return pd.concat([codons, answer.assign(panel="answer")], ignore_index=True)


def paint(table: pd.DataFrame) -> Figure:
    """The answer, with its oracles; then a panel for each phase, stops in red. Bars are 95 % intervals over genes."""
    answer, table = table[table.panel == "answer"], table[table.panel == "codons"]
    if table.empty:
        with styled():
            return nothing_to_draw("no 3-mer was written")
    with styled():
        figure, (top, *axes) = new_figure(4, 1, (TWO_COLUMNS, 5.7), height_ratios=(0.6, 1, 1, 1))
        unit = UNITS[table.metric.iloc[0]]
        paint_answer(top, answer, f"stops in frame minus stops out of frame: {unit}".replace("\n", " "))
        below, above = ("a stop in frame lowers {0} more than one out of frame", "a stop in frame raises {0}")
        what = unit.removeprefix("change of ").partition("\n")[0]
        figure.suptitle(verdict(answer, below.format(what), above.format(what)), fontsize=7.5, fontweight="bold")
        for phase, axis in enumerate(axes):
            part = table[table.phase == phase].reset_index(drop=True)
            _panel(axis, part)
            axis.tick_params(axis="x", length=0)
            axis.set_xlim(-1, len(part))
            axis.set_xticks([])
            exons, genes = int(part.n_exons.max()), int(part.n_genes.max())
            where = "in frame" if phase == 0 else f"first letter at codon position {phase + 1}"
            axis.set_title(f"phase {phase}: {where}; {exons} exons of {genes} genes", loc="left")
        low, high = (float(end(axis.get_ylim()[i] for axis in axes)) for i, end in enumerate((min, max)))
        for axis in axes:
            axis.set_ylim(low, high)
        _name(axes[-1], part)
        axes[1].set_ylabel(unit)
        axes[-1].set_xlabel("3-mer written into the exon")
        # The constrained layout of these panels ends in other last digits each time, and so do the names in an SVG.
        figure.set_layout_engine("none")
        places = ((0.84, 0.09), (0.565, 0.17), (0.33, 0.17), (0.095, 0.17))
        for axis, (bottom, height) in zip((top, *axes), places, strict=True):
            axis.set_position((0.235, bottom, 0.755, height))
    return figure


def _panel(axis: Axes, table: pd.DataFrame) -> None:
    axis.axhline(0, color=GREY, linewidth=0.5, zorder=0)
    for stop, colour, label in ((0, BLACK, "others"), (1, VERMILION, "stop codons")):
        part = table[table.stop == stop]
        axis.vlines(part.index, part.lower, part.upper, color=colour, linewidth=0.9, alpha=0.7)
        axis.plot(part.index, part.value, "o", color=colour, markersize=3 if stop else 2.2, label=label)
    if table.phase.iloc[0] == 0:
        axis.legend(loc="lower right", ncols=2, bbox_to_anchor=(1, 1), borderaxespad=0.1)


def _name(axis: Axes, table: pd.DataFrame) -> None:
    axis.set_xticks(table.index, table.three_mer, rotation=90, family="monospace", fontsize=5.5)
    for tick, stop in zip(axis.get_xticklabels(), table.stop, strict=True):
        tick.set_color(VERMILION if stop else BLACK)
    axis.set_xlim(-1, len(table))
