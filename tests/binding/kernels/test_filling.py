"""Tables of k-mers: each entry is a product of exponentials, and slopes go back to what it was made of."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from cisgrammar.binding.kernels import filling
from cisgrammar.binding.kernels.tables import cut


@pytest.mark.parametrize("distance", [0, 1, 2])
def test_the_entries_of_all_tables_multiply_to_the_exponential_of_a_score(distance: int) -> None:
    rng, tables = np.random.default_rng(0), cut(7, distance, 1000)
    assert tables is not None
    assert len(tables.starts) > 1
    singles, pairs = rng.normal(size=(2, 4, 7)), rng.normal(size=(2, 16, len(tables.first)))
    out = np.empty((len(tables.starts), 4**tables.letters, 2))
    shift = filling.filled(singles, pairs, tables.arrays, 3.0, out)
    assert out.max() < np.exp(3.0 + 1e-9)
    places = 4 ** np.arange(tables.letters)[::-1]
    for codes in rng.integers(0, 4, (20, 7)):
        kmers = [codes[start : start + tables.letters] @ places for start in tables.starts]
        letters = singles[:, codes, np.arange(7)].sum(1)
        of_pairs = pairs[:, 4 * codes[tables.first] + codes[tables.second], np.arange(len(tables.first))].sum(1)
        found = np.log(np.prod([out[i, kmer] for i, kmer in enumerate(kmers)], axis=0)) + shift
        assert found == pytest.approx(letters + of_pairs)


def test_a_slope_by_an_entry_is_one_by_its_letters_and_pairs() -> None:
    tables = cut(4, 1, 10**6)
    assert tables is not None
    slopes = np.random.default_rng(1).random(256)
    singles, pairs = np.zeros((4, 4)), np.zeros((16, 3))
    wanted, of_pairs = singles.copy(), pairs.copy()
    for value, codes in zip(slopes, itertools.product(range(4), repeat=4), strict=True):
        wanted[list(codes), range(4)] += value
        of_pairs[[4 * a + b for a, b in itertools.pairwise(codes)], range(3)] += value
    filling.fold(slopes.copy(), singles, pairs, 0, 0, tables.arrays)
    assert singles == pytest.approx(wanted)
    assert pairs == pytest.approx(of_pairs)


def test_what_is_added_to_each_window_is_in_the_first_position() -> None:
    values, index = np.arange(3.0), np.array([[[0, 1], [2, 0], [1, 1], [2, 2]]])
    found = filling.laid_out((values, index), 10.0, 2.0)
    assert found.tolist() == [[[20, 2], [24, 0], [22, 2], [24, 4]]]


def test_a_bias_is_relative_to_its_greatest_and_may_be_missing() -> None:
    bias = np.array([[[0.0, 2.0], [-np.inf, 1.0]]])
    found, shift = filling.weights(bias, 5.0)
    assert np.log(found[found > 0]) + shift == pytest.approx([0, 2, 1])
    assert found[0, 1, 0] == 0
    assert filling.weights(bias[:0], 5.0)[1] == 0


def test_slopes_of_what_is_not_there_are_none_of_the_factor() -> None:
    slopes = np.array([1.0, 0.0])
    assert filling.scaled(slopes, np.array([3.0, -np.inf]), 2.0) == 3.0
    assert slopes.tolist() == [2.0, 0.0]
