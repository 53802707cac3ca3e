"""Planted sites and spacings beside those found."""

import numpy as np
import pandas as pd

from cisgrammar.ablation.tables.site_table import site_table
from cisgrammar.simulate.ablation_recovery import recovered_sites, recovered_spacings
from toy_site_tables import made_effects, made_sites


def tables():
    sites = made_sites()
    return sites, site_table(sites, made_effects(sites))


def test_planted_sites_are_matched_by_place_and_factor_and_missed_ones_count():
    _, table = tables()
    sites = table[(table["model"] == "combined") & (table["kind"] == "site")]
    truth = sites.head(30)[["chrom", "start", "end", "strand", "name"]].rename(columns={"name": "factor"})
    truth = truth.assign(start=truth["start"] + 2, end=truth["end"] + 2, factor=truth["factor"].str.upper())
    truth["intact"], truth["acts"] = np.arange(30) % 3 > 0, 1
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


def test_sites_without_an_effect_are_not_planted_and_those_of_another_factor_stand_apart():
    _, table = tables()
    sites = table[(table["model"] == "combined") & (table["kind"] == "site")]
    truth = sites.head(30)[["chrom", "start", "end", "strand", "name"]].rename(columns={"name": "factor"})
    truth = truth.assign(intact=1, acts=(np.arange(30) >= 10).astype(int))
    found = recovered_sites(table, truth).set_index(["factor", "group"])
    assert found.loc[("all", "planted"), "sites"] == 20
    assert found.loc[("all", "unplanted"), "sites"] == len(sites) - 20
    foreign = recovered_sites(table, truth.assign(acts=1, factor="other")).set_index(["factor", "group"])
    assert foreign.loc[("all", "other"), "sites"] == 30
    two = truth.assign(acts=1, factor=np.where(np.arange(30) < 5, "other", truth["factor"]))
    found = recovered_sites(table, two).set_index(["factor", "group"])
    assert found.loc[("all", "other"), "sites"] == 5
    assert found.loc[("all", "unplanted"), "sites"] == len(sites) - 30


def test_spacings_of_the_truth_stand_beside_those_of_model_and_reads():
    offsets = np.array([8, 9, 10, 11, -9])
    scanned = pd.DataFrame({"pair": "A:A", "strands": "same", "offset": offsets, "gap": offsets - 8})
    scanned["interaction"], scanned["interaction_se"] = [0.0, 0.7, 0.1, 0.4, -0.2], 0.01
    scanned = scanned.assign(contrast=0.0, null_mean=0.0, p_value=0.5, q_value=0.5, peak=False)
    scanned["log_omega"] = [-1.0, 2.0, -1.0, 1.0, np.nan]
    scanned = scanned.assign(
        null_low=-0.3, null_high=0.4, lower=scanned["log_omega"] - 1, upper=scanned["log_omega"] + 2
    )
    other = scanned.assign(pair="A:B")
    pairs = pd.DataFrame({"factor": "A", "strands": [*3 * ["same"], "opposite"], "offset": [9, 9, 11, 9]})
    found = recovered_spacings(pd.concat([scanned, other]), pairs, {9: 0.9, 11: 0.5}).set_index("offset")
    assert len(found) == 5
    assert found["planted"].to_dict() == {-9: 0, 8: 0, 9: 2, 10: 0, 11: 1}
    for column in ("rank_true", "rank_in_silico", "rank_in_vitro"):
        assert found.loc[[9, 11], column].tolist() == [1, 2]
    assert found.loc[8, "rank_true"] == 3
    assert found.loc[9, ["log_omega_low", "log_omega", "log_omega_high"]].tolist() == [1.0, 2.0, 4.0]
    assert found.loc[9, ["null_low", "null_high"]].tolist() == [-0.3, 0.4]
