"""Spacing scans: what is called where motifs add up, where they interact, and how well intervals cover."""

import numpy as np
import pytest
import torch

from cisgrammar.ablation.effects.spacing import _scan, contrasts, placements, spacing_effects
from cisgrammar.ablation.sites.decoys import draw_decoys
from cisgrammar.motifs.motif import from_consensus
from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.one_hot import one_hot
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
    # 720 tests: 0.05 within 2.5 binomial standard errors of 0.0081; six seeds give 0.040 to 0.054, mean 0.049.
    assert 0.03 <= (table["p_value"] < 0.05).mean() <= 0.07
    assert table["peak"].mean() <= 0.01
    outside = (table["interaction"] < table["null_low"]) | (table["interaction"] > table["null_high"])
    assert 0.03 <= outside.mean() <= 0.07


class Rough(Heads):
    """Two motifs within 25 bp change the counts by a number of their distance and strands, decoys do not: sd 0.2."""

    def forward(self, x):
        outputs, many = super().forward(x), len(self.heads)
        counts = torch.cat(outputs[many:], dim=1)  # (batch, heads)
        forward, reverse = (self._found(x, letters) for letters in ("GATAC", "GTATC"))  # (batch, starts)
        rough = np.random.default_rng(5).normal(size=(3, 26, counts.shape[1])) * 0.2
        for offset in range(5, 26):
            for side, (left, right) in enumerate(((forward, forward), (forward, reverse), (reverse, forward))):
                both = (left[:, :-offset] * right[:, offset:]).sum(dim=1, keepdim=True)
                counts = counts + both * torch.from_numpy(rough[side, offset]).float()
            both = (reverse[:, :-offset] * reverse[:, offset:]).sum(dim=1, keepdim=True)
            counts = counts + both * torch.from_numpy(rough[0, offset]).float()
        return (*outputs[:many], *counts.split(1, dim=1))


def test_a_model_in_which_the_pair_varies_everywhere_has_no_distance_of_its_own():
    table = scanned(Rough(heads=24, noise=0.02))
    # Four times the spread of decoys. 720 tests: 2.5 binomial standard errors.
    assert table["interaction"].std() > 0.15
    assert 0.025 <= (table["p_value"] < 0.05).mean() <= 0.07
    assert (table["q_value"] < 0.05).mean() <= 0.01


def test_the_one_distance_that_matters_is_a_peak_above_0():
    table = scanned(Heads(heads=8, bonus=0.4), settings=SCAN.model_copy(update={"spacings": (2, 11)}))
    planted = (table["strands"] == "same") & (table["offset"] == 9)
    assert table.loc[planted, "peak"].mean() >= 0.8
    assert table.loc[planted, "interaction"].mean() == pytest.approx(0.4, abs=0.03)
    assert table.loc[planted, "contrast"].mean() == pytest.approx(0.4, abs=0.05)
    assert table.loc[~planted, "peak"].mean() <= 0.02
    best = table.loc[table.groupby("head")["interaction"].idxmax()]
    assert set(best["offset"]) == {9}


class Blurred(Heads):
    """Half of the bonus 1 bp beside the distance that matters, a quarter 2 bp beside it."""

    def forward(self, x):
        outputs, many = super().forward(x), len(self.heads)
        more = 0.0
        for letters in ("GATAC", "GTATC"):
            found = self._found(x, letters)
            for offset, part in ((7, 0.25), (8, 0.5), (9, 1.0), (10, 0.5), (11, 0.25)):
                more = more + part * (found[:, :-offset] * found[:, offset:]).sum(dim=1, keepdim=True)
        return (*outputs[:many], *(y + more for y in outputs[many:]))


def test_the_shoulders_of_a_peak_are_no_peaks():
    table = scanned(Blurred(heads=6, noise=0.01), settings=SCAN.model_copy(update={"spacings": (0, 11)}))
    same = table[table["strands"] == "same"]
    assert same.loc[same["offset"] == 9, "peak"].all()
    beside = same[same["offset"].isin([8, 10])]
    assert beside["interaction"].mean() == pytest.approx(0.5, abs=0.02)
    assert (beside["contrast_high"] < 0).all()
    assert not beside["peak"].any()


