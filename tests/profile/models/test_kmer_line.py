"""The line on k-mers: counted by hand, looked up, convolved, and differentiated."""

import numpy as np
import pytest
import torch

from cisgrammar.profile.fit.words import word_counts
from cisgrammar.profile.models.kmer_line import KmerLine
from toy_profile import random_dna


def line(k=3, heads=2, length=30):
    made = KmerLine(k, heads, length)
    random = torch.Generator().manual_seed(0)
    made.weights.copy_(torch.randn(made.weights.shape, generator=random))
    made.intercept.copy_(torch.tensor([0.5, -1.0]))
    return made


def by_hand(made, x):
    codes = x.argmax(1)
    found = made.intercept.repeat(len(x), 1)
    for row, letters in enumerate(codes.tolist()):
        for i in range(len(letters) - made.k + 1):
            if x[row, :, i : i + made.k].sum() == made.k:
                number = int("".join(map(str, letters[i : i + made.k])), 4)
                found[row] += made.weights[:, number]
    return found


@pytest.mark.parametrize("grad", [False, True])
def test_it_adds_up_the_kmers_of_the_window(grad):
    made, x = line(), random_dna(3, 30)
    x[1, :, 10] = 0
    with torch.set_grad_enabled(grad):
        torch.testing.assert_close(made(x).detach(), by_hand(made, x))


def test_only_the_centre_is_read():
    made, x = line(), random_dna(2, 50)
    assert torch.equal(made(x), made(x[:, :, 10:40]))


def test_sequence_that_is_not_one_hot_takes_the_same_path_with_and_without_gradients():
    made, x = line(), random_dna(2, 30) * 0.9
    with torch.no_grad():
        without = made(x)
    assert torch.equal(without, made(x))


def test_the_gradient_of_a_letter_is_what_changing_it_does_to_the_kmers_that_have_it():
    made, x = line(k=1, heads=2), random_dna(1, 30).requires_grad_()
    made(x)[0, 0].backward()
    present = x.detach().bool()
    wanted = made.weights[0][x.detach().argmax(1)]
    torch.testing.assert_close(x.grad[present].sort().values, wanted.flatten().sort().values)


@pytest.mark.parametrize("grad", [False, True])
def test_words_are_counted_as_the_fit_counts_them(grad):
    words, x = ["ACNG", "CNNT", "ACGT"], random_dna(40, 30)
    x[1, :, 10] = 0
    codes = np.where(x.sum(1) == 1, x.argmax(1), 4).astype(np.uint8)
    made, plain = KmerLine(3, 2, 30, words), line()
    made.load_state_dict({**plain.state_dict(), "word_weights": torch.tensor([[1.0, 2, 3], [-1, 0, 5]])})
    counts = torch.from_numpy(word_counts(codes, words)).float()
    assert (counts.sum(0) > 0).all()
    with torch.set_grad_enabled(grad):
        torch.testing.assert_close(made(x).detach() - plain(x).detach(), counts @ made.word_weights.T)
