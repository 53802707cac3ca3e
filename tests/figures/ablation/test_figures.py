"""The ablation stage's figures: the same bytes each time, what they show, and empty tables."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from cisgrammar.ablation.tables.motif_table import motif_table
from cisgrammar.ablation.tables.site_table import site_table
from cisgrammar.figures import style
from cisgrammar.figures.draw import draw as draw_figure
from cisgrammar.files.atomic import write_table
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.tables.contracts.ablation import PAIR_EFFECTS, SPACINGS
from cisgrammar.tables.contracts.simulate import RECOVERED_SITES, RECOVERED_SPACINGS
from figure_files import written
from toy_site_tables import made_effects, made_sites, made_sufficiency
from toy_tables import filled

FIGURES = {
    "ablation_effects": "sites",
    "ablation_necessity_sufficiency": "motifs",
    "ablation_spacing": "spacings",
    "ablation_interactions": "pairs",
}


def usual():
    sites = made_sites()
    table = site_table(sites, made_effects(sites))
    motifs = {name: from_consensus(name, "TTACCCGG") for name in ("m", "k")}
    offsets = [*range(8, 12), *range(-11, -7)]
    spacings = pd.DataFrame({"pair": "m:k", "model": "combined", "head": "signal", "offset": offsets * 2, "gap": 1})
    strands = np.repeat(["same", "opposite"], 8)
    values = np.linspace(-1, 1, 16)
    spacings = spacings.assign(strands=strands, interaction=values, interaction_se=0.1, log_omega=values * 2)
    pairs = pd.DataFrame({"pair": range(6), "name_a": "m", "name_b": ["k", "m"] * 3, "gap": range(10, 16)})
    pairs = pairs.assign(strands=["same", "opposite"] * 3, model="combined", head="signal", interaction=0.1)
    return {
        "sites": table,
        "motifs": motif_table(table, motifs, made_sufficiency(), pd.DataFrame(), pd.DataFrame()),
        "spacings": filled(SPACINGS, spacings),
        "pairs": filled(PAIR_EFFECTS, pairs.assign(interaction_se=0.02)),
    }


def draw(name, folder, table):
    write_table(folder / "table.tsv", table)
    drawn = draw_figure(name, {FIGURES[name]: str(folder / "table.tsv")})
    plt.close(drawn.figure)
    return drawn


def said(drawn):
    return " ".join(text.get_text() for text in drawn.figure.findobj(lambda item: hasattr(item, "get_text")))


@pytest.mark.parametrize("name", FIGURES)
def test_the_same_table_gives_the_same_bytes_and_every_axis_is_named(tmp_path, name):
    digests = set()
    for turn in ("one", "two"):
        drawn = draw(name, tmp_path, usual()[FIGURES[name]])
        axes = [
            axis for axis in drawn.figure.axes if axis.axison and axis.yaxis.get_tick_params().get("labelleft", True)
        ]
        assert all(axis.get_ylabel() or axis.get_yticklabels() for axis in axes)
        digests.add(written(name, drawn, tmp_path / turn))
        assert len((tmp_path / turn / "f.tsv").read_text().splitlines()) > 2
    assert len(digests) == 1
    assert drawn.figure.get_size_inches()[0] <= style.TWO_COLUMNS


@pytest.mark.parametrize("name", FIGURES)
def test_tables_without_rows_are_said_to_be_empty(tmp_path, name):
    drawn = draw(name, tmp_path, usual()[FIGURES[name]].iloc[:0])
    assert len(drawn.table) == 0
    assert "no " in said(drawn)


def test_planted_sites_and_pairs_are_shown_with_their_numbers(tmp_path):
    sites = pd.DataFrame(
        {
            "factor": ["A", "A", "B", "all"],
            "group": ["strong", "decoy", "strong", "strong"],
            "sites": [20, 10, 5, 25],
            "found": [20, 10, 4, 24],
            "necessary": [19, 0, 4, 23],
            "share": [0.95, 0.0, 0.8, 0.92],
        }
    )
    spacings = pd.DataFrame({"pair": "A:A", "offset": [8, 9, 30], "planted": 4, "true": [0, 0.9, 0]})
    spacings = spacings.assign(interaction=[0.1, 0.8, 0.0], interaction_se=0.1, log_omega=[-1.0, 1.0, np.nan])
    RECOVERED_SITES.write(tmp_path / "sites.tsv", filled(RECOVERED_SITES, sites))
    for name, table in (("spacings", spacings), ("none", spacings.head(0))):
        RECOVERED_SPACINGS.write(tmp_path / f"{name}.tsv", filled(RECOVERED_SPACINGS, table))
    inputs = {name: str(tmp_path / f"{name}.tsv") for name in ("sites", "spacings")}
    drawn = draw_figure("ablation_recovery", inputs)
    assert {text.get_text() for text in drawn.figure.axes[0].texts} == {"19/20", "0/10", "4/5"}
    written("ablation_recovery", drawn, tmp_path / "some")
    drawn = draw_figure("ablation_recovery", {**inputs, "spacings": str(tmp_path / "none.tsv")})
    assert "no pair was scanned" in said(drawn)
    written("ablation_recovery", drawn, tmp_path / "none")


def test_effects_show_motifs_decoys_and_controls_of_each_model(tmp_path):
    text = said(draw("ablation_effects", tmp_path, usual()["sites"]))
    for words in ("combined", "bias, transformed", "decoys of m", "control windows", "n = 20, 20 sites"):
        assert words in text
    drawn = draw("ablation_effects", tmp_path, usual()["sites"])
    red = [line for line in drawn.figure.axes[0].lines if line.get_color() == style.VERMILION]
    assert sum(len(line.get_xdata()) for line in red) == 40
    assert sum(line.get_xdata() is not None and len(line.get_xdata()) == 20 for line in red) == 2


def test_motifs_without_sufficiency_are_left_out_and_bars_are_intervals(tmp_path):
    table = usual()["motifs"]
    text = said(draw("ablation_necessity_sufficiency", tmp_path, table))
    assert "m (20)" in text
    assert "k (20)" in text
    less = table.assign(sufficiency=table["sufficiency"].where(table["motif"] != "k"))
    assert "k (20)" not in said(draw("ablation_necessity_sufficiency", tmp_path, less))
    assert "decoys" not in said(draw("ablation_necessity_sufficiency", tmp_path, table.assign(decoy_necessity=np.nan)))


def test_a_pair_that_was_not_measured_says_so(tmp_path):
    table = usual()["spacings"]
    assert "not measured" not in said(draw("ablation_spacing", tmp_path, table))
    assert "not measured" in said(draw("ablation_spacing", tmp_path, table.assign(log_omega=np.nan)))


def test_pairs_of_either_order_share_a_panel(tmp_path):
    table = usual()["pairs"]
    table.loc[0, ["name_a", "name_b"]] = ["k", "m"]
    text = said(draw("ablation_interactions", tmp_path, table))
    assert "k and m (n = 3)" in text
    assert "m and m (n = 3)" in text
