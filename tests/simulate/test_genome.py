"""The simulated genome: composition, places, planted motifs, strengths."""

import numpy as np
import pytest
from pydantic import ValidationError

from cisgrammar.config.schema import Simulate
from cisgrammar.sequence.alphabet import BASES, reverse_complement
from cisgrammar.simulate.factors.catalogue import FACTORS as CATALOGUE
from cisgrammar.simulate.genome import (
    AWAY,
    EDGE,
    SPACING,
    kept_effects,
    make_genome,
    mismatches,
    random_sequence,
    remove_matches,
    transitions,
)

FACTORS = CATALOGUE[:3]
ALL = tuple(factor.name for factor in CATALOGUE)
SETTINGS = Simulate(chromosomes=4, chromosome_length=200_000, peaks_per_chromosome=100, fragments=10)


@pytest.mark.parametrize("gc", [0.3, 0.4, 0.65])
def test_transitions_keep_composition_and_look_alike_on_both_strands(gc):
    steps = transitions(gc)
    composition = np.array([1 - gc, gc, gc, 1 - gc]) / 2
    np.testing.assert_allclose(composition @ steps, composition, atol=1e-9)
    joint = composition[:, None] * steps
    np.testing.assert_allclose(joint, joint[::-1, ::-1].T, atol=1e-12)
    assert joint[0, 0] > composition[0] ** 2
    assert joint[3, 0] < composition[0] ** 2


def test_random_sequence_has_the_chain_s_dinucleotides():
    codes = random_sequence(np.random.default_rng(0), 400_500, 0.4)
    assert codes.shape == (400_500,)
    assert abs(np.isin(codes, (1, 2)).mean() - 0.4) < 0.005
    pairs = np.bincount(4 * codes[:-1].astype(int) + codes[1:], minlength=16).reshape(4, 4)
    np.testing.assert_allclose(pairs / pairs.sum(axis=1, keepdims=True), transitions(0.4), atol=0.01)


def test_peaks_keep_their_distance_and_sites_stay_apart_inside_peaks():
    genome = make_genome(SETTINGS)
    peaks, sites = genome.peaks, genome.sites
    for chrom in range(4):
        centres = peaks.centre[peaks.chrom == chrom]
        assert len(centres) == 100
        assert np.diff(centres).min() >= SPACING
        assert centres.min() >= EDGE
        assert centres.max() < 200_000 - EDGE
    middle = (sites.start + sites.end) // 2
    assert np.abs(middle - peaks.centre[sites.peak]).max() <= 195
    effects = np.array([factor.effect for factor in FACTORS])[sites.factor]
    for peak in range(400):
        here = np.flatnonzero(sites.peak == peak)
        assert 1 <= len(here) <= len(FACTORS)
        assert peaks.summit[peak] == middle[here[effects[here].argmax()]]
    assert (peaks.chrom[sites.peak] == sites.chrom).all()
    same = sites.chrom[1:] == sites.chrom[:-1]
    assert (sites.start[1:] >= sites.end[:-1])[same].all()
    assert len({(p, f) for p, f in zip(sites.peak, sites.factor, strict=True)}) == len(sites.peak)


def test_sites_hold_instances_of_their_factor_on_their_strand():
    # A second site may lie over the flank of a first.
    genome = make_genome(SETTINGS.model_copy(update={"pair_share": 0.0}))
    sites = genome.sites
    for index, factor in enumerate(FACTORS):
        chosen = np.flatnonzero(sites.factor == index)
        assert -0.07 < len(chosen) / 400 - factor.share < 0.14
        words = [genome.codes[sites.chrom[i], sites.start[i] : sites.end[i]] for i in chosen]
        read = [reverse_complement(w) if sites.reverse[i] else w for w, i in zip(words, chosen, strict=True)]
        seen = (np.array(read)[..., None] == np.arange(4)).mean(axis=0)
        np.testing.assert_allclose(seen, factor.probabilities(), atol=0.12)
        assert 0.35 < sites.reverse[chosen].mean() < 0.65


@pytest.mark.parametrize("seed", [1, 2])
def test_all_that_looks_like_a_site_lies_at_one(seed):
    """Words of two mismatches at most in the certain columns; where none was planted they overlap what was."""
    genome = make_genome(SETTINGS.model_copy(update={"seed": seed}))
    planted = np.zeros(genome.codes.shape, dtype=bool)
    for chrom, start, end in zip(genome.bound().chrom, genome.bound().start, genome.bound().end, strict=True):
        planted[chrom, start:end] = True
    found = 0
    for factor in FACTORS:
        width = 8 if factor.name == "REB1" else 9
        core = np.array([BASES.index(base) for base in factor.consensus[2 : 2 + width]])
        for word in (core, 3 - core[::-1]):
            windows = np.lib.stride_tricks.sliding_window_view(genome.codes, width, axis=1)
            chrom, start = np.nonzero((windows != word).sum(axis=2) <= 2)
            found += len(start)
            assert all(planted[c, s : s + width].any() for c, s in zip(chrom, start, strict=True))
    assert found > 0.9 * len(genome.sites.start)


