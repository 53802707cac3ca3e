"""How figures look and how they are written: one palette, one size, the same bytes each time."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgrammar.motifs.logo import LETTER_COLOURS

# Okabe and Ito's palette, told apart by all kinds of colour vision.
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PURPLE = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY = "#777777"

# The same colour for the same thing in every figure.
COLOURS = {
    "observed": BLACK,
    "combined": BLUE,
    "residual": GREEN,
    "transformation": ORANGE,
    "bias": VERMILION,
    "other_half": PURPLE,
    "other_half_cuts": PURPLE,
    "perfect_model": GREY,
}
NAMES = {
    "combined": "combined",
    "residual": "residual (bias removed)",
    "transformation": "bias, transformed",
    "bias": "bias",
    "uniform": "uniform",
    "mean_profile": "mean profile",
    "gc_content": "GC content",
    "kmer_ridge": "6-mers, linear",
    "control": "control track alone",
    "position_weight": "position weights",
    "position_weight_profile": "weights x mean profile",
    "other_half": "other half of the fragments",
    "other_half_cuts": "other half of the 5' ends",
    "perfect_model": "combined, reads drawn from it",
}
_ALONE = {
    "combined": "model (no bias stage)",
    "residual": "sequence alone (no bias stage)",
    "perfect_model": "model, reads drawn from it",
}
BASES = LETTER_COLOURS
# 85 mm, and 183 mm: the columns of most journals.
COLUMN = 3.35
TWO_COLUMNS = 7.2

_RC: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 7,
    "axes.labelsize": 7,
    "axes.titlesize": 7.5,
    "xtick.labelsize": 6.5,
    "ytick.labelsize": 6.5,
    "legend.fontsize": 6.5,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "figure.constrained_layout.use": True,
    "pdf.fonttype": 42,
    "svg.hashsalt": "cisgrammar",
}


def names_of(models: Collection[str]) -> dict[str, str]:
    """What models are called in a figure that has these: without a bias among them, the whole is all that there is."""
    corrected = {"bias", "transformation"} & set(models)
    return NAMES if corrected else {**NAMES, **{name: text for name, text in _ALONE.items() if name in models}}


@contextmanager
def styled() -> Iterator[None]:
    """Context in which figures are drawn in the house style."""
    with plt.rc_context(_RC):
        yield


def new_figure(
    rows: int = 1, columns: int = 1, size: tuple[float, float] = (COLUMN, 2.6), **options: Any
) -> tuple[Figure, list[Axes]]:
    """Return a figure of `size` inches and its panels, row by row; to be called inside of `styled`."""
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, **options)
    return figure, list(axes.flat)


def panels(number: int, height: float, **options: Any) -> tuple[Figure, list[Axes]]:
    """Return a figure of at least `number` panels, `height` inches each: one column wide, two from two panels on.

    Panels that are too many are switched off.
    """
    columns = min(number, 2)
    rows = -(-number // columns)
    width = COLUMN if columns == 1 else TWO_COLUMNS
    figure, axes = new_figure(rows, columns, (width, height * rows), **options)
    for axis in axes[number:]:
        axis.axis("off")
    return figure, axes[:number]


def nothing_to_draw(message: str) -> Figure:
    """Return a figure that says why it is empty."""
    figure, (axis,) = new_figure(size=(COLUMN, 1.2))
    axis.axis("off")
    axis.text(0.5, 0.5, message, ha="center", va="center", wrap=True, color=GREY)
    return figure
