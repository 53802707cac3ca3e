"""Effects of sites on models whose answers are known by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from cisgrammar.ablation.effects.attribution import attribution_sums, best_sites
from cisgrammar.ablation.effects.model_parts import Part, parts_of
from cisgrammar.ablation.effects.motif import motif_effects, motif_pairs, spacing_effects, sufficiency
from cisgrammar.ablation.effects.shard import ablate_shard, of_shard, read_profiles, sites_on, write_profiles
from cisgrammar.ablation.effects.site import log_count_effects, mean_and_error, site_effects
from cisgrammar.ablation.sites.find import BindingFiles, find_sites
from cisgrammar.ablation.sites.pairs import find_pairs
from cisgrammar.ablation.sites.peak_inputs import background_inputs, peak_windows
from cisgrammar.config.ablation import Ablation
from cisgrammar.config.profile import Evaluate
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.perturb.results import ShuffleReport
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.sequence.alphabet import encode
from toy_profile import small_solo
from toy_sites import CountGatac, make_place

SETTINGS = Ablation(consensus={"toy": "GATAC"}, controls=25, decoys=1, n=6, backgrounds=4, local=3)


def part_of(model, name="combined"):
    return Part(name, model, model.heads, model.input_length, model.output_length)


@pytest.fixture(scope="module")
def made():
    regions, genome, _ = make_place(windows=5)
    sites = find_sites(peak_windows(regions, genome, Evaluate()), SETTINGS, BindingFiles(), 1).table
    return regions, genome, sites, find_pairs(sites, SETTINGS, 1)


@pytest.fixture(scope="module")
def shard(made):
    regions, genome, sites, pairs = made
    return ablate_shard([part_of(CountGatac(height=0.7))], sites, pairs, (regions, genome), SETTINGS, 1)


def test_a_site_is_worth_its_height_and_what_is_no_site_nothing(made, shard):
    sites = made[2]
    table = sites.merge(shard.effects, on="site")
    real = table[table["kind"] == "site"]
    # Every arrangement of a widened GATAC that is no GATAC loses it; a shuffle may keep or move it.
    assert real["delta_log_counts"].between(0.3, 0.7 + 1e-6).all()
    assert real["delta_log_counts"].median() > 0.5
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


def test_the_reverse_strand_sees_the_same_motif(made, shard):
    table = made[2].merge(shard.effects, on="site")
    real = table[table["kind"] == "site"]
    assert real["delta_log_counts_reverse"].between(0.2, 0.7 + 1e-6).all()
    mean = (real["delta_log_counts_forward"] + real["delta_log_counts_reverse"]) / 2
    np.testing.assert_allclose(real["delta_log_counts"], mean)


def test_two_motifs_that_add_up_do_not_interact(made, shard):
    pairs = shard.pairs
    assert len(pairs) == len(made[3]) > 0
    assert pairs["interaction"].abs().max() < 1e-6
    np.testing.assert_allclose(pairs["effect_both"], pairs["effect_a"] + pairs["effect_b"], atol=1e-6)
    assert pairs["effect_both"].median() > 1


def test_shards_hold_every_site_once_and_give_the_same_numbers(made, shard, tmp_path):
    regions, genome, sites, pairs = made
    three = SETTINGS.model_copy(update={"shards": 3})
    parts = [part_of(CountGatac(height=0.7))]
    shards = [ablate_shard(parts, sites, pairs, (regions, genome), three, 1, i) for i in range(3)]
    joined = pd.concat([s.effects for s in shards]).sort_values("site").reset_index(drop=True)
    whole = shard.effects.sort_values("site").reset_index(drop=True)
    pd.testing.assert_frame_equal(joined, whole, atol=1e-6)
    for i, one in enumerate(shards):
        write_profiles(tmp_path / f"{i}.h5", one)
    site, before, _ = read_profiles([tmp_path / f"{i}.h5" for i in (2, 0, 1)])
    order = np.argsort(shard.site)
    np.testing.assert_array_equal(site, shard.site[order])
    np.testing.assert_allclose(before, shard.before[order], rtol=1e-4)
    assert (sites.set_index("site").loc[site, "kind"] != "control").all()
    with pytest.raises(ValueError, match="shard 3 does not exist; there are 3"):
        of_shard(sites, 3, 3)
    many = SETTINGS.model_copy(update={"shards": 500})
    with pytest.raises(ValueError, match=r"ablation.shards: 500 jobs for \d+ sites; use at most"):
        ablate_shard(parts, sites, pairs, (regions, genome), many, 1, 499)


def test_one_strand_and_attributions_as_asked(made):
    regions, genome, sites, pairs = made
    asked = SETTINGS.model_copy(update={"both_strands": False, "attribution": True, "attribution_sites": 2})
    few = sites[sites["kind"] == "site"].head(4)
    found = ablate_shard([part_of(CountGatac(height=0.7))], few, pairs.head(0), (regions, genome), asked, 1).effects
    assert found["delta_log_counts_reverse"].isna().all()
    assert (found["delta_log_counts"] == found["delta_log_counts_forward"]).all()
    # Each of five bases is worth the height, less a quarter of it: the motif is lost with any other.
    assert found["attribution"].dropna().tolist() == pytest.approx([5 * 0.75 * 0.7] * 2, abs=1e-5)


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


def test_parts_are_the_residual_and_the_transformed_bias():
    model = CombinedModel(small_solo(layers=2), small_solo(seed=1))
    parts = parts_of(model, ("combined", "residual", "bias"))
    assert [p.model for p in parts] == [model, model.residual, model.transformation]
    assert parts[2].input_length < parts[1].input_length == parts[0].input_length
    assert [p.name for p in parts_of(small_solo(), ("bias",))] == ["bias"]


def test_log_counts_alone_equal_those_of_the_whole(made):
    regions, genome, sites, _ = made
    model = CombinedModel(small_solo(length=120, layers=2), small_solo(seed=1, length=120))
    few = sites.iloc[::9]
    for part in parts_of(model.eval(), ("combined", "bias")):
        inputs = sites_on(part, few, regions, genome)
        whole = site_effects(part, inputs, SETTINGS, 1).table
        mean, error = log_count_effects(part, inputs, SETTINGS, 1)
        np.testing.assert_allclose(mean[:, 0], whole["delta_log_counts"], atol=1e-5)
        np.testing.assert_allclose(error[:, 0], whole["delta_log_counts_se"], atol=1e-5)
        assert whole["delta_log_counts"].abs().max() > 1e-4


def test_a_motif_put_into_background_adds_its_height(made):
    regions, genome = made[:2]
    part = part_of(CountGatac(height=0.7))
    codes = background_inputs(regions, genome, 4, part.input_length)
    motifs = [from_consensus("toy", "GATAC"), from_consensus("none", "CCCCC")]
    table = sufficiency(part, motifs, codes, SETTINGS).set_index("motif")
    assert table.loc["toy", "delta_log_counts"] == pytest.approx(0.7, abs=1e-6)
    assert table.loc["toy", "delta_log_counts_se"] == pytest.approx(0, abs=1e-6)
    assert table.loc["none", "delta_log_counts"] == pytest.approx(0, abs=1e-6)
    assert table.loc["toy", "profile_jsd"] > 0.05


class Neighbours(CountGatac):
    """ln counts are 1 where GATAC begins 9 bp before another GATAC, nothing else."""

    def forward(self, x):
        product = 1
        for i, base in enumerate("GATAC"):
            product = product * x[:, "ACGT".index(base), i : x.shape[2] - 4 + i]
        both = (product[:, :-9] * product[:, 9:]).sum(dim=1, keepdim=True)
        return torch.zeros(len(x), 1, self.output_length), both


def test_the_spacing_scan_finds_the_one_placement_that_cooperates(made):
    regions, genome = made[:2]
    part = part_of(Neighbours())
    codes = background_inputs(regions, genome, 3, part.input_length)
    toy = from_consensus("toy", "GATAC")
    table = spacing_effects(part, [(toy, toy)], codes, SETTINGS.model_copy(update={"spacings": (2, 6)}))
    best = table.loc[table["interaction"].idxmax()]
    assert (best["pair"], best["strands"], best["offset"], best["gap"]) == ("toy:toy", "same", 9, 4)
    assert best["interaction"] == pytest.approx(1)
    assert (table["interaction"].abs() > 0.5).sum() == 1
    # Same strand once, opposite strands on both sides.
    assert len(table) == 3 * 5
    assert set(table.loc[table["strands"] == "opposite", "offset"]) == {*range(7, 12), *range(-11, -6)}


def test_each_model_is_given_the_motifs_and_the_first_one_the_pairs_too(made):
    regions, genome = made[:2]
    parts = [replace(part_of(model), name=name) for name, model in (("whole", Neighbours()), ("bias", CountGatac()))]
    codes = {part.name: background_inputs(regions, genome, 3, part.input_length) for part in parts}
    motifs = {"toy": from_consensus("toy", "GATAC")}
    settings = SETTINGS.model_copy(update={"spacings": (2, 6)})
    put_in, spaced = motif_effects(parts, codes, motifs, [("toy", "toy")], settings)
    assert put_in["model"].tolist() == ["whole", "bias"]
    assert put_in.set_index("model").loc["bias", "delta_log_counts"] > 0.5
    assert set(spaced["model"]) == {"whole"}
    assert spaced["interaction"].max() == pytest.approx(1)


def test_pairs_are_those_of_the_binding_stage_or_of_the_section():
    motifs = {name: from_consensus(name, "GATAC") for name in ("a", "b")}
    measured = pd.DataFrame({"pair": ["a:b", "a:b", "a:x"]})
    assert motif_pairs(SETTINGS, motifs, measured) == [("a", "b")]
    assert motif_pairs(SETTINGS.model_copy(update={"pairs": (("b", "b"),)}), motifs, measured) == [("b", "b")]
    with pytest.raises(ValueError, match=r"ablation\.pairs: no motif c; there are a, b"):
        motif_pairs(SETTINGS.model_copy(update={"pairs": (("a", "c"),)}), motifs, measured)


class Linear(CountGatac):
    """ln counts are the number of C."""

    def forward(self, x):
        return torch.zeros(len(x), 1, self.output_length), x[:, 1].sum(dim=1, keepdim=True)


def test_attribution_of_a_linear_model_is_its_weights(made):
    regions, genome, sites, _ = made
    part = part_of(Linear())
    one = sites[sites["kind"] == "site"].head(1)
    inputs = sites_on(part, one, regions, genome)
    # One C of five: 3/4 for it, -1/4 for each of the others.
    assert attribution_sums(part, inputs, SETTINGS) == pytest.approx([0.75 - 4 * 0.25], abs=1e-5)
    letters = inputs.codes[0, inputs.start[0] : inputs.end[0]]
    assert (letters == encode("C")).sum() == 1
    assert len(best_sites(sites, 3)) == 3
