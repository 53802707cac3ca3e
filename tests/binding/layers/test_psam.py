"""The matrix: strands, symmetry, seeds and information."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.psam import PSAM, Seed
from cisgrammar.binding.reads.alphabet import DNA
from toy_layers import randomise, reads, turned


def test_the_reverse_channel_scores_the_other_strand() -> None:
    psam = PSAM(5, pairwise_distance=2)
    randomise(psam)
    layer = Conv1d(psam, 12, 12, 12)
    codes = reads(6, 12)
    torch.testing.assert_close(layer(codes)[:, 1], layer(turned(codes))[:, 0].flip(1))


def test_seed_puts_the_consensus_on_top() -> None:
    psam = PSAM(7, seed=Seed("TATAWAW"))
    best = psam.get_filter(0)[0].argmax(0)
    assert DNA.decode(best[:4].numpy()) == "TATA"
    w = psam.get_filter(0)[0][:, 4]
    assert w[0] == w[3] > w[1] == w[2]
    with pytest.raises(ValueError, match="wanted 7"):
        PSAM(7, seed=Seed("TATA"))


def test_a_palindrome_scores_both_strands_alike() -> None:
    psam = PSAM(6, symmetry=[1, 2, 3, -3, -2, -1], pairwise_distance=3)
    randomise(psam)
    filters = [psam.get_filter(d) for d in range(4)]
    for values in filters:
        torch.testing.assert_close(values[0], values[1])


@pytest.mark.parametrize("symmetry", [None, [1, 2, 3, -3, -2, -1], [4, 4, 2, -4, 9, -2]])
@pytest.mark.parametrize("both", [True, False])
def test_letters_are_those_of_the_filter(symmetry: list[int] | None, both: bool) -> None:
    psam = PSAM(6, symmetry=symmetry, score_reverse=both)
    randomise(psam)
    values, index = psam.letters()
    assert values is psam.betas
    assert torch.equal(values.flatten()[torch.from_numpy(index)], psam.get_filter())


def test_information_of_a_certain_and_of_an_open_position() -> None:
    psam = PSAM(2)
    psam.betas.data = torch.tensor([[50.0, 0, 0, 0], [1.0, 1, 1, 1]])
    torch.testing.assert_close(psam.information(), torch.tensor([2.0, 0.0]))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PSAM(4, symmetry=[1, 2]), "symmetry must be 4 integers"),
        (lambda: PSAM(4, pairwise_distance=4), "pairwise_distance must be"),
        (lambda: PSAM(0), "kernel_size must be >= 1"),
    ],
)
def test_wrong_use_says_what_was_wanted(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
