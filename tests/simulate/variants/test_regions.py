"""Variants of a genome: what they change by the simulation's own rules."""

import numpy as np
import pytest
from pydantic import ValidationError

from cisgrammar.config.schema import Simulate
from cisgrammar.config.simulate import FACTOR_NAMES
from cisgrammar.sequence.alphabet import encode, reverse_complement
from cisgrammar.sequence.shuffle import Shuffler
from cisgrammar.simulate.cuts import accessibility
from cisgrammar.simulate.factors.catalogue import FACTORS
from cisgrammar.simulate.genome import AWAY, CHANCE, make_genome, mismatches
from cisgrammar.simulate.variants.regions import PLAIN, region_variants

SETTINGS = Simulate(
    chromosomes=3,
    chromosome_length=240_000,
    peaks_per_chromosome=100,
    factors=FACTOR_NAMES,
    mismatch_effect=0.3,
    variants=160,
    fragments=10,
)


@pytest.fixture(scope="module")
def made():
    return region_variants(make_genome(SETTINGS), SETTINGS)


def changed(genome, variant):
    """The chromosome's codes with the other allele."""
    codes = genome.codes[genome.names.index(variant.chrom)]
    start, end = variant.start, variant.start + len(variant.ref)
    assert (codes[start:end] == encode(variant.ref)).all()
    return np.concatenate([codes[:start], encode(variant.alt), codes[end:]])


def words(codes, core):
    found = 0
    for word in (core, reverse_complement(core)):
        windows = np.lib.stride_tricks.sliding_window_view(codes, len(word))
        found += ((windows != word).sum(axis=1) == 0).sum()
    return found


def test_every_kind_is_there_on_the_last_chromosome_and_no_place_twice(made):
    _, variants = made
    assert 0.95 * 160 <= len(variants) <= 160
    assert {v.chrom for v in variants} == {"chr3"}
    kinds = {v.kind for v in variants}
    assert kinds == {"broken", "restored", "neutral", "outside"}
    lengths = {len(v.alt) - len(v.ref) for v in variants if v.kind == "broken"}
    assert lengths == {-3, 0, 3}
    assert len({v.start for v in variants}) == len(variants)


def test_broken_and_restored_sites_are_whole_before_or_after(made):
    genome, variants = made
    for variant in variants:
        if not variant.target:
            continue
        core = FACTORS[FACTOR_NAMES.index(variant.target)].core()
        before = genome.codes[2, variant.start - 40 : variant.start + 40]
        after = changed(genome, variant)[variant.start - 40 : variant.start + 40]
        # CBF1's site, read from the other strand, is one again, 1 bp further.
        gain = np.sign(words(after, core) - words(before, core))
        assert gain == (-1 if variant.kind == "broken" else 1), variant
        assert np.sign(variant.effect) == gain * np.sign(FACTORS[FACTOR_NAMES.index(variant.target)].effect)


def test_the_effect_of_a_substitution_is_that_of_the_simulation(made):
    """The rate is made again with the changed base; the summit's window is wider than the peak."""
    genome, variants = made
    some = [v for v in variants if v.kind in ("broken", "restored") and len(v.ref) == len(v.alt)]
    names = {v.target for v in some}
    flat = SETTINGS.model_copy(update={"footprint_depth": 1.0})
    before = accessibility(genome, flat)[2] - 1
    for variant in [next(v for v in some if v.target == name) for name in sorted(names)]:
        codes = genome.codes.copy()
        codes[2] = changed(genome, variant)
        sites = genome.bound()
        own = np.flatnonzero((sites.chrom == 2) & (sites.start <= variant.start) & (sites.end > variant.start))
        keep = 0.3 ** mismatches(codes, sites) - 0.3 ** mismatches(genome.codes, sites)
        own = own[keep[own] != 0]
        change = sum(FACTORS[sites.factor[i]].effect * keep[i] for i in own)
        pair = np.flatnonzero(np.isin(genome.pairs.site, own))
        second = mismatches(genome.codes, sites)[len(genome.sites.start) + pair]
        change += sum(genome.pairs.effect[pair] * 0.3**second * keep[genome.pairs.site[pair]])
        peak = sites.peak[own[0]] if len(own) else None
        if peak is None:
            assert variant.effect == 0
            continue
        centre = genome.peaks.centre[peak]
        area = before[centre - 700 : centre + 700].sum() if alone(genome, peak) else None
        if area is not None:
            wanted = np.log((area * np.exp(change) + 1000) / (area + 1000))
            assert variant.effect == pytest.approx(wanted, abs=0.02)


