"""Figures of the binding stage, drawn from tables that are made up."""

import matplotlib.pyplot as plt

from binding_tables import agreement, enrichment, heldout, history, matrix, position_bias, spacing, truth, write
from cisgrammar.figures.draw import draw as draw_figure

FIGURES = {
    "binding_logo": ("matrix", "heldout"),
    "binding_position_bias": ("position_bias", "heldout"),
    "binding_spacing": ("spacing", "heldout"),
    "binding_enrichment": ("enrichment",),
    "binding_history": ("history", "agreement", "heldout"),
    "binding_recovery": ("truth",),
}


def usual():
    """Every table of the stage by name."""
    return {
        "matrix": matrix(),
        "position_bias": position_bias(),
        "spacing": spacing(),
        "enrichment": enrichment(),
        "history": history(),
        "agreement": agreement(),
        "heldout": heldout(),
        "truth": truth(),
    }


def draw(name, folder, **tables):
    """A figure from the usual tables, but for those that are given."""
    paths = write(folder, **{**usual(), **tables})
    drawn = draw_figure(name, {key: paths[key] for key in FIGURES[name]})
    plt.close(drawn.figure)
    return drawn
