"""Attributions from saturation mutagenesis."""

import torch
from torch import nn

from cisgrammar.perturb.saturate import saturate
from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.one_hot import one_hot


def test_attributions_of_a_linear_model_are_its_weights_less_their_mean():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(40, 1))
    X = one_hot(torch.from_numpy(encode("ACGTAACCGT")[None].copy()))
    found = saturate(model, X, 2, 5)
    weight = model[1].weight.detach().reshape(4, 10)
    wanted = X[0] * (weight - weight.mean(0))
    torch.testing.assert_close(found[0], wanted[:, 2:5], atol=1e-5, rtol=1e-5)
