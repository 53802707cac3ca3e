"""Enrichment between rounds: what the model expects against what was counted, by bin of reads and by k-mer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.binding.evaluate.enrichment import agreement_of
from cisgrammar.figures.style import BLACK, BLUE, GREY, ORANGE, nothing_to_draw, panels, styled
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.tables.contracts import binding

TEXT = ("library", "unit", "name")
_KEYS = ["library", "from_round", "to_round"]
_COLUMNS = [*_KEYS, "unit", "name", "reads_from", "reads_to", "observed", "predicted", "standard_error"]
_MOST_POINTS = 3000


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """The table `enrichment`."""
    return binding.ENRICHMENT.read(inputs["enrichment"])[_COLUMNS]


def paint(table: pd.DataFrame) -> Figure:
    """A panel for each library and pair of rounds; reads are those that were held out.

    Bins have 95 % intervals. R2 is weighted by Poisson errors, the slope that of observed on predicted.
    """
    groups = list(table.groupby(_KEYS, sort=False))
    with styled():
        if not groups:
            return nothing_to_draw("no rounds to compare")
        figure, axes = panels(len(groups), 3.4)
        for axis, ((library, first, last), rows) in zip(axes, groups, strict=True):
            _panel(axis, rows)
            reads = rows[rows["unit"] == "bin"][["reads_from", "reads_to"]].to_numpy().sum()
            counted = f", n = {int(reads):,} held-out reads" if reads else ""
            axis.set_title(f"{library}, round {first} to {last}{counted}", loc="left")
            axis.set(xlabel="predicted ln enrichment (nats)", ylabel="observed ln enrichment (nats)")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3)
    return figure


def _panel(axis: Axes, rows: pd.DataFrame) -> None:
    bins, kmers = rows[rows["unit"] == "bin"], rows[rows["unit"] == "kmer"]
    few = kmers.iloc[:: -(-len(kmers) // _MOST_POINTS) if len(kmers) else 1]
    axis.scatter(
        few["predicted"], few["observed"], s=5, color=ORANGE, alpha=0.45, linewidths=0, label="k-mers", rasterized=True
    )
    error = NORMAL_95 * bins["standard_error"].fillna(0.0)
    axis.errorbar(
        bins["predicted"], bins["observed"], error, fmt="o", markersize=3, elinewidth=0.8, color=BLUE, label="bins"
    )
    ends = rows[["predicted", "observed"]].replace([np.inf, -np.inf], np.nan)
    low, high = ends.min().min(), ends.max().max()
    axis.plot([low, high], [low, high], color=GREY, linewidth=0.6, linestyle="--", label="equal")
    said = "\n".join(_numbers(name, part) for name, part in (("bins", bins), ("k-mers", kmers)) if len(part))
    axis.text(0.03, 0.97, said, transform=axis.transAxes, ha="left", va="top", fontsize=6.5, color=BLACK)


def _numbers(name: str, rows: pd.DataFrame) -> str:
    found = agreement_of(rows)
    return f"{name}: R² = {found['r2']:.2f}, slope {found['slope']:.2f}, n = {found['n']}"
