"""The table of sites: tested by the controls of its own model, and the same in every file."""

import h5py
import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control

from cisgrammar.ablation.tables.site_table import site_table, write_bed, write_effects
from cisgrammar.calibration.sites import table_of
from cisgrammar.tables.contracts.ablation import SITE_EFFECTS
from toy_site_tables import KeptProfiles, made_effects, made_sites


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
    families = [part for kind in (real, decoys) for _, part in kind.groupby("name")]
    assert len(families) == 4
    for family in families:
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
    profiles = KeptProfiles(np.array([0, 1]), np.ones((2, 200)), np.zeros((2, 200)))
    for name in ("a", "b"):
        write_effects(tmp_path / f"{name}.h5", table, profiles)
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()
    with h5py.File(tmp_path / "a.h5") as file:
        group = file["combined/signal"]
        rows = table["model"] == "combined"
        np.testing.assert_allclose(group["delta_log_counts"][:], table.loc[rows, "delta_log_counts"])
        assert [n.decode() for n in group["name"][:3]] == table.loc[rows, "name"].head(3).tolist()
        assert file["profiles/before"].shape == (2, 200)
        assert file["profiles/before"][:].min() == 1


def test_controls_of_the_own_motif_give_the_scale():
    """Two motifs of one GC: the spread of the one is ten times that of the other, among sites and controls alike."""
    rng, many = np.random.default_rng(3), 400
    kind = np.repeat(["site", "control"], [40, 2 * many])
    name = np.concatenate([np.repeat(["a", "b"], 20), np.full(2 * many, "control")])
    matched = np.concatenate([np.full(40, ""), np.repeat(["site_0", "site_20"], many)])
    wide = (name == "b") | (matched == "site_20")
    number = np.arange(len(kind))
    sites = pd.DataFrame({"site": number, "name": name, "kind": kind, "matched_to": matched, "region": number})
    sites = sites.assign(start=1000 * number, end=1000 * number + 8, chrom="c", gc=0.5, offset=0)
    hits = [
        (table_of(sites, {"delta_log_counts": rng.normal(size=len(sites)) * np.where(wide, 10, 1)})["p_value"] < 0.05)
        for _ in range(60)
    ]
    # 1,200 tests each: the binomial error is 0.006.
    for one in ("a", "b"):
        assert 0.03 < np.mean([h[name == one].mean() for h in hits]) < 0.07
