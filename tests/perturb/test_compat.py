"""The shuffles of tangermeme: which seeds they take, and what they keep."""

import numpy as np
import pytest
import torch

from cisgrammar.perturb.compat import compatible_dinucleotide_shuffle, compatible_shuffle
from cisgrammar.sequence.shuffle import shuffle
from toy_ablation import sequences

X = sequences(2, 40)


def test_seeds_of_the_compatible_shuffles():
    with pytest.raises(ValueError, match="from 0 to 2"):
        compatible_shuffle(X, 0, 9, 2, -1)
    with pytest.raises(ValueError, match="generator object"):
        compatible_dinucleotide_shuffle(X, 0, 9, 2, np.random.default_rng(0))
    with pytest.raises(ValueError, match="random_state must be"):
        shuffle(X, 0, 9, 2, True)


def test_the_plain_one_is_numpy_s_legacy_permutation_alike_in_all_sequences():
    state, order = np.random.RandomState(5), np.arange(10, 30)
    state.shuffle(order)
    wanted = X.clone()
    wanted[:, :, 10:30] = X[:, :, order]
    assert torch.equal(compatible_shuffle(X, 10, 30, 1, 5)[:, 0], wanted)


def test_the_dinucleotide_one_keeps_pairs_ends_and_what_is_outside():
    found = compatible_dinucleotide_shuffle(X, 10, 30, 3, 0)
    pairs = lambda y: torch.einsum("acl,adl->acd", y[..., :-1], y[..., 1:])  # noqa: E731 - one line, used twice
    for k in range(3):
        assert torch.equal(pairs(found[:, k, :, 10:30]), pairs(X[:, :, 10:30]))
        assert torch.equal(found[:, k, :, [*range(11), *range(29, 40)]], X[:, :, [*range(11), *range(29, 40)]])
    assert not torch.equal(found[:, 0], found[:, 1])


def test_a_region_without_another_arrangement_is_refused():
    poly = torch.zeros(1, 4, 12)
    poly[:, 0] = 1
    with pytest.raises(ValueError, match="all 2 dinucleotide shuffles of sequence 0, 2 to 8, are the sequence itself"):
        compatible_dinucleotide_shuffle(poly, 2, 8, 2, 0)