def test_taking_matches_out_keeps_the_chain():
    codes = random_sequence(np.random.default_rng(0), 400_000, 0.4)
    changed = codes.reshape(2, -1).copy()
    remove_matches(np.random.default_rng(1), changed, range(3))
    assert 0.002 < (changed.ravel() != codes).mean() < 0.02
    assert abs(np.isin(changed, (1, 2)).mean() - 0.4) < 0.005


def test_words_by_chance_stay_as_the_setting_says():
    """Whole words are taken out by every setting, those with one other letter by the default alone."""
    core = FACTORS[0].core()
    for left, most in ((False, 2), (True, 0)):
        genome = make_genome(SETTINGS.model_copy(update={"chance_words": most, "pair_share": 0.0}))
        windows = np.lib.stride_tricks.sliding_window_view(genome.codes, len(core), axis=1)
        others = (windows != core).sum(axis=2)
        planted = np.zeros(others.shape, dtype=bool)
        for chrom, start in zip(genome.sites.chrom, genome.sites.start, strict=True):
            planted[chrom, max(0, start - 12) : start + 12] = True
        assert not ((others == 0) & ~planted).any()
        assert bool(((others == 1) & ~planted).any()) == left


def test_strength_is_spread_plus_effects():
    settings = SETTINGS.model_copy(update={"strength_spread": 0.0})
    genome = make_genome(settings)
    present = np.zeros((400, len(FACTORS)))
    present[genome.sites.peak, genome.sites.factor] = 1
    pairs = np.zeros(400)
    pairs[genome.sites.peak[genome.pairs.site]] = FACTORS[0].effect + genome.pairs.effect
    np.testing.assert_allclose(genome.peaks.log_strength, present @ [f.effect for f in FACTORS] + pairs)
    spread = make_genome(SETTINGS).peaks.log_strength - genome.peaks.log_strength
    assert abs(spread.std() - 0.35) < 0.04


def test_second_sites_stand_at_the_drawn_distance_and_strand_and_touch_no_other():
    genome = make_genome(SETTINGS)
    sites, pairs, every = genome.sites, genome.pairs, genome.bound()
    assert 0.6 < len(pairs.site) / (sites.factor == 0).sum() < 0.81
    assert len(set(pairs.site)) == len(pairs.site)
    for offset, effect in zip(SETTINGS.pair_offsets, SETTINGS.pair_effects, strict=True):
        assert 0.15 < (pairs.effect == effect).mean() < 0.45
        assert (pairs.offset[pairs.effect == effect] == offset).all()
    assert not np.isin(pairs.offset[(pairs.effect == 0) & ~pairs.opposite], SETTINGS.pair_offsets).any()
    turned = pairs.offset[pairs.opposite]
    assert 0.08 < len(turned) / len(pairs.site) < 0.22
    assert (np.sort(np.unique(np.sign(turned))) == [-1, 1]).all()
    assert (abs(pairs.offset).min(), abs(pairs.offset).max()) == (8, 16)
    assert len(every.start) == len(sites.start) + len(pairs.site)
    core, best = [], FACTORS[0].probabilities().argmax(axis=1)[2:10]
    turns = sites.reverse[pairs.site] ^ pairs.opposite
    for first, start, offset, reverse in zip(pairs.site, pairs.start, pairs.offset, turns, strict=True):
        assert start - sites.start[first] == (-offset if sites.reverse[first] else offset)
        word = genome.codes[sites.chrom[first], start + 2 : start + 10]
        core.append(reverse_complement(word) if reverse else word)
        beside = np.flatnonzero((sites.peak == sites.peak[first]) & (np.arange(len(sites.peak)) != first))
        assert ((sites.end[beside] <= start) | (sites.start[beside] >= start + 12)).all()
    assert (np.array(core) == best).mean() > 0.96
    # The first one's core is left whole.
    firsts = [genome.codes[sites.chrom[i], sites.start[i] + 2 : sites.end[i] - 2] for i in pairs.site]
    firsts = [reverse_complement(w) if sites.reverse[i] else w for w, i in zip(firsts, pairs.site, strict=True)]
    assert (np.array(firsts) == best).mean() > 0.96
    assert len(make_genome(SETTINGS.model_copy(update={"pair_share": 0.0})).pairs.site) == 0


def test_pairs_leave_all_else_as_it_was():
    a = make_genome(SETTINGS)
    b = make_genome(SETTINGS.model_copy(update={"pair_share": 0.0}))
    for name in ("start", "end", "factor", "reverse"):
        np.testing.assert_array_equal(getattr(a.sites, name), getattr(b.sites, name))
    assert (
        0 < (a.codes != b.codes).sum() < 9.5 * len(a.pairs.site)
    )  # three of four letters of 12, fewer beside the first


