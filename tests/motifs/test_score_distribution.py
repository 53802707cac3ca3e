"""The distribution of scores is that of all words."""

import itertools

import numpy as np
import pytest

from cisgrammar.motifs.score_distribution import score_distribution
from toy_patterns import BACKGROUND, toy_pattern, word_score


@pytest.mark.parametrize("distance", [0, 1, 2])
def test_the_distribution_is_that_of_all_words(distance):
    one = toy_pattern(distance=distance)
    words = np.array(list(itertools.product(range(4), repeat=5)))
    scores = np.array([word_score(one, word) for word in words])
    chance = BACKGROUND[words].prod(1)
    found = score_distribution(one, BACKGROUND)
    for value in np.quantile(scores, [0.0, 0.2, 0.5, 0.9, 0.99, 1.0]).astype(int):
        assert float(found.p_value(np.array([value]))[0]) == pytest.approx(chance[scores >= value].sum(), rel=1e-9)
    least = found.threshold(0.01)
    assert chance[scores >= least].sum() <= 0.01 < chance[scores >= least - 1].sum() + chance[scores == least - 1].sum()


def test_no_score_is_rare_enough_for_a_short_motif():
    one = toy_pattern("TGA")
    assert score_distribution(one, np.full(4, 0.25)).threshold(1e-4) == 1
