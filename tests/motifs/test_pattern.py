"""Patterns: whole units below the best sequence, both strands, and what a pair adds."""

import itertools

import numpy as np
import pytest

from cisgrammar.motifs.motif import from_energies
from cisgrammar.motifs.pattern import UNIT, additions, best_score, of_motif, rounded
from toy_patterns import toy_pattern, word_score

WORDS = list(itertools.product(range(4), repeat=5))


@pytest.mark.parametrize("distance", [0, 1, 3])
def test_the_best_sequence_scores_zero_and_no_other_more(distance):
    one = toy_pattern(distance=distance)
    assert (one.span, one.reach) == (5, distance)
    assert best_score(one) == max(word_score(one, word) for word in WORDS) == 0


@pytest.mark.parametrize("distance", [0, 2])
def test_the_reversed_pattern_scores_the_reverse_complement(distance):
    one = toy_pattern(distance=distance)
    turned = one.reversed()
    for word in WORDS[::31]:
        assert word_score(turned, word) == word_score(one, [3 - x for x in reversed(word)])


def test_a_motif_has_its_scores_in_units():
    energies = np.random.default_rng(0).normal(0, 1, (5, 4))
    one = of_motif(from_energies("m", energies))
    for word in WORDS[::37]:
        exact = sum(energies[i, x] for i, x in enumerate(word)) - energies.max(1).sum()
        assert word_score(one, word) * UNIT == pytest.approx(exact, abs=5 * UNIT / 2)


def test_a_spacing_that_is_less_cooperative_scores_less():
    one = rounded(np.eye(4), {(0, 2): np.full((4, 4), 0.3)}, log_omega=-0.5)
    assert best_score(one) == -500


def test_what_a_letter_adds_depends_on_the_letters_before_it():
    one = rounded(np.zeros((3, 4)), {(0, 2): np.diag([0.0, -1, -2, -3])})
    last = additions(one)[2]
    # Of the last two letters the first one counts: 4 * T + A is state 12.
    assert last[12].tolist() == [0, 0, 0, -3000]
    assert last[3].tolist() == [0, 0, 0, 0]


def test_pairs_that_reach_too_far_are_refused():
    with pytest.raises(ValueError, match="pairs reach 5 positions"):
        toy_pattern("TGACCA", distance=5)
