"""Ridge regression on k-mers, beside scikit-free closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.profile.fit import kmer_ridge
from cisgrammar.profile.fit.kmer_ridge import canonical_numbers, fit_kmer_ridge, kmer_counts
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


def drawn(number, noise, seed=0):
    random = np.random.default_rng(seed)
    codes = random.integers(0, 4, (number, 200)).astype(np.uint8)
    weights = random.normal(0, 0.2, 10)
    y = kmer_counts(codes, 2) @ weights + 3 + random.normal(0, noise, number)
    return codes, weights, y


def test_it_finds_the_truth_with_little_noise_and_the_mean_with_noise_alone():
    codes, weights, y = drawn(600, 0.01)
    found = fit_kmer_ridge(lambda at: codes[at], np.arange(600), y, 2)
    new = drawn(100, 0.0, seed=9)[0]
    wanted = kmer_counts(new, 2) @ weights + 3
    np.testing.assert_allclose(found.predict(new), wanted, atol=0.02)
    noise = np.random.default_rng(1).normal(size=600)
    flat = fit_kmer_ridge(lambda at: codes[at], np.arange(600), noise, 2)
    assert flat.penalty > 100 * found.penalty
    assert flat.predict(new).std() < 0.2


def test_weights_are_the_closed_form_at_the_chosen_penalty():
    codes, _, y = drawn(300, 0.5)
    found = fit_kmer_ridge(lambda at: codes[at], np.arange(300), y, 2)
    x = kmer_counts(codes, 2)
    x, centred = x - x.mean(0), y - y.mean()
    wanted = np.linalg.solve(x.T @ x + found.penalty * np.eye(10), x.T @ centred)
    np.testing.assert_allclose(found.weights, wanted, rtol=1e-6, atol=1e-9)


def test_pieces_make_no_difference(monkeypatch):
    codes, _, y = drawn(300, 0.5)
    whole = fit_kmer_ridge(lambda at: codes[at], np.arange(300), y, 2)
    monkeypatch.setattr(kmer_ridge, "_PIECE", 7)
    pieces = fit_kmer_ridge(lambda at: codes[at], np.arange(300), y, 2)
    assert whole.penalty == pieces.penalty
    np.testing.assert_allclose(whole.weights, pieces.weights, rtol=1e-9)
    np.testing.assert_allclose(whole.predict(codes), pieces.predict(codes), rtol=1e-9)


def test_a_handful_of_windows_gives_their_mean():
    codes, _, y = drawn(4, 0.5)
    found = fit_kmer_ridge(lambda at: codes[at], np.arange(4), y, 2)
    np.testing.assert_allclose(found.predict(codes), y.mean())
