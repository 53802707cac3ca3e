"""Seqlets by their letters: palindromes read one way, two words come apart, one word of weak letters does not."""

import numpy as np
import pytest

from cisgrammar.discover.alignment import HALF, PLACED_SHIFT, PLACED_TURNED, SHIFT
from cisgrammar.discover.letters import placed_by_letters, words_of
from cisgrammar.sequence.alphabet import encode, reverse_complement


def sites(word, number, certain=0.95, seed=0):
    """Letters `(number, columns)`: the best one with a probability, else any."""
    rng = np.random.default_rng(seed)
    letters = np.tile(encode(word), (number, 1))
    other = rng.random(letters.shape) > certain
    letters[other] = rng.integers(0, 4, other.sum())
    return letters


def palindromes(number, seed=0):
    """One-hot stretches with AGGTCACGTGAC, of which GTCACGTGAC is a palindrome, on either strand; which one."""
    rng = np.random.default_rng(seed)
    width = 2 * (HALF + SHIFT) + 1
    codes = rng.integers(0, 4, (number, width)).astype(np.uint8)
    start = width // 2 - 6
    codes[:, start : start + 12] = sites("AGGTCACGTGAC", number, 0.95, seed)
    turned = rng.random(number) < 0.5
    codes[turned] = reverse_complement(codes[turned])
    return np.eye(4, dtype=np.float32)[codes], turned


def test_a_palindrome_reads_one_way():
    wide, turned = palindromes(120)
    # Contributions do not tell the placement of the site from that of its palindrome on the other strand, whose middle
    # lies 1 bp beside that of the site.
    cosine = np.zeros((len(wide), len(PLACED_SHIFT)), dtype=np.float32)
    rng = np.random.default_rng(1)
    forward = np.empty(len(wide), dtype=np.int64)
    for row, other in enumerate(turned):
        forward[row] = np.flatnonzero((other == PLACED_TURNED) & (PLACED_SHIFT == 0))[0]
        beside = np.flatnonzero((other != PLACED_TURNED) & (PLACED_SHIFT == -1))[0]
        cosine[row, [forward[row], beside]] = 0.9 + 0.02 * rng.random(2)
    assert 0.3 < (cosine.argmax(axis=1) == forward).mean() < 0.7
    right = (placed_by_letters(wide, cosine, PLACED_SHIFT, PLACED_TURNED) == forward).mean()
    assert max(right, 1 - right) > 0.95


def test_a_placement_that_lies_clearly_best_stays():
    wide, _ = palindromes(40)
    cosine = np.random.default_rng(0).random((40, len(PLACED_SHIFT))).astype(np.float32) * 0.5
    cosine[:, 10] = 0.9
    assert (placed_by_letters(wide, cosine, PLACED_SHIFT, PLACED_TURNED) == 10).all()


@pytest.mark.parametrize("numbers", [(200, 200), (300, 40)])
def test_two_words_come_apart(numbers):
    letters = np.concatenate([sites(w, n, seed=n) for w, n in zip(("GATAAGGTT", "GATAACGAT"), numbers, strict=True)])
    order = np.random.default_rng(0).permutation(len(letters))
    truth = (np.arange(len(letters)) >= numbers[0])[order]
    parts = list(words_of(letters[order], 20))
    assert sorted(len(part) for part in parts) == pytest.approx(sorted(numbers), abs=6)
    purity = [max(truth[part].mean(), 1 - truth[part].mean()) for part in parts]
    assert min(purity) > 0.95
    assert np.array_equal(np.sort(np.concatenate(parts)), np.arange(len(letters)))


def test_three_words_come_apart():
    words = ("GATAAGGTTAC", "GATAACGATAC", "GATTTGGTTAC")
    letters = np.concatenate([sites(word, 100, seed=i) for i, word in enumerate(words)])
    assert sorted(len(part) for part in words_of(letters, 20)) == pytest.approx([100, 100, 100], abs=8)


def test_one_word_stays_whole():
    """Weak letters, alone and in sites that must not have two of them, as a threshold on sites leaves them."""
    for certain in (0.98, 0.8, 0.6):
        letters = sites("GATAAGGTT", 600, certain, seed=3)
        weak = (letters != encode("GATAAGGTT")).sum(axis=1)
        for chosen in (weak >= 0, weak <= 1):
            assert [len(part) for part in words_of(letters[chosen], 20)] == [chosen.sum()]


def test_a_second_word_of_a_few_sites_stays():
    letters = np.concatenate([sites("GATAAGGTT", 300), sites("GATAACGAT", 12, seed=1)])
    assert len(list(words_of(letters, 20))) == 1


def test_random_letters_are_hardly_ever_divided():
    rng = np.random.default_rng(0)
    parts = [len(list(words_of(rng.integers(0, 4, (200, 20)), 20))) for _ in range(100)]
    assert parts == [1] * 100


def test_the_edge_of_a_window_has_no_letters():
    letters = np.concatenate([sites("GATAAGGTT", 60), sites("GATAACGAT", 60)])
    letters[::7, :3] = 4
    assert len(list(words_of(letters, 20))) == 2
