"""The tables of sites and motifs, agreement of folds, and what a simulation planted."""

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from cisgrammar.ablation.tables.fold_agreement import fold_agreement
from cisgrammar.ablation.tables.motif_table import best_spacing, motif_table
from cisgrammar.ablation.tables.site_table import pair_table, site_table, write_bed, write_effects
from cisgrammar.ablation.tables.spacing_tables import beside_in_vitro, read_spacings
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.simulate.ablation_recovery import recovered_sites, recovered_spacings
from cisgrammar.tables.contracts.ablation import SITE_EFFECTS, SUFFICIENCY
from cisgrammar.tables.contracts.binding import SPACING
from toy_site_tables import made_effects, made_sites, made_sufficiency


def tables():
    sites = made_sites()
    return sites, site_table(sites, made_effects(sites))


def test_the_site_table_tests_each_model_by_its_own_controls():
    sites, table = tables()
    assert len(table) == 2 * len(sites)
    assert list(dict.fromkeys(table["model"])) == ["combined", "bias"]
    combined, bias = (table[table["model"] == m] for m in ("combined", "bias"))
    real = combined[combined["kind"] == "site"]
    controls = (sites["kind"] == "control").sum()
    assert (real["p_value"] == 1 / (controls + 1)).all()
    assert (real["q_value"] < 0.05).all()
    assert (real["p_less"] == 1).all()
    assert (bias.loc[bias["kind"] == "site", "q_value"] > 0.05).all()
    decoys = combined[combined["kind"] == "decoy"]
    assert (decoys["q_value"] < 0.05).mean() <= 0.05
    for family in (real, decoys):
        np.testing.assert_allclose(family["q_value"], false_discovery_control(family["p_value"]), atol=1e-12)
    assert combined.loc[combined["kind"] == "control", ["p_value", "q_value"]].isna().all().all()
    assert (real["controls"] == controls).all()


def test_a_missing_or_doubled_shard_is_an_error():
    sites = made_sites()
    effects = made_effects(sites)
    with pytest.raises(ValueError, match="2 sites have no effect; delete the shards"):
        site_table(sites, effects[~effects["site"].isin([0, 3])])
    with pytest.raises(ValueError, match="effect is there twice"):
        site_table(sites, pd.concat([effects, effects.head(1)]))


def test_a_site_that_cannot_be_shuffled_has_no_p_value():
    sites = made_sites()
    effects = made_effects(sites)
    effects.loc[effects["site"] == 0, ["delta_log_counts", "profile_jsd"]] = np.nan
    table = site_table(sites, effects)
    assert table.loc[table["site"] == 0, ["p_value", "q_value", "p_profile"]].isna().all().all()
    assert table.loc[table["site"] == 1, "q_value"].notna().all()


def test_tables_survive_their_files_and_bed_and_hdf5_hold_the_same(tmp_path):
    _, table = tables()
    SITE_EFFECTS.write(tmp_path / "sites.tsv", table)
    back = SITE_EFFECTS.read(tmp_path / "sites.tsv")
    assert back["matched_to"].dropna().map(type).eq(str).all()
    np.testing.assert_allclose(back["q_value"], table["q_value"], rtol=1e-5)
    write_bed(tmp_path / "sites.bed", table)
    lines = (tmp_path / "sites.bed").read_text().splitlines()
    first = table[(table["model"] == "combined") & (table["kind"] != "control")]
    assert len(lines) == 1 + len(first)
    fields = lines[1].split("\t")
    row = first.iloc[0]
    assert fields[:4] == [row["chrom"], str(row["start"]), str(row["end"]), row["name"]]
    assert int(fields[4]) == min(1000, round(-100 * np.log10(row["q_value"])))
    profiles = (np.array([0, 1]), np.ones((2, 200)), np.zeros((2, 200)))
    for name in ("a", "b"):
        write_effects(tmp_path / f"{name}.h5", table, profiles)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    with h5py.File(tmp_path / "a.h5") as file:
        group = file["combined/signal"]
        rows = table["model"] == "combined"
        np.testing.assert_allclose(group["delta_log_counts"][:], table.loc[rows, "delta_log_counts"])
        assert [n.decode() for n in group["name"][:3]] == table.loc[rows, "name"].head(3).tolist()
        assert file["profiles/before"].shape == (2, 200)


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


