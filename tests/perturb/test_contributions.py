"""DeepLIFT of any module: exact for a linear one, refused where it does not add up."""

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.perturb.contributions import (
    HiddenFunctionError,
    deep_lift,
    of_present_bases,
    without_convergence_warnings,
)
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.sequence.shuffle import dinucleotide_shuffle

CODES = np.random.default_rng(0).integers(0, 4, (3, 30)).astype(np.uint8)
X = one_hot(torch.from_numpy(CODES))
REFERENCES = dinucleotide_shuffle(X, n=5, random_state=1)


class Weighted(nn.Module):
    """Two outputs, each a weight times each base, times a further input of the sequence."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(2, 4, 30, generator=torch.Generator().manual_seed(0)))

    def forward(self, x, factor):
        return torch.einsum("ncl,hcl->nh", x, self.weight) * factor


class Bent(nn.Module):
    """A function that is no layer."""

    def forward(self, x):
        return x[:, 0, :10].sum(1, keepdim=True) ** 2


def test_a_linear_module_gives_its_weights_relative_to_the_references():
    model, factor = Weighted(), torch.tensor([[1.0], [2.0], [-1.0]])
    found = deep_lift(model, X, REFERENCES, output=1, args=(factor,))
    weight = model.weight.detach()[1]
    usual = (REFERENCES * weight).sum(2).mean(1)  # (3, length)
    torch.testing.assert_close(found, (weight - usual[:, None]) * factor[..., None], atol=1e-5, rtol=1e-5)


def test_present_bases_are_those_of_the_sequence():
    hypothetical = np.arange(24, dtype=np.float32).reshape(1, 4, 6)
    codes = np.array([[0, 1, 2, 3, 3, 0]], dtype=np.uint8)
    assert of_present_bases(hypothetical, codes).tolist() == [[0, 7, 14, 21, 22, 5]]


def test_what_does_not_add_up_is_refused():
    refused = pytest.raises(HiddenFunctionError, match=r"contributions add up to .* that DeepLIFT cannot see")
    with without_convergence_warnings(), refused:
        deep_lift(Bent(), X, REFERENCES)
