"""Spacing scans: what is called where motifs add up, where they interact, and how well intervals cover."""

import numpy as np
import pytest

from cisgrammar.ablation.effects.spacing import placements, spacing_effects
from cisgrammar.motifs.motif import from_consensus
from toy_effects import SETTINGS, part_of
from toy_interactions import Heads

TOY, OTHER = from_consensus("toy", "GATAC"), from_consensus("other", "CCGTATTG")
KNOWN = {"toy": TOY, "other": OTHER}
SCAN = SETTINGS.model_copy(update={"spacings": (0, 9), "spacing_decoys": 12})


def backgrounds(number, seed=0):
    return np.random.default_rng(seed).integers(0, 4, (number, 140)).astype(np.uint8)


def scanned(model, number=6, seed=0, settings=SCAN, pair=(TOY, TOY)):
    return spacing_effects(part_of(model), [pair], KNOWN, backgrounds(number, seed), settings, seed)


def test_each_placement_stands_once():
    assert len(placements(TOY, TOY)) == 3
    assert len(placements(TOY, OTHER)) == 4
    offsets = [place.offset(5, 8, 2) for place in placements(TOY, OTHER)]
    assert offsets == [7, -10, 7, -10]


def test_where_motifs_add_up_few_distances_are_called():
    table = scanned(Heads(heads=24))
    # 720 tests: 0.05 within 2.5 binomial standard errors of 0.0081; six other seeds give 0.015 to 0.054, mean 0.038.
    assert 0.03 <= (table["p_value"] < 0.05).mean() <= 0.07
    assert (table["peak"]).mean() <= 0.02
    outside = (table["interaction"] < table["null_low"]) | (table["interaction"] > table["null_high"])
    assert 0.03 <= outside.mean() <= 0.07


def test_the_one_distance_that_matters_is_a_peak_above_0():
    table = scanned(
        Heads(heads=8, bonus=0.4), settings=SCAN.model_copy(update={"spacings": (2, 11), "spacing_decoys": 24})
    )
    planted = (table["strands"] == "same") & (table["offset"] == 9)
    assert table.loc[planted, "peak"].mean() >= 0.8
    assert table.loc[planted, "interaction"].mean() == pytest.approx(0.4, abs=0.03)
    assert table.loc[~planted, "peak"].mean() <= 0.02
    best = table.loc[table.groupby("head")["interaction"].idxmax()]
    assert set(best["offset"]) == {9}


def test_intervals_over_backgrounds_cover():
    one = SCAN.model_copy(update={"spacings": (4, 4), "spacing_decoys": 0, "both_strands": False})
    tables = [scanned(Heads(heads=16), number=12, seed=i, settings=one) for i in range(24)]
    low, high, mean = (np.stack([t[f"interaction{end}"] for t in tables]) for end in ("_low", "_high", ""))
    truth = mean.mean(axis=0)  # over 288 backgrounds
    # 1,152 intervals; the truth's own error takes 2 % off their widths.
    assert 0.92 <= ((low <= truth) & (truth <= high)).mean() <= 0.975


def test_both_strands_are_read_and_their_mean_is_taken():
    strands = {}
    for name, asked in (("one", False), ("both", True)):
        settings = SCAN.model_copy(update={"both_strands": asked, "spacing_decoys": 0})
        strands[name] = scanned(Heads(heads=2), settings=settings)["interaction"].to_numpy()
    assert np.abs(strands["one"] - strands["both"]).max() > 1e-3
    assert strands["both"].std() < strands["one"].std()


def test_a_pair_without_decoys_or_distances_is_not_tested():
    settings = SCAN.model_copy(update={"spacings": (0, 130), "spacing_decoys": 0})
    table = scanned(Heads(heads=1), number=1, settings=settings)
    assert table["p_value"].isna().all()
    assert not table["peak"].any()
