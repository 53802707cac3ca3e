"""Ridge regression on k-mers, beside scikit-free closed forms."""

import numpy as np
import pytest

from cisgrammar.profile.fit import kmer_ridge
from cisgrammar.profile.fit.kmer_counts import kmer_counts
from cisgrammar.profile.fit.kmer_ridge import fit_kmer_ridge
from cisgrammar.profile.fit.words import word_counts


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


def test_a_rare_word_that_ridge_shrinks_gets_its_weight():
    """60 of 600 windows have a site that adds 0.8 to ln N; the ridge alone spreads and shrinks it."""
    codes, _, y = drawn(600, 0.3)
    codes[:60, 90:99] = [0, 1, 1, 1, 0, 0, 1, 0, 3]  # ACCCAACAT
    y = y + 0.8 * word_counts(codes, ["ACCCNACAT"])[:, 0]
    shuffled = np.random.default_rng(2).permutation(600)
    codes, y = codes[shuffled], y[shuffled]
    plain, words = (fit_kmer_ridge(lambda at: codes[at], np.arange(600), y, 2, most) for most in (0, 4))
    assert plain.words == ()
    new = drawn(200, 0, seed=5)[0]
    without = new.copy()
    new[:, 90:99] = [0, 1, 1, 1, 0, 0, 1, 0, 3]
    assert 0.5 < (words.predict(new) - words.predict(without)).mean() < 1.1
    assert (plain.predict(new) - plain.predict(without)).mean() < 0.4


def test_few_windows_give_the_line_that_the_sums_over_kmers_give():
    """100 windows and 136 k-mers: both ways to the same minimum."""
    codes, _, y = drawn(100, 0.3)

    def cut(at):
        return codes[at]

    found = fit_kmer_ridge(cut, np.arange(100), y, 4)
    folds = [kmer_ridge._sums(cut, part, y[part], 4) for part in np.array_split(np.arange(100), 5)]
    whole = kmer_ridge._Sums.total(folds)
    errors = sum(kmer_ridge._errors(kmer_ridge._without(folds, i), fold) for i, fold in enumerate(folds))
    assert found.penalty == kmer_ridge._PENALTIES[np.argmin(errors)]
    np.testing.assert_allclose(found.weights, whole.solve(np.array([found.penalty]))[:, 0], rtol=1e-6, atol=1e-9)
    assert len(found.weights) == 136


@pytest.mark.parametrize("number", [100, 400])
def test_the_penalty_is_that_of_the_least_error_of_windows_left_out(number):
    """By a line of each penalty for each fold, in both ways: fewer windows than the 136 k-mers, and more."""
    codes, _, y = drawn(number, 0.5)
    x, errors = kmer_counts(codes, 4), np.zeros(len(kmer_ridge._PENALTIES))
    for part in np.array_split(np.arange(number), 5):
        others = np.setdiff1d(np.arange(number), part)
        centred = x[others] - x[others].mean(0)
        for i, penalty in enumerate(kmer_ridge._PENALTIES):
            right = centred.T @ (y[others] - y[others].mean())
            weights = np.linalg.solve(centred.T @ centred + penalty * np.eye(136), right)
            fitted = (x[part] - x[others].mean(0)) @ weights + y[others].mean()
            errors[i] += np.square(fitted - y[part]).sum()
    best = int(np.argmin(errors))
    assert 0 < best < len(errors) - 1
    order = np.random.default_rng(3).permutation(number)
    found = fit_kmer_ridge(lambda at: codes[at], order, y[order], 4)
    assert found.penalty == kmer_ridge._PENALTIES[best]


def test_sums_beyond_32_bits_are_kept_whole():
    """600 windows of one letter, 2^12 of it in each: the products add up to more than 2^32."""
    codes = np.random.default_rng(0).integers(0, 4, (600, 4096)).astype(np.uint8)
    codes[:500] = 0
    sums = kmer_ridge._sums(lambda at: codes[at], np.arange(600), np.ones(600), 2)
    x = kmer_counts(codes, 2)
    assert sums.xx[0].max() > 2**32
    np.testing.assert_array_equal(np.tril(sums.square(centred=False)), np.tril(x.T @ x))
    few = kmer_ridge._sums(lambda at: codes[at], np.arange(500, 600), np.ones(100), 2)
    assert few.xx[0].dtype == np.uint32
    np.testing.assert_array_equal(np.tril(few.square(centred=False)), np.tril(x[500:].T @ x[500:]))
