"""Fitted matrices and pairs of them as patterns: scores are log affinities, strands and spacings as said."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
import torch

from cisgrammar.binding.evaluate.patterns import fitted_pairs, motif_patterns, paired, pattern, supported_patterns
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.motifs.pattern import UNIT, best_score
from toy_binding import NO_PENALTY, betas, dimer, drawn, factors_of
from toy_patterns import word_score


def psam(consensus: str = "TGACC", seed: int = 1, distance: int = 0, **settings) -> PSAM:
    out = PSAM(len(consensus), pairwise_distance=distance, **settings).double()
    out.betas.data = betas(consensus, seed)
    rng = np.random.default_rng(seed)
    out.pair_betas.data = torch.from_numpy(rng.normal(0, 0.5, tuple(out.pair_betas.shape)))
    return out


def test_scores_are_log_affinities_of_the_matrix() -> None:
    matrix = psam(distance=1)
    one = pattern(matrix)
    single, pairs = matrix.get_filter(0)[0].detach().numpy(), matrix.get_filter(1)[0].detach().numpy()

    def exact(word) -> float:
        return sum(single[x, i] for i, x in enumerate(word)) + sum(
            pairs[a, b, i] for i, (a, b) in enumerate(itertools.pairwise(word))
        )

    assert list(motif_patterns({"TF": matrix})) == ["TF"]
    words = list(itertools.product(range(4), repeat=5))
    best = max(exact(w) for w in words)
    for word in words[::37]:
        assert word_score(one, word) * UNIT == pytest.approx(exact(word) - best, abs=0.01)


@pytest.mark.parametrize(
    ("strands", "offset"), [("same", 6), ("same", -4), ("opposite", 6), ("opposite", -3), ("same", 2)]
)
def test_a_pair_is_both_motifs_where_they_are_said_to_be(strands: str, offset: int) -> None:
    a, b = psam("TGACC", 1), psam("GGA", 2)
    one = paired(a, b, strands, offset, -0.5)
    start_a, start_b = max(0, -offset), max(0, offset)
    rng = np.random.default_rng(0)
    single = [pattern(x) for x in (a, b)]
    differences = []
    for _ in range(20):
        word = rng.integers(0, 4, one.span)
        part_b = word[start_b : start_b + 3]
        part_b = 3 - part_b[::-1] if strands == "opposite" else part_b
        apart = word_score(single[0], word[start_a : start_a + 5]) + word_score(single[1], part_b)
        differences.append(word_score(one, word) - apart)
    # Up to rounding the two differ by a constant: sites that overlap cannot both be at their best.
    assert np.ptp(differences) <= 8
    assert best_score(one) == pytest.approx(-500, abs=1)


def test_supported_pairs_are_named_and_relative_to_the_best() -> None:
    model = dimer()
    table = {"library": drawn(model, 50, 10, 0)}
    found = Fitted({"library": model}, factors_of(model), table, penalty=NO_PENALTY)
    spacings = pd.DataFrame(
        {
            "pair": "a:b",
            "strands": ["same", "same", "opposite"],
            "offset": [3, 4, 3],
            "log_omega": [0.5, 1.5, -2.0],
            "lower": [0.2, 1.0, -np.inf],
        }
    )
    pairs = supported_patterns(fitted_pairs(found), spacings)
    assert list(pairs) == ["a:b:3:same", "a:b:4:same"]
    assert best_score(pairs["a:b:4:same"]) == 0
    assert best_score(pairs["a:b:3:same"]) == -1000
