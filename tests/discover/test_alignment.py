"""Alignments: shifts and strands are found again, cosines are symmetric."""

import numpy as np

from cisgrammar.discover.alignment import HALF, REACH, SHIFT, align, all_pairs, cut, turn


def stretches(number, seed=0):
    return np.random.default_rng(seed).normal(size=(number, 2 * REACH + 1, 4)).astype(np.float32)


def test_cut_by_hand():
    values = np.arange(2 * 4 * 10).reshape(2, 4, 10).astype(np.float16)
    found = cut(values, np.array([1, 0]), np.array([5, 0]), 1)
    np.testing.assert_array_equal(found[0], values[1, :, 4:7].T)
    np.testing.assert_array_equal(found[1], np.concatenate([np.zeros((1, 4)), values[0, :, :2].T]))


def test_a_shift_and_a_strand_are_found_again():
    long = np.random.default_rng(1).normal(size=(1, 4, 200)).astype(np.float32)
    template = cut(long, np.array([0]), np.array([100]), HALF)[0]
    for turned in (False, True):
        values = long[:, ::-1, ::-1] if turned else long
        middle = 199 - 100 if turned else 100
        for moved in (-SHIFT, -3, 0, 7, SHIFT):
            wide = cut(values, np.array([0]), np.array([middle + moved]), REACH)
            found = align(wide, template)
            assert found.turned[0] == turned
            assert found.shift[0] == (moved if turned else -moved)
            np.testing.assert_allclose(found.cosine[0], 1, atol=1e-5)


def test_all_pairs_are_symmetric_and_see_through_shift_and_strand():
    every = stretches(4)
    every[1] = turn(every[0])
    every[3, 5:] = every[2, :-5]
    found = all_pairs(every)
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_allclose(np.diag(found), 1, atol=1e-5)
    np.testing.assert_allclose(found[0, 1], 1, atol=1e-5)
    np.testing.assert_allclose(found[2, 3], 1, atol=1e-5)
    assert found[0, 2] < 0.6


def test_zeros_are_like_nothing():
    every = stretches(2)
    every[1] = 0
    assert all_pairs(every)[0, 1] == 0
