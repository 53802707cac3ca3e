"""Parts of a model."""

import numpy as np
import pandas as pd

from cisgrammar.ablation.effects import motif as motif_module
from cisgrammar.ablation.effects.model_parts import grouped, parts_of
from cisgrammar.ablation.effects.motif import motif_effects, sufficiency
from cisgrammar.ablation.effects.shard import OF_COUNTS, sites_on
from cisgrammar.ablation.effects.site import log_count_effects, site_effects, sites_at_once
from cisgrammar.ablation.sites.peak_inputs import background_inputs
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.profile.models.combined import CombinedModel
from toy_effects import SETTINGS, ablate_shard
from toy_profile import small_solo


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
        mean, error = log_count_effects(*grouped([part]), inputs, SETTINGS, 1)
        np.testing.assert_allclose(mean[:, 0, 0], whole["delta_log_counts"], atol=1e-5)
        np.testing.assert_allclose(error[:, 0, 0], whole["delta_log_counts_se"], atol=1e-5)
        assert whole["delta_log_counts"].abs().max() > 1e-4


def test_the_bias_does_not_run_for_counts_that_it_is_not_in(made):
    regions, genome, sites, _ = made
    few, calls = sites.iloc[::9], []
    for used in (False, True):
        residual, bias = (small_solo(length=120, layers=n, seed=s) for n, s in ((2, 0), (1, 1)))
        residual.heads = bias.heads = tuple(head._replace(use_bias_counts=used) for head in residual.heads)
        parts = parts_of(CombinedModel(residual, bias).eval(), ("bias", "combined", "residual"))
        bias.register_forward_hook(lambda *_: calls.append("bias"))
        (group,) = grouped(parts)
        inputs = sites_on(group, few, regions, genome)
        mean, _ = log_count_effects(group, inputs, SETTINGS, 1)
        assert bool(calls) == used
        for place, part in enumerate(parts):
            alone = site_effects(part, inputs, SETTINGS, 1).table["delta_log_counts"]
            if used or part.name != "bias":
                np.testing.assert_allclose(mean[:, place, 0], alone, atol=1e-5)
        calls.clear()


def test_counts_that_are_in_no_prediction_have_no_effect(made):
    """Effects on the bias model's counts were tested, 1,534 of them in the demo, though no prediction holds them."""
    regions, genome, sites, pairs = made
    few, none = sites.iloc[::9], pairs.head(0)
    for used in (False, True):
        residual, bias = (small_solo(length=120, layers=n, seed=s) for n, s in ((2, 0), (1, 1)))
        residual.heads = bias.heads = tuple(head._replace(use_bias_counts=used) for head in residual.heads)
        parts = parts_of(CombinedModel(residual, bias).eval(), ("residual", "bias"))
        assert [part.without_counts for part in parts] == [frozenset(), frozenset() if used else {"signal"}]
        table = ablate_shard(parts, few, none, (regions, genome), SETTINGS, 1).effects
        of = dict(iter(table.groupby("model")))
        for column in OF_COUNTS[:4]:
            assert of["residual"][column].notna().any()
            assert of["bias"][column].notna().any() == used
        assert of["bias"]["profile_jsd"].notna().any()
        put_in = sufficiency(*grouped(parts[1:]), [from_consensus("toy", "GATAC")], genome.codes[None, :140], SETTINGS)
        assert put_in["delta_log_counts"].notna().all() == used
        assert put_in["profile_jsd"].notna().all()


def test_parts_of_one_model_that_run_together_give_what_each_gives_alone(made):
    """On the same sequences: the residual of what the whole reads; pairs too, and each network runs once."""
    regions, genome, sites, pairs = made
    residual, bias = (small_solo(length=120, layers=n, seed=s) for n, s in ((2, 0), (1, 1)))
    residual.heads = bias.heads = tuple(head._replace(use_bias_counts=True) for head in residual.heads)
    model = CombinedModel(residual, bias).eval()
    parts, few = parts_of(model, ("residual", "combined")), sites.iloc[::9]
    (group,) = grouped(parts)
    calls = []
    residual.register_forward_hook(lambda *_: calls.append("residual"))
    together = ablate_shard(parts, few, pairs.head(3), (regions, genome), SETTINGS, 1)
    once, alone = len(calls), {}
    for part in parts:
        alone[part.name] = ablate_shard([part], few, pairs.head(3), (regions, genome), SETTINGS, 1)
    assert len(calls) == 3 * once > 0
    for table in ("effects", "pairs"):
        found, wanted = getattr(together, table), pd.concat([getattr(alone[part.name], table) for part in parts])
        pd.testing.assert_frame_equal(found, wanted.reset_index(drop=True), rtol=1e-4, atol=1e-5)
    assert found["effect_both"].abs().max() > 1e-3
    np.testing.assert_allclose(together.before, alone["residual"].before, rtol=1e-4)
    np.testing.assert_allclose(together.after, alone["residual"].after, rtol=1e-4)
    # Another model's part, or one by itself, is no part of the group.
    other = parts_of(small_solo(length=120), ("residual",))
    assert [len(g.parts) for g in grouped([*parts, *other])] == [1, 1, 1]
    assert sites_at_once(group, SETTINGS) <= sites_at_once(*grouped(parts[:1]), SETTINGS)


def test_motifs_put_into_the_whole_change_its_parts_as_alone(made, monkeypatch):
    """A bias that reads less sees the same middle; motifs in pieces give what they give at once."""
    regions, genome = made[:2]
    model = CombinedModel(small_solo(length=120, layers=2), small_solo(seed=1, length=120)).eval()
    parts = parts_of(model, ("combined", "residual", "bias"))
    codes = {part.name: background_inputs(regions, genome, 4, part.input_length) for part in parts}
    motifs = {name: from_consensus(name, letters) for name, letters in (("toy", "GATAC"), ("other", "CCNGG"))}
    together, _ = motif_effects(parts, codes, motifs, [], SETTINGS, 1)
    alone = [motif_effects([part], codes, motifs, [], SETTINGS, 1)[0] for part in parts]
    pd.testing.assert_frame_equal(together, pd.concat(alone, ignore_index=True), rtol=1e-4, atol=1e-5)
    assert together["profile_jsd"].min() > 1e-4
    monkeypatch.setattr(motif_module, "_CHUNK", 1)
    pd.testing.assert_frame_equal(motif_effects(parts, codes, motifs, [], SETTINGS, 1)[0], together, atol=1e-6)