def alone(genome, peak):
    """Whether no other peak is so near that it opens the same bases."""
    centres = genome.peaks.centre[genome.peaks.chrom == genome.peaks.chrom[peak]]
    return (np.abs(centres - genome.peaks.centre[peak]) < 1400).sum() == 1


def test_changes_without_an_effect_lie_beside_sites_and_have_the_letters_of_those_with_one(made):
    genome, variants = made
    sites = genome.planted()
    starts = sites.start[sites.chrom == 2]
    broken = {(v.ref, v.alt) for v in variants if v.kind in ("broken", "restored")}
    centres = genome.peaks.centre[genome.peaks.chrom == 2]
    for variant in variants:
        if variant.kind in ("neutral", "outside"):
            assert variant.effect == 0
            assert (variant.ref, variant.alt) in broken
            assert not ((starts - 20 <= variant.start) & (variant.start < starts + 32)).any()
            far = np.abs(centres - variant.start).min()
            assert far >= AWAY if variant.kind == "outside" else far <= 250


def test_outside_of_peaks_alleles_are_those_of_the_others(made):
    _, variants = made
    outside = [v for v in variants if v.kind == "outside"]
    shares = [
        [np.mean([len(v.alt) - len(v.ref) == change for v in part]) for change in (-3, 0, 3)]
        for part in (outside, [v for v in variants if v.kind != "outside"])
    ]
    np.testing.assert_allclose(*shares, atol=0.12)


def test_sequence_is_drawn_anew_around_changes_outside_of_peaks_alone(made):
    genome, variants = made
    before = make_genome(SETTINGS)
    drawn = np.zeros(genome.codes.shape, dtype=bool)
    for v in variants:
        if v.kind == "outside":
            drawn[2, v.start - PLAIN : v.start + len(v.ref) + PLAIN] = True
    differs = genome.codes != before.codes
    assert not differs[~drawn].any()
    assert 0.6 < differs[drawn].mean() < 0.85
    planted = genome.planted()
    for chrom, start, end in zip(planted.chrom, planted.start, planted.end, strict=True):
        assert not drawn[chrom, start:end].any()


def test_words_like_sites_are_as_frequent_around_changes_outside_of_peaks_as_in_shuffled_sequence():
    """Elsewhere they are taken out; without them p-values beside shuffled sequence would be too large."""
    settings = SETTINGS.model_copy(update={"variants": 400, "factors": ("REB1", "CBF1", "GATA")})
    genome, variants = region_variants(make_genome(settings), settings)
    shuffler, rng = Shuffler("dinucleotide"), np.random.default_rng(0)
    found = {"genome": 0, "shuffled": 0, "elsewhere": 0}
    for v in variants:
        if v.kind == "outside":
            codes = genome.codes[2, v.start - PLAIN : v.start + PLAIN]
            found["genome"] += alike(codes)
            found["shuffled"] += alike(shuffler.draw(codes, (0, len(codes)), 1, rng).codes[0])
    plain = make_genome(settings)
    centres = plain.peaks.centre[plain.peaks.chrom == 2]
    between = (centres[:-1] + centres[1:]) // 2
    found["elsewhere"] = sum(alike(plain.codes[2, at - PLAIN : at + PLAIN]) for at in between.tolist())
    assert found["genome"] > 100
    assert abs(found["genome"] - found["shuffled"]) < 4 * np.sqrt(found["genome"] + found["shuffled"])
    assert found["elsewhere"] < 5


def alike(codes):
    """How many words there are with at most two letters unlike a site's."""
    found = 0
    for factor in FACTORS[:3]:
        for word in {tuple(factor.core().tolist()), tuple(reverse_complement(factor.core()).tolist())}:
            windows = np.lib.stride_tricks.sliding_window_view(codes, len(word))
            found += int(((windows != word).sum(axis=1) <= CHANCE).sum())
    return found


def test_none_are_drawn_where_none_are_asked_for_and_a_seed_gives_the_same(made):
    genome, variants = made
    before = make_genome(SETTINGS)
    unchanged, none = region_variants(before, SETTINGS.model_copy(update={"variants": 0}))
    assert none == []
    assert (unchanged.codes == before.codes).all()
    again, same = region_variants(before, SETTINGS)
    assert same == variants
    assert (again.codes == genome.codes).all()


def test_variants_of_sites_that_lose_nothing_are_refused():
    with pytest.raises(ValidationError, match="variants: with mismatch_effect 1 a broken site keeps all of its effect"):
        Simulate(variants=10)
    assert Simulate(variants=10, mismatch_effect=0.5).variants == 10
