"""The table of motifs: decoys and sufficiency beside necessity, the best spacing of each model."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.ablation.tables.motif_table import best_spacing, motif_table
from cisgrammar.ablation.tables.site_table import site_table
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.tables.contracts.ablation import SITE_EFFECTS, SUFFICIENCY
from toy_site_tables import made_effects, made_sites, made_sufficiency


def tables():
    sites = made_sites()
    return sites, site_table(sites, made_effects(sites))


def test_the_motif_table_puts_decoys_and_sufficiency_beside_necessity():
    _, table = tables()
    motifs = {"m": from_consensus("m", "TTACCCGG"), "k": from_consensus("k", "CACGTGAC")}
    measured = pd.DataFrame({"pair": ["m:k", "m:k"], "strands": "same", "offset": [9, 12], "log_omega": [0.1, 1.4]})
    scanned = pd.DataFrame({"pair": ["m:k"] * 2, "strands": ["same", "opposite"], "offset": [9, -12], "head": "signal"})
    scanned = scanned.assign(model="combined", interaction=[0.3, 0.1])
    found = motif_table(table, motifs, made_sufficiency(), scanned, measured).set_index(["motif", "model"])
    row = found.loc[("m", "combined")]
    assert row["sites"] == 20
    assert row["share_significant"] == 1
    assert row["necessity_low"] < row["necessity"] < row["necessity_high"]
    assert row["necessity"] == pytest.approx(1.0, abs=0.1)
    assert abs(row["decoy_necessity"]) < 0.1
    assert row["decoy_share_significant"] <= 0.05
    assert (row["sufficiency"], row["sufficiency_se"]) == (0.5, 0.1)
    assert row["decoy_sufficiency"] == pytest.approx(0.02)
    assert row["decoy_sufficiency_se"] == pytest.approx(np.hypot(0.03, 0.04) / 2)
    assert row["in_vitro_spacing"] == "k:same:+12"
    assert row["in_silico_spacing"] == "k:same:+9"
    # The bias model was not scanned; what was measured in vitro is no model's.
    assert found.loc[("m", "bias"), ["in_silico_spacing", "in_vitro_spacing"]].tolist() == ["", "k:same:+12"]
    assert found.loc[("k", "combined"), "in_vitro_spacing"] == "m:same:+12"
    assert row["information"] == 16
    assert row["rc_pearson"] > 0.5
    assert found.loc[("m", "bias"), "share_significant"] == 0
    unknown = motif_table(table, {}, made_sufficiency(), pd.DataFrame(), measured.head(0))
    assert set(unknown["source"]) == {"annotations"}
    assert set(unknown["in_silico_spacing"]) == {""}


def test_the_best_spacing_leaves_banned_ones_out():
    table = pd.DataFrame({"pair": ["a:a"] * 2, "strands": "same", "offset": [8, 9], "log_omega": [np.inf, -1.0]})
    assert best_spacing(table, "a", "log_omega") == "a:same:+9"
    assert best_spacing(table, "b", "log_omega") == ""


def test_a_motif_called_by_a_number_keeps_its_decoys(tmp_path):
    """A decoy's motif was read as 1.0, and decoy_sufficiency was nan in silence."""
    _, table = tables()
    for name, called in (("m", "1"), ("k", "nan")):
        path, put_in = tmp_path / f"{name}.tsv", made_sufficiency()
        SUFFICIENCY.write(path, put_in.replace({"motif": {name: called}, "decoy_of": {name: called}}))
        renamed = table.replace({"name": {name: called}, "matched_to": {name: called}})
        SITE_EFFECTS.write(tmp_path / "sites.tsv", renamed)
        sites = SITE_EFFECTS.read(tmp_path / "sites.tsv")
        found = motif_table(sites, {}, SUFFICIENCY.read(path), pd.DataFrame(), pd.DataFrame())
        row = found.set_index(["motif", "model"]).loc[(called, "combined")]
        assert row["decoy_sites"] == 20
        if name == "m":
            assert row["decoy_sufficiency"] == pytest.approx(0.02)
