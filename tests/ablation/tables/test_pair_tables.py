"""Pairs of sites against their nulls: what is called where sites add up, and where they help each other."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.ablation.effects.pair import pair_effects
from cisgrammar.ablation.sites.find import BindingFiles, find_sites
from cisgrammar.ablation.sites.pairs import find_pairs, null_pairs
from cisgrammar.ablation.sites.peak_inputs import peak_windows
from cisgrammar.ablation.tables.pair_tables import motifs_of, pair_classes, pair_table
from cisgrammar.config.profile import Evaluate
from toy_effects import SETTINGS, group_of, part_of
from toy_interactions import Heads
from toy_sites import make_place

PAIRED = SETTINGS.model_copy(update={"pair_nulls": 6, "pair_distance": 70, "n": 4})


class Together(Heads):
    """`bonus` more in the first half of the heads where two sites stand."""

    def forward(self, x):
        outputs, many = super().forward(x), len(self.heads)
        found = sum(self._found(x, letters).sum(dim=1, keepdim=True) for letters in ("GATAC", "GTATC"))
        more = 0.6 * (found > 1.5)
        counts = [y + more if i < many // 2 else y for i, y in enumerate(outputs[many:])]
        return (*outputs[:many], *counts)


@pytest.fixture(scope="module")
def paired():
    regions, genome, _ = make_place(windows=36, seed=3)
    windows = peak_windows(regions, genome, Evaluate())
    sites = find_sites(windows, PAIRED, BindingFiles(), 1).table
    pairs = find_pairs(sites, PAIRED, 1)
    return (regions, genome), pd.concat([pairs, null_pairs(windows, sites, pairs, PAIRED, 1)], ignore_index=True)


def judged(paired, model):
    place, pairs = paired
    return pair_table(pairs, pair_effects(group_of(part_of(model)), pairs, place, PAIRED, 1))


def test_where_sites_add_up_few_pairs_are_called(paired):
    table = judged(paired, Heads(heads=20))
    assert len(table) == 20 * 36
    # 720 tests: 0.05 within 2.5 binomial standard errors of 0.0081; six other seeds give 0.043 to 0.065, mean 0.052.
    assert 0.03 <= (table["p_value"] < 0.05).mean() <= 0.07
    assert (table["q_value"] < 0.05).mean() <= 0.01
    outside = (table["interaction"] < table["null_low"]) | (table["interaction"] > table["null_high"])
    assert 0.03 <= outside.mean() <= 0.07


def test_sites_that_help_each_other_are_called_above_0_against_decoys(paired):
    place, pairs = paired
    near = pairs[pairs["kind"] != "moved"]  # these help each other at any distance, so moved ones would too
    table = judged((place, near), Together(heads=8))
    helped = table["head"].isin([f"h{i}" for i in range(4)])
    assert (table.loc[helped, "q_value"] < 0.05).mean() >= 0.9
    assert (table.loc[helped, "interaction"] > 0.3).mean() >= 0.9
    assert (table.loc[~helped, "q_value"] < 0.05).mean() <= 0.02
    classes = pair_classes(table, 0.05).set_index("head")
    assert (classes.loc[["h0", "h1"], "interaction_low"] > 0.3).all()


def test_classes_hold_every_pair_once_with_intervals_over_windows():
    pairs = pd.DataFrame({"pair": range(8), "region": [0, 0, 1, 1, 2, 2, 3, 3], "gap": [1, 2, 3, 4, 60, 70, 80, 99]})
    about = {"name_a": ["b", "a"] * 4, "name_b": ["a", "b"] * 4, "model": "combined", "head": "h"}
    values = np.array([1.0, 1, 2, 2, 0, 0, 0, 0.4])
    found = pair_classes(pairs.assign(**about, interaction=values, null_mean=0.0, q_value=[0.01] * 4 + [1.0] * 4), 0.05)
    assert found["motifs"].tolist() == ["a and b"] * 2
    assert found[["gap_low", "gap_high", "pairs", "regions"]].to_numpy().tolist() == [[1, 4, 4, 2], [60, 99, 4, 2]]
    assert found["share_significant"].tolist() == [1, 0]
    # Two windows with means 1 and 2: standard error 0.5, t with one degree of freedom 12.706.
    assert found.loc[0, "interaction_high"] == pytest.approx(1.5 + 12.706 * 0.5, rel=1e-3)
    assert motifs_of(pairs.assign(**about))[:2] == ["a and b"] * 2


def test_an_effect_that_is_there_twice_is_refused_and_none_gives_no_row(paired):
    place, pairs = paired
    few = pairs[pairs["pair"] < 2]
    effects = pair_effects(group_of(part_of(Heads(heads=1))), few, place, PAIRED, 1)
    with pytest.raises(ValueError, match="is there twice; delete the shards"):
        pair_table(few, pd.concat([effects, effects]))
    alone = few[few["kind"] == "site"]
    table = pair_table(alone, effects[effects["kind"] == "site"])
    assert table["p_value"].isna().all()
    assert (table["null"] == "").all()
    assert len(pair_table(alone.head(0), effects.head(0))) == 0
    assert len(pair_classes(table.head(0), 0.05)) == 0
