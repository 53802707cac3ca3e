import math

import numpy as np
import pytest
import torch

from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.shuffle import Shuffler, codes_of, count_arrangements, dinucleotide_shuffle, row_seeds, shuffle
from toy_ablation import as_tensor, sequences

SHUFFLES = [shuffle, dinucleotide_shuffle]


def texts(shuffled):
    """The letters of `(n, 4, length)`."""
    return ["".join("ACGTN"[code] for code in word) for word in codes_of(shuffled)]


@pytest.mark.parametrize("function", SHUFFLES)
def test_only_the_region_changes_and_letters_stay(function):
    X = sequences(2, 50)
    result = function(X, 10, 40, n=6, random_state=0)
    assert result.shape == (2, 6, 4, 50)
    assert torch.equal(result[..., :10], X[:, None, :, :10].expand(2, 6, 4, 10))
    assert torch.equal(result[..., 40:], X[:, None, :, 40:].expand(2, 6, 4, 10))
    assert torch.equal(result.sum(dim=3), X.sum(dim=2)[:, None].expand(2, 6, 4))


@pytest.mark.parametrize("function", SHUFFLES)
def test_a_row_does_not_depend_on_the_rest_of_the_batch(function):
    X = sequences(3, 50)
    assert torch.equal(function(X, 5, 45, 4, 7)[2], function(X[2:], 5, 45, 4, 7)[0])
    assert not torch.equal(function(X, 5, 45, 4, 7), function(X, 5, 45, 4, 8))


def test_rows_are_shuffled_by_permutations_of_their_own():
    X = as_tensor("ACGT" * 5, "ACGT" * 4 + "CCGT")
    first, second = texts(shuffle(X, 0, 16, 8, 0)[0]), texts(shuffle(X, 0, 16, 8, 0)[1])
    assert [word[:16] for word in first] != [word[:16] for word in second]


@pytest.mark.parametrize("text", ["ACCCACGATGATG", "TTTGCATAACAAAG"])
def test_small_calls_reach_every_arrangement(text):
    X = as_tensor(text)
    found = {word for seed in range(300) for word in texts(dinucleotide_shuffle(X, n=12, random_state=seed)[0])}
    assert len(found) == count_arrangements(encode(text), "dinucleotide")


@pytest.mark.parametrize(("text", "many"), [("TGAGTCA", 3), ("TGACGTCA", 5), ("ACCCACGATGATG", 27), ("AAAA", 1)])
def test_few_arrangements_are_listed_evenly(text, many):
    words = texts(dinucleotide_shuffle(as_tensor(text), n=40, random_state=1)[0])
    assert len(set(words[:many])) == len(set(words)) == many
    times = [words.count(word) for word in set(words)]
    assert max(times) - min(times) <= 1


def test_plain_shuffles_of_few_letters_are_listed():
    words = texts(shuffle(as_tensor("AACC"), n=6, random_state=0)[0])
    assert set(words) == {"AACC", "ACAC", "ACCA", "CAAC", "CACA", "CCAA"}
    assert count_arrangements(encode("AACCGT"), "plain") == math.factorial(6) // 4


def test_n_is_a_letter_like_the_others():
    X = as_tensor("ACGNNTGCATTGNA")
    for word in texts(dinucleotide_shuffle(X, n=9, random_state=0)[0]):
        assert sorted(word[i : i + 2] for i in range(13)) == sorted("ACGNNTGCATTGNA"[i : i + 2] for i in range(13))
    assert {word.count("N") for word in texts(shuffle(X, 2, 12, 9, 0)[0])} == {3}


def test_too_few_arrangements_widen_or_fall_back():
    codes = encode("GATTACAACTGACTGACTGATTGCAGT")
    rng = np.random.default_rng(0)
    narrow = Shuffler("dinucleotide").draw(codes, (8, 16), 20, rng)
    assert (narrow.start, narrow.arrangements) == (8, 1)
    wide = Shuffler("dinucleotide", "widen", minimum=10).draw(codes, (8, 16), 20, rng)
    assert wide.start < 8
    assert wide.arrangements >= 10
    assert wide.start + wide.codes.shape[1] > 16
    plain = Shuffler("dinucleotide", "plain").draw(codes, (8, 16), 20, rng)
    assert (plain.start, plain.codes.shape[1], plain.kind) == (8, 8, "plain")
    assert (plain.codes != codes[8:16]).any()


def test_seeds_of_every_kind():
    X = sequences(2, 40)
    listed = shuffle(X, 0, 40, 3, [4, 5])
    assert torch.equal(listed[0], shuffle(X, 0, 40, 3, 4)[0])
    assert torch.equal(listed[1], shuffle(X, 0, 40, 3, 5)[1])
    state = np.random.default_rng(3)
    assert not torch.equal(shuffle(X, 0, 40, 3, state), shuffle(X, 0, 40, 3, state))
    assert torch.equal(shuffle(X, 0, 40, 3, np.random.default_rng(3)), shuffle(X, 0, 40, 3, np.random.default_rng(3)))
    assert len(set(row_seeds(None, 2))) == 1 != len({*row_seeds(None, 1), *row_seeds(None, 1)})
    assert torch.equal(shuffle(X, 0, 40, 2, -7), shuffle(X, 0, 40, 2, -7))


def test_any_alphabet_and_type():
    codes = torch.randint(0, 20, (2, 30), generator=torch.Generator().manual_seed(0))
    X = torch.eye(20, dtype=torch.int8)[codes].transpose(1, 2)
    result = dinucleotide_shuffle(X, 3, -1, n=4, random_state=0)
    assert result.dtype == torch.int8
    assert result.shape == (2, 4, 20, 30)
