"""Cut rates: the enzyme's preference, footprints, peaks."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.config.schema import Simulate
from cisgrammar.sequence.alphabet import reverse_complement
from cisgrammar.simulate.cuts import accessibility, log_preference, preference, preference_matrix
from cisgrammar.simulate.factors.catalogue import FACTORS
from cisgrammar.simulate.genome import make_genome

SETTINGS = Simulate(chromosomes=3, chromosome_length=60_000, peaks_per_chromosome=20, fragments=10)


def test_preference_is_its_own_reverse_complement_and_concentrated_near_the_cut():
    matrix = preference_matrix(1.0)
    assert matrix.shape == (21, 4)
    np.testing.assert_array_equal(matrix, matrix[::-1, ::-1])
    spread = matrix.std(axis=1)
    assert spread[5:16].sum() > 5 * (spread[:5].sum() + spread[16:].sum())
    np.testing.assert_array_equal(preference_matrix(2.0), 2 * matrix)


def test_log_preference_sums_the_bases_around_each_base():
    codes = np.array([0, 1, 2, 3, 4], dtype=np.uint8)
    matrix = np.arange(12.0).reshape(3, 4)
    # Base i takes row 0 at i - 1, row 1 at i, row 2 at i + 1; beyond the ends and N count nothing.
    expected = [4 + 9, 0 + 5 + 10, 1 + 6 + 11, 2 + 7 + 0, 3 + 0 + 0]
    np.testing.assert_array_equal(log_preference(codes, matrix), expected)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=60))
def test_log_preference_reads_the_same_from_both_strands(bases):
    codes = np.array(bases, dtype=np.uint8)
    matrix = preference_matrix(1.0)
    there, back = log_preference(codes, matrix), log_preference(reverse_complement(codes), matrix)
    np.testing.assert_allclose(there, back[::-1], atol=1e-12)


def test_enzyme_gains_about_a_bit_per_cut_and_its_mean_factor_is_one():
    factor = preference(make_genome(SETTINGS), SETTINGS)
    assert factor.mean() == pytest.approx(1)
    assert 0.7 < (factor * np.log2(factor)).mean() < 1.2
    none = SETTINGS.model_copy(update={"bias_strength": 0.0})
    np.testing.assert_allclose(preference(make_genome(none), none), 1)


def test_accessibility_has_the_asked_share_in_peaks_and_footprints_of_the_asked_depth():
    genome = make_genome(SETTINGS)
    bare = SETTINGS.model_copy(update={"footprint_depth": 1.0})
    open_rate, with_sites = accessibility(genome, bare), accessibility(genome, SETTINGS)
    inside = (open_rate - 1)[:, 20:-20].sum() / open_rate.sum()
    assert inside == pytest.approx(0.65, abs=0.003)
    ratio = with_sites[:, 20:-20] / open_rate[:, 20:-20]
    covered = np.zeros(open_rate.shape, dtype=bool)
    for chrom, start, end in zip(*list(vars(genome.bound()).values())[:3], strict=True):
        covered[chrom, start - 2 : end + 2] = True
    np.testing.assert_allclose(ratio[~covered[:, 20:-20]], 1)
    assert np.median(ratio[covered[:, 20:-20]]) == pytest.approx(0.3)
    assert (open_rate[:, :20] == 0).all()


def test_a_peak_s_area_follows_its_strength_and_its_shape_the_sites():
    genome = make_genome(SETTINGS)
    bare = accessibility(genome, SETTINGS.model_copy(update={"footprint_depth": 1.0})) - 1
    peaks, sites = genome.peaks, genome.bound()
    area = np.array([bare[c, x - 480 : x + 480].sum() for c, x in zip(peaks.chrom, peaks.centre, strict=True)])
    ratio = np.log(area) - peaks.log_strength
    assert np.ptp(ratio) < 0.01
    reach = np.arange(-480, 480)
    centre_of_mass = [
        (bare[c, x + reach] * reach).sum() / a for c, x, a in zip(peaks.chrom, peaks.centre, area, strict=True)
    ]
    effects = np.array([factor.effect for factor in FACTORS])[sites.factor]
    offset = (sites.start + sites.end) // 2 - peaks.centre[sites.peak]
    expected = np.bincount(sites.peak, effects * offset) / np.bincount(sites.peak, effects)
    np.testing.assert_allclose(centre_of_mass, expected, atol=1)