class Halves(Heads):
    """0.4 where a CCGG begins 9 bp after another, 0.5 more where CCGGGTAA does, on either strand."""

    def forward(self, x):
        outputs, many = super().forward(x), len(self.heads)
        more = 0.0
        for bonus, words in ((0.4, ("CCGG",)), (0.5, ("CCGGGTAA", "TTACCCGG"))):
            for letters in words:
                found = self._found(x, letters)
                more = more + bonus * (found[:, :-9] * found[:, 9:]).sum(dim=1, keepdim=True)
        return (*outputs[:many], *(y + more for y in outputs[many:]))


def test_what_half_of_a_site_does_is_an_image_and_no_further_call():
    reb1 = from_consensus("REB1", "CCGGGTAA")
    known = {"REB1": reb1}
    table = spacing_effects(part_of(Halves(heads=1, noise=0.01)), [(reb1, reb1)], known, backgrounds(8), SCAN, 3)
    named = table.set_index(["strands", "offset"])
    assert named.loc[("same", 9), "peak"]
    image = named.loc[("opposite", -13)]
    assert image["interaction"] > 0.3
    assert image["image_of"] == "same 9"
    assert np.isnan(image["q_value"])
    assert not image["peak"]
    assert image["p_value"] < 0.05
    assert (table["image_of"] != "").sum() < 8
    assert table.loc[table["image_of"] == "", "q_value"].notna().all()


def test_a_contrast_is_against_the_neighbours_there_are():
    np.testing.assert_allclose(contrasts(np.array([1.0, 2.0, 4.0, 0.0])), [-1, -0.5, 3, -4])
    assert np.isnan(contrasts(np.array([[1.0], [2.0]]))).all()


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


def test_a_pair_without_decoys_is_not_tested_and_one_that_does_not_fit_is_refused():
    settings = SCAN.model_copy(update={"spacings": (0, 130), "spacing_decoys": 0})
    table = scanned(Heads(heads=1), number=1, settings=settings)
    assert table["p_value"].isna().all()
    assert not table["peak"].any()
    with pytest.raises(ValueError, match="131 bp between them do not fit into the model's input of 140 bp; scan 130"):
        scanned(Heads(heads=1), number=1, settings=SCAN.model_copy(update={"spacings": (0, 131)}))


def test_interactions_are_those_of_the_four_sequences():
    """By hand: both - a - b + neither, of the pair and of a decoy of either motif, 3 bp apart, on one strand."""
    settings = SCAN.model_copy(update={"spacings": (3, 3), "spacing_decoys": 4, "both_strands": False})
    part, codes = part_of(Heads(heads=1)), backgrounds(3)
    scan = _scan(part, (TOY, OTHER), KNOWN, codes, settings, 0)
    of_toy, of_other = ([d.consensus for d in draw_decoys(motif, KNOWN, 4, 0)] for motif in (TOY, OTHER))
    start = (140 - 5 - 8 - 3) // 2

    def by_hand(first, second):
        gains = []
        for i, background in enumerate(codes):
            y = []
            for a, b in ((True, True), (True, False), (False, True), (False, False)):
                edited = background.copy()
                if a:
                    edited[start + i : start + i + 5] = encode(first)
                if b:
                    edited[start + i + 8 : start + i + 16] = encode(second)
                y.append(float(part.model(one_hot(torch.from_numpy(edited[None])))[1][0, 0]))
            gains.append(y[0] - y[1] - y[2] + y[3])
        return gains

    np.testing.assert_allclose(by_hand("GATAC", OTHER.consensus), scan.pair[:, 0, 0, 0], atol=1e-5)
    assert np.mean(by_hand("GATAC", of_other[2])) == pytest.approx(scan.nulls[0][2, 0, 0, 0], abs=1e-5)
    assert np.mean(by_hand(of_toy[3], OTHER.consensus)) == pytest.approx(scan.nulls[1][3, 0, 0, 0], abs=1e-5)
