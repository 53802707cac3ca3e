import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from cisgrammar.sequence import eulerian
from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.sequence.eulerian import (
    MOST,
    count_arrangements,
    enumerate_arrangements,
    log_arrangements,
    sample_arrangements,
    transitions,
)

# Counted by hand or by listing all permutations.
KNOWN = {"ACCCACGATGATG": 27, "TTTGCATAACAAAG": 180, "TGAGTCA": 3, "TGACGTCA": 5, "GATAAG": 2, "AGATAAGG": 12}
words = st.lists(st.integers(0, 4), min_size=1, max_size=7).map(lambda codes: np.array(codes, dtype=np.uint8))


@pytest.mark.parametrize("text", KNOWN)
def test_known_numbers_of_arrangements(text):
    assert count_arrangements(encode(text)) == KNOWN[text]


@given(words)
def test_counted_and_listed_as_all_permutations_say(codes):
    pairs = transitions(codes, 5)
    kept = {
        word
        for word in itertools.permutations(codes.tolist())
        if word[0] == codes[0] and (transitions(np.array(word, dtype=np.uint8), 5) == pairs).all()
    }
    listed = enumerate_arrangements(codes)
    assert count_arrangements(codes) == len(kept) == len(listed)
    assert {tuple(word) for word in listed.tolist()} == kept


@pytest.mark.parametrize("text", ["A", "AC", "AAAAAAAA", "ACTGACTGACTG"])
def test_a_sequence_with_one_arrangement_is_its_own(text):
    assert count_arrangements(encode(text)) == 1
    drawn = sample_arrangements(encode(text), 5, np.random.default_rng(0))
    assert {decode(word) for word in drawn} == {text}


@pytest.mark.parametrize("text", ["ACCCACGATGATG", "TTTGCATAACAAAG", "TGACGTCA", "ANCNNACGNA"])
def test_draws_are_uniform_over_all_arrangements(text):
    codes = encode(text)
    many = count_arrangements(codes)
    drawn = sample_arrangements(codes, 400 * many, np.random.default_rng(1))
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == many
    statistic = ((counts - 400.0) ** 2 / 400).sum()
    assert chi2.sf(statistic, many - 1) > 0.001


@given(st.lists(st.integers(0, 4), min_size=4, max_size=60), st.integers(0, 1000))
def test_draws_keep_dinucleotides_and_ends(codes, seed):
    codes = np.array(codes, dtype=np.uint8)
    for word in sample_arrangements(codes, 3, np.random.default_rng(seed)):
        assert (transitions(word, 5) == transitions(codes, 5)).all()
        assert (word[0], word[-1]) == (codes[0], codes[-1])


@pytest.mark.parametrize("width", [4, 9, 300])
def test_few_draws_are_walked_as_many_are(width, monkeypatch):
    codes = np.random.default_rng(width).integers(0, 5, width).astype(np.uint8)
    alone = sample_arrangements(codes, 7, np.random.default_rng(3))
    monkeypatch.setattr(eulerian, "_FEW_DRAWS", 0)
    together = sample_arrangements(codes, 7, np.random.default_rng(3))
    np.testing.assert_array_equal(alone, together)
    assert alone.dtype == together.dtype == np.uint8


def test_larger_alphabets_are_drawn_uniformly_too():
    codes = np.array([0, 5, 1, 0, 6, 2, 3, 0, 4, 1, 3, 2, 5, 0], dtype=np.uint8)
    many = count_arrangements(codes, letters=8)
    assert many > 50
    drawn = sample_arrangements(codes, 300 * many, np.random.default_rng(2), letters=8)
    _, counts = np.unique(drawn, axis=0, return_counts=True)
    assert len(counts) == many
    assert chi2.sf(((counts - 300.0) ** 2 / 300).sum(), many - 1) > 0.001


def test_long_sequences_are_counted_in_logarithms():
    codes = np.random.default_rng(0).integers(0, 4, 2114).astype(np.uint8)
    assert count_arrangements(codes) == MOST
    assert 2000 < log_arrangements(codes) < 2114 * np.log(4)
    short = encode("TTTGCATAACAAAG")
    assert log_arrangements(short) == pytest.approx(np.log(180))


@pytest.mark.parametrize("start", [0, 2])
def test_a_window_of_one_repeat_is_listed_however_long_it_is(start):
    codes = np.roll(np.tile(np.arange(4, dtype=np.uint8), 600), -start)
    assert count_arrangements(codes) == 1
    assert (enumerate_arrangements(codes) == codes).all()
    # One A more can stand beside any of the 600.
    more = np.insert(codes, 800 - start, 0)
    listed = enumerate_arrangements(more)
    assert len(listed) == count_arrangements(more) == len(np.unique(listed, axis=0)) == 600
