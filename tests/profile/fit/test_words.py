"""Words with a gap: counted by hand, found where they were put, and none in noise."""

import re

import numpy as np
import pytest

from cisgrammar.iupac import reverse_complement
from cisgrammar.profile.fit.words import choose_words, word_counts
from cisgrammar.sequence.alphabet import encode


def test_counts_by_hand_on_both_strands():
    codes = encode("ACCCTACATTTATGTGGGGT" + "TTTTTTTTTT")[None]
    # ACCCNACAT once forwards and once as ATGTNGGGT; ACGT is its own reverse complement.
    assert word_counts(codes, ["ACCCNACAT", "ACGT"])[0].tolist() == [2, 0]
    assert word_counts(encode("ACGTACGT")[None], ["ACGT", "CCCCCCCCC"])[0].tolist() == [2, 0]


def windows(number, length=300, seed=0):
    return np.random.default_rng(seed).integers(0, 4, (number, length)).astype(np.uint8)


def chosen(codes, residuals, most=4):
    return choose_words(lambda at: codes[at], np.arange(len(codes)), residuals, most)


@pytest.mark.parametrize("site", ["ACCCAACAT", "ATGTTGGGT"])
def test_a_word_that_was_put_in_is_found_on_either_strand(site):
    codes, random = windows(600), np.random.default_rng(1)
    rows = random.permutation(600)[:80]
    codes[rows, 100 : 100 + len(site)] = encode(site)
    residuals = random.normal(0, 0.4, 600)
    residuals[rows] += 0.6
    words = chosen(codes, residuals)
    assert 1 <= len(words) <= 2
    pattern = re.compile(words[0].replace("N", "."))
    assert pattern.search(site) or pattern.search(reverse_complement(site))
    assert chosen(codes, residuals, most=0) == []


def test_noise_gives_no_words():
    """The chance is 0.05 a run at most; of 12 runs more than 3 with a word have a chance of 0.2 % (binomial)."""
    codes = windows(400)
    runs = [len(chosen(codes, np.random.default_rng(seed).normal(0, 1, 400))) for seed in range(12)]
    assert sum(number > 0 for number in runs) <= 3


def test_a_repeat_and_a_rare_word_are_not_tried():
    codes, random = windows(600), np.random.default_rng(1)
    residuals = random.normal(0, 0.2, 600)
    codes[:60, 100:160] = encode("CACGATTT")[np.arange(60) % 8]
    codes[60:100, 100:109] = encode("ACCCAACAT")
    residuals[:100] += 2
    words = chosen(codes, residuals)
    assert not any(word_counts(codes[:60], [word]).max() > 4 for word in words)
    assert all(len(word.replace("N", "")) == 6 or (word_counts(codes, [word]) > 0).sum() >= 50 for word in words)
