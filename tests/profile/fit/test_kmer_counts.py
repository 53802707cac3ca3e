"""Counts of k-mers: by hand, and the same on both strands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.profile.fit.kmer_counts import canonical_numbers, counts_at, kmer_counts
from cisgrammar.sequence.alphabet import encode, reverse_complement


@pytest.mark.parametrize(("k", "number"), [(1, 2), (2, 10), (3, 32), (6, 2080)])
def test_a_kmer_and_its_reverse_complement_are_one(k, number):
    assert len(set(canonical_numbers(k).tolist())) == number


def test_counts_by_hand():
    counts = kmer_counts(encode("ACGNAC")[None], 2)[0]
    numbers = canonical_numbers(2)
    # AC twice and CG once; what touches the N is not counted.
    assert counts[numbers[0 * 4 + 1]] == 2
    assert counts[numbers[1 * 4 + 2]] == 1
    assert counts.sum() == 3


@given(st.integers(0, 2**31))
def test_a_strand_changes_nothing(seed):
    codes = np.random.default_rng(seed).integers(0, 5, (3, 40)).astype(np.uint8)
    turned = np.stack([reverse_complement(row) for row in codes])
    np.testing.assert_array_equal(kmer_counts(codes, 3), kmer_counts(turned, 3))


@given(st.integers(0, 2**31))
def test_a_gap_is_jumped_over_and_a_strand_changes_nothing(seed):
    codes = np.random.default_rng(seed).integers(0, 5, (3, 40)).astype(np.uint8)
    turned = np.stack([reverse_complement(row) for row in codes])
    np.testing.assert_array_equal(counts_at(codes, [0, 1, 4, 5]), counts_at(turned, [0, 1, 4, 5]))
    by_hand = sum((codes[0, [i, i + 1, i + 4, i + 5]] < 4).all() for i in range(35))
    assert counts_at(codes[:1], [0, 1, 4, 5]).sum() == by_hand