def test_spacings_in_vitro_stand_beside_those_in_the_model(tmp_path):
    measured = pd.DataFrame({"pair": "a:b", "strands": "same", "offset": [9, 99], "log_omega": [1.5, 3.0]})
    written = measured.assign(gap=1, standard_error=0.5, lower=1.0, upper=2.0, gain=3.0)
    SPACING.write(tmp_path / "spacing.tsv", written[list(SPACING.names)])
    scanned = pd.DataFrame({"pair": "a:b", "strands": ["same", "opposite"], "offset": [9, 9], "interaction": 0.1})
    both = beside_in_vitro(scanned, read_spacings([tmp_path / "spacing.tsv"]))
    np.testing.assert_allclose(both["log_omega"], [1.5, np.nan])
    assert beside_in_vitro(scanned, read_spacings([]))["log_omega"].isna().all()


def test_folds_that_agree_and_folds_that_do_not():
    _, table = tables()
    other = table.assign(delta_log_counts=table["delta_log_counts"].where(table["name"] != "k", -1.0))
    found = fold_agreement({"one": table, "two": other}).set_index(["motif", "model"])
    same = found.loc[("m", "combined")]
    assert (same["folds"], same["same_sign"], same["shared_sites"]) == (2, 1.0, 20)
    assert same["shared_pearson"] == pytest.approx(1)
    assert same["between_folds"] == 0
    assert same["heterogeneity"] == 0
    assert found.loc[("k", "combined"), "same_sign"] <= 0.5


def test_pairs_keep_their_place_and_may_be_none():
    pairs = pd.DataFrame({"pair": [0, 1], "gap": [3, 4]})
    effects = pd.DataFrame({"pair": [1, 1], "model": ["a", "b"], "interaction": [0.1, 0.2]})
    assert pair_table(pairs, effects)["gap"].tolist() == [4, 4]
    assert len(pair_table(pairs.head(0), effects.head(0))) == 0


def test_planted_sites_are_matched_by_place_and_factor_and_missed_ones_count():
    _, table = tables()
    sites = table[(table["model"] == "combined") & (table["kind"] == "site")]
    truth = sites.head(30)[["chrom", "start", "end", "strand", "name"]].rename(columns={"name": "factor"})
    truth = truth.assign(start=truth["start"] + 2, end=truth["end"] + 2, factor=truth["factor"].str.upper())
    truth["intact"] = np.arange(30) % 3 > 0
    found = recovered_sites(table, truth).set_index(["factor", "group"])
    assert found.loc[("all", "planted"), ["sites", "found"]].tolist() == [30, 30]
    assert found.loc[("all", "unplanted"), "sites"] == len(sites) - 30
    assert found.loc[("M", "strong"), "share"] == 1
    assert found.loc[("all", "strong"), "sites"] == 20
    assert found.loc[("all", "decoy"), "share"] <= 0.05
    assert found.loc[("M", "decoy"), "sites"] > 0
    missed = truth.tail(1).assign(chrom="elsewhere", intact=True)
    more = recovered_sites(table, pd.concat([truth, missed])).set_index(["factor", "group"])
    factor = missed["factor"].iloc[0]
    before, after = (each.loc[(factor, "strong")] for each in (found, more))
    assert (after["sites"], after["found"]) == (before["sites"] + 1, before["found"])
    assert after["necessary"] == before["necessary"]
    nothing = recovered_sites(table, truth.assign(chrom="elsewhere")).set_index(["factor", "group"])
    assert nothing.loc[("all", "planted"), "found"] == 0
    assert nothing.loc[("all", "planted"), "share"] == 0
    assert np.isnan(nothing.loc[("all", "planted"), "mean_effect"])


def test_spacings_of_the_truth_stand_beside_those_of_model_and_reads():
    offsets = np.array([8, 9, 10, 11, -9])
    scanned = pd.DataFrame({"pair": "A:A", "strands": "same", "offset": offsets, "gap": offsets - 8})
    scanned["interaction"], scanned["interaction_se"] = [0.0, 0.7, 0.1, 0.4, -0.2], 0.01
    scanned["log_omega"] = [-1.0, 2.0, -1.0, 1.0, np.nan]
    other = scanned.assign(pair="A:B")
    pairs = pd.DataFrame({"factor": "A", "offset": [9, 9, 11]})
    found = recovered_spacings(pd.concat([scanned, other]), pairs, {9: 0.9, 11: 0.5}).set_index("offset")
    assert len(found) == 5
    assert found["planted"].to_dict() == {-9: 0, 8: 0, 9: 2, 10: 0, 11: 1}
    for column in ("rank_true", "rank_in_silico", "rank_in_vitro"):
        assert found.loc[[9, 11], column].tolist() == [1, 2]
    assert found.loc[8, "rank_true"] == 3


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
