"""Figures of the ablation stage, drawn from tables that are made up."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from cisgrammar.ablation.tables.motif_table import motif_table
from cisgrammar.ablation.tables.site_table import site_table
from cisgrammar.figures.draw import draw as draw_figure
from cisgrammar.files.atomic import write_table
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.tables.contracts.ablation import PAIR_EFFECTS, SPACINGS
from toy_site_tables import made_effects, made_sites, made_sufficiency
from toy_tables import filled

FIGURES = {
    "ablation_effects": "sites",
    "ablation_necessity_sufficiency": "motifs",
    "ablation_spacing": "spacings",
    "ablation_interactions": "pairs",
}


def usual():
    """The table of each figure by name."""
    sites = made_sites()
    table = site_table(sites, made_effects(sites))
    motifs = {name: from_consensus(name, "TTACCCGG") for name in ("m", "k")}
    offsets = [*range(8, 12), *range(-11, -7)]
    spacings = pd.DataFrame({"pair": "m:k", "model": "combined", "head": "signal", "offset": offsets * 2, "gap": 1})
    strands = np.repeat(["same", "opposite"], 8)
    values = np.linspace(-1, 1, 16)
    spacings = spacings.assign(strands=strands, interaction=values, interaction_se=0.1, log_omega=values * 2)
    spacings = spacings.assign(interaction_low=values - 0.2, interaction_high=values + 0.2)
    spacings = spacings.assign(null_low=-0.4, null_high=0.4, peak=values > 0.9)
    pairs = pd.DataFrame({"pair": range(6), "name_a": "m", "name_b": ["k", "m"] * 3, "gap": range(10, 16)})
    pairs = pairs.assign(strands=["same", "opposite"] * 3, model="combined", head="signal", interaction=0.1)
    return {
        "sites": table,
        "motifs": motif_table(table, motifs, made_sufficiency(), pd.DataFrame(), pd.DataFrame()),
        "spacings": filled(SPACINGS, spacings),
        "pairs": filled(PAIR_EFFECTS, pairs.assign(region=range(6), null_low=-0.05, null_high=0.05)),
    }


def draw(name, folder, table):
    """A figure from its table."""
    write_table(folder / "table.tsv", table)
    drawn = draw_figure(name, {FIGURES[name]: str(folder / "table.tsv")})
    plt.close(drawn.figure)
    return drawn