def test_sites_of_the_genome_have_the_matrix_of_their_factor():
    genome = make_genome(SETTINGS)
    every = genome.bound()
    mine = every.take(np.flatnonzero(every.factor == 0))
    words = genome.codes[mine.chrom[:, None], mine.start[:, None] + np.arange(12)]
    words[mine.reverse] = reverse_complement(words[mine.reverse])
    shares = (words[..., None] == np.arange(4)).mean(axis=0)
    # Without flanks of second sites 0.974 to 0.977.
    assert np.corrcoef(shares.ravel(), FACTORS[0].probabilities().ravel())[0, 1] > 0.993


def test_an_effect_is_given_for_each_favoured_distance():
    with pytest.raises(ValidationError, match="pair_effects: 2 values for 1 offsets"):
        Simulate(pair_offsets=(9,))


def test_a_setting_of_the_cuts_leaves_the_genome_as_it_was():
    a = make_genome(SETTINGS)
    b = make_genome(SETTINGS.model_copy(update={"bias_strength": 0.0, "strength_spread": 1.0}))
    np.testing.assert_array_equal(a.codes, b.codes)
    np.testing.assert_array_equal(a.sites.start, b.sites.start)
    other = make_genome(SETTINGS.model_copy(update={"seed": 2}))
    assert (a.codes != other.codes).mean() > 0.5


def test_too_many_peaks_for_a_chromosome_are_refused_with_the_number_that_fits():
    with pytest.raises(ValidationError, match="at most 7 sites fit on 10000 bp"):
        Simulate(chromosome_length=10_000, peaks_per_chromosome=8)
    full = Simulate(chromosomes=3, chromosome_length=10_000, peaks_per_chromosome=7, fragments=10)
    assert len(make_genome(full).peaks.summit) == 21


HARD = SETTINGS.model_copy(update={"factors": ALL, "mismatch_effect": 0.3, "strength_spread": 0.0})


def test_all_factors_have_sites_that_stay_apart_and_each_peak_is_opened():
    genome = make_genome(HARD)
    sites, opened = genome.sites, np.array([f.kind == "activator" for f in CATALOGUE])
    for index, factor in enumerate(CATALOGUE):
        assert abs((sites.factor == index).sum() / 400 - factor.share) < 0.1
    assert set(sites.peak[opened[sites.factor]]) == set(range(400))
    same = sites.chrom[1:] == sites.chrom[:-1]
    assert (sites.start[1:] >= sites.end[:-1])[same].all()
    assert np.abs((sites.start + sites.end) // 2 - genome.peaks.centre[sites.peak]).max() <= 240


def test_sites_outside_of_peaks_lie_far_from_all_and_only_of_factors_that_have_some():
    genome = make_genome(HARD)
    background = genome.background
    assert len(background.start) > 100
    assert {CATALOGUE[index].name for index in background.factor} == {"GZF3", "RPN4", "GCN4"}
    for chrom, start in zip(background.chrom, background.start, strict=True):
        centres = genome.peaks.centre[genome.peaks.chrom == chrom]
        assert np.abs(centres - start).min() >= AWAY
    assert (mismatches(genome.codes, background) == 0).mean() > 0.7
    assert len(np.unique(background.chrom * 200_000 + background.start)) == len(background.start)


def test_a_site_keeps_part_of_its_effect_with_each_mismatch():
    genome = make_genome(HARD)
    number = mismatches(genome.codes, genome.sites)
    assert set(number) >= {0, 1}
    np.testing.assert_allclose(kept_effects(genome.codes, genome.sites, 0.3), 0.3**number)
    effects = np.array([factor.effect for factor in CATALOGUE])
    expected = np.bincount(genome.sites.peak, effects[genome.sites.factor] * 0.3**number, minlength=400)
    alone = np.setdiff1d(np.arange(400), genome.sites.peak[genome.pairs.site])
    np.testing.assert_allclose(genome.peaks.log_strength[alone], expected[alone])
    assert (genome.peaks.log_strength[alone] < effects[[0, 1, 2]].min()).any()


def test_pairs_have_their_effect_as_far_as_both_sites_are_whole():
    genome = make_genome(HARD)
    plain = make_genome(HARD.model_copy(update={"pair_effects": (0.0, 0.0)}))
    number = mismatches(genome.codes, genome.bound())
    first, second = number[genome.pairs.site], number[len(genome.sites.start) :]
    gain = (genome.peaks.log_strength - plain.peaks.log_strength)[genome.sites.peak[genome.pairs.site]]
    np.testing.assert_allclose(gain, genome.pairs.effect * 0.3 ** (first + second))
