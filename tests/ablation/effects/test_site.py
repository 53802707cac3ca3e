"""Effects of sites on models whose answers are known by hand."""

import numpy as np
import torch

from cisgrammar.ablation.effects.shard import sites_on
from cisgrammar.ablation.effects.site import mean_and_error, site_effects
from cisgrammar.perturb.results import ShuffleReport
from toy_effects import SETTINGS, part_of
from toy_sites import CountGatac


def test_a_site_is_worth_its_height_and_what_is_no_site_nothing(made, shard):
    sites = made[2]
    table = sites.merge(shard.effects, on="site")
    real = table[table["kind"] == "site"]
    # No arrangement keeps a GATAC, moves it or makes another one on either strand; up to 0.4 was lost to those.
    np.testing.assert_allclose(real["delta_log_counts"], 0.7, atol=1e-6)
    assert (real["shuffled_end"] - real["shuffled_start"] == 5).all()
    assert (real["identical"] == 0).all()
    assert real["delta_log_counts_forward"].notna().all()
    assert real["local_log_ratio"].min() > 0
    others = table[table["kind"] != "site"]
    assert others["delta_log_counts"].abs().median() == 0
    assert (table["identical"] >= 0).all()
    assert (table["distinct"] + (table["identical"] > 0) >= 2).all()
    width = table["shuffled_end"] - table["shuffled_start"]
    assert (width >= table["end"] - table["start"]).all()
    assert (table["shuffled_start"] <= table["start"]).all()


def test_effects_equal_the_closed_form_for_plain_shuffles(made):
    regions, genome, sites, _ = made
    # All 60 arrangements of GATAC are listed (two of its letters are alike), of which one is the site, and none can
    # make another GATAC or GTATC within 5 bp: GTATC holds other letters.
    settings = SETTINGS.model_copy(update={"shuffle": "plain", "n": 64, "both_strands": False})
    chosen = sites[(sites["kind"] == "site") & (sites["strand"] == "+")]
    part = part_of(CountGatac(height=0.5, peak=2.0))
    found = site_effects(part, sites_on(part, chosen, regions, genome), settings, 1)
    table = found.table
    np.testing.assert_allclose(table["delta_log_counts"], 0.5, atol=1e-6)
    assert (table["delta_log_counts_se"] == 0).all()
    assert set(table["arrangements"]) == {60}
    assert set(table["distinct"]) == {59}
    assert set(table["how"]) == {"listed"}
    # One of 120 positions loses a factor e^2, beside k other motifs in the window.
    others = chosen["region"].map(sites[sites["kind"] == "site"]["region"].value_counts()).to_numpy() - 1
    rest = 119 - others + others * np.exp(2)
    before, after = np.exp(2) / (rest + np.exp(2)), 1 / (rest + 1)
    middle_p, middle_r = (before + after) / 2, 1 - (before + after) / 2
    divergence = sum(
        0.5 * (p * np.log2(p / m) + (1 - p) * np.log2((1 - p) / r))
        for p, m, r in ((before, middle_p, middle_r), (after, middle_p, middle_r))
    )
    np.testing.assert_allclose(table["profile_jsd"], np.sqrt(divergence), rtol=1e-4)
    # 11 bases around the site; each other position gains what the motif loses.
    gain = np.log((rest + 1) / (rest + np.exp(2)))
    np.testing.assert_allclose(table["local_log_ratio"], (2 + 11 * gain) / 11, rtol=1e-4)
    # The shown profiles are expected 5' ends, the site in the middle.
    np.testing.assert_allclose(found.before[:, 100], np.exp(0.5 * (others + 1)) * before, rtol=1e-4)
    np.testing.assert_allclose(found.after[:, 100], np.exp(0.5 * others) * after, rtol=1e-4)
    assert np.isnan(found.before[:, 0]).all()


def report(how, weights):
    rows = len(weights)
    zeros = np.zeros(rows, dtype=np.int64)
    weights = np.array(weights)
    return ShuffleReport(zeros, zeros, zeros, zeros, zeros, weights == 0, weights, np.array(how), np.array(how))


def test_mean_and_error_leave_the_input_out_and_are_exact_where_all_is_listed():
    values = torch.tensor([[1.0, 3.0, 99.0], [1.0, 3.0, 99.0], [5.0, 5.0, 5.0]])
    weights = [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 0]]
    mean, error = mean_and_error(values, report(["drawn", "listed", "listed"], weights))
    np.testing.assert_allclose(mean, [2, 2, np.nan])
    # Standard deviation of 1 and 3 is sqrt 2, over sqrt 2 shuffles.
    np.testing.assert_allclose(error, [1, 0, np.nan])
