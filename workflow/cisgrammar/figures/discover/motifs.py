"""Motifs that were found: logos of their mean contributions, with the hits of each."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgrammar.figures.style import BASES, TWO_COLUMNS, new_figure, nothing_to_draw, styled
from cisgrammar.motifs.logo import draw_logo, stack_ends
from cisgrammar.tables.contracts import discover

TEXT = ("motif", "label", "base", "unit")
_MOST = 12
_UNITS = {"counts": "ln counts (nats)", "profile": "logits"}


def tabulate(inputs: Mapping[str, str]) -> pd.DataFrame:
    """Contributions of the bases of the 12 motifs of most hits: motif, label, unit, position, base, contribution."""
    motifs, logos = discover.MOTIFS.read(inputs["motifs"]), discover.LOGOS.read(inputs["logos"])
    shown = motifs.sort_values("hits", ascending=False, kind="stable").head(_MOST)
    parts = [_rows(row, logos[logos["motif"] == row["motif"]]) for row in shown.to_dict("records")]
    columns = ["motif", "label", "unit", "position", "base", "contribution"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _rows(row: Mapping[str, object], logo: pd.DataFrame) -> pd.DataFrame:
    # Without known motifs to compare with there is no match to miss.
    unnamed = "no match" if row["targets"] else row["consensus"]
    name = row["name"] if isinstance(row["name"], str) else unnamed
    label = f"{row['motif']}, {name}: {row['hits']:,} hits, {row['held_out_hits']:,} of them held out"
    if row["places"] != row["hits"]:
        label = f"{row['motif']}, {name}: {row['hits']:,} hits, {row['places']:,} places like it"
    return logo.assign(label=label, unit=_UNITS[str(row["output"])])


def paint(table: pd.DataFrame) -> Figure:
    """A logo for each motif, two beside each other; each has an axis of its own."""
    labels = list(dict.fromkeys(table["label"]))
    with styled():
        if not labels:
            return nothing_to_draw("no motif was found")
        columns = min(2, len(labels))
        rows = -(-len(labels) // columns)
        figure, axes = new_figure(rows, columns, (TWO_COLUMNS, 1.45 * rows + 0.2))
        every = list(np.array(axes).ravel())
        for axis, label in zip(every, labels, strict=False):
            mine = table[table["label"] == label]
            heights = mine.pivot(index="position", columns="base", values="contribution")[list(BASES)]
            draw_logo(axis, heights, stack_ends(heights.to_numpy(dtype=float)))
            axis.set_title(label, loc="left")
            axis.set_ylabel(str(mine["unit"].iloc[0]))
            axis.set_xlabel("position in the motif (bp)")
            axis.set_xlim(-0.6, len(heights) - 0.4)
        for axis in every[len(labels) :]:
            axis.axis("off")
    return figure
