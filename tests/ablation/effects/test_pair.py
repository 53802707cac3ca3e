"""Pairs of sites on models that add them up, and on one where they help each other."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cisgrammar.ablation.effects.pair import pair_effects, pair_sequences, reordered
from cisgrammar.ablation.sites.pairs import null_pairs
from cisgrammar.ablation.sites.peak_inputs import peak_windows
from cisgrammar.config.profile import Evaluate
from cisgrammar.sequence.alphabet import decode
from toy_effects import SETTINGS, group_of, part_of
from toy_interactions import Heads


@pytest.fixture(scope="module")
def with_nulls(made):
    regions, genome, sites, pairs = made
    settings = SETTINGS.model_copy(update={"pair_nulls": 4, "pair_distance": 70})
    nulls = null_pairs(peak_windows(regions, genome, Evaluate()), sites, pairs, settings, 1)
    return pd.concat([pairs, nulls], ignore_index=True)


def test_two_motifs_that_add_up_do_not_interact(made, shard):
    pairs = shard.pairs
    assert len(pairs) == len(made[3]) > 0
    assert pairs["interaction"].abs().max() < 1e-6
    np.testing.assert_allclose(pairs["effect_both"], pairs["effect_a"] + pairs["effect_b"], atol=1e-6)
    assert pairs["effect_both"].median() > 1


class EachNeedsTheOther(Heads):
    """1 ln count where there is GATAC or GTATC twice, in any place."""

    def forward(self, x):
        *profiles, counts = super().forward(x)
        return *profiles, (counts >= 1.99 * self.height).float()


def test_sites_that_help_each_other_interact_above_0(made):
    regions, genome, _, pairs = made
    model = EachNeedsTheOther(heads=1, noise=0.0)
    table = pair_effects(group_of(part_of(model)), pairs, (regions, genome), SETTINGS, 1)
    # Each lost alone costs 1, both lost cost 1: together they give 1 more than the sum of what each gives alone, 0.
    assert (table["interaction"] > 0.5).all()
    assert table["interaction"].median() == pytest.approx(1)
    sums = table["effect_a"] + table["effect_b"] - table["effect_both"]
    assert np.median(np.abs(sums - table["interaction"])) < 0.2


def test_counts_that_are_in_no_prediction_have_no_pairs(made):
    regions, genome, _, pairs = made
    part = part_of(Heads(heads=2))
    for unused, heads in (({"h0"}, ["h1"]), ({"h0", "h1"}, [])):
        bias = replace(part, without_counts=frozenset(unused))
        table = pair_effects(group_of(bias), pairs.head(2), (regions, genome), SETTINGS, 1)
        assert table["head"].unique().tolist() == heads


def test_nulls_keep_letters_and_change_what_they_say(made, with_nulls):
    regions, genome, _, pairs = made
    part = part_of(Heads(heads=1))
    codes, table = pair_sequences(part, with_nulls, (regions, genome), 1)
    first = {row.pair: (codes[i], i) for row, i in zip(pairs.itertuples(), table[: len(pairs), 0], strict=True)}
    for row, (i, *ends) in zip(with_nulls.itertuples(), table.tolist(), strict=True):
        original = first[row.pair][0]
        stretches = [decode(codes[i, ends[k] : ends[k + 1]]) for k in (0, 2)]
        if row.kind == "site":
            assert set(stretches) <= {"GATAC", "GTATC"}
        elif row.kind == "decoy":
            assert stretches[0] in {"GATAC", "GTATC"}
            assert stretches[1] not in {"GATAC", "GTATC"}
            assert sorted(stretches[1]) in (sorted("GATAC"), sorted("GTATC"))
            assert (codes[i] != original).sum() <= 5
        elif row.kind == "moved":
            assert set(stretches) <= {"GATAC", "GTATC"}
            assert (np.bincount(codes[i], minlength=5) == np.bincount(original, minlength=5)).all()
            assert 46 <= row.gap <= 70
            assert row.gap == max(ends[0] - ends[3], ends[2] - ends[1])
        else:
            assert not set(stretches) & {"GATAC", "GTATC"}
    assert set(with_nulls["kind"]) >= {"site", "decoy", "moved"}


def test_an_order_of_letters_is_as_unlike_as_can_be():
    letters = np.array([2, 0, 3, 0, 1], dtype=np.uint8)
    found = reordered(letters, np.random.default_rng(0))
    assert sorted(found) == sorted(letters)
    assert (found == letters).sum() <= 1
