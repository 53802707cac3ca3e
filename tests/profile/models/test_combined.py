"""Combined model: arithmetic, freezing, cropping."""

import math

import pytest
import torch

from cisgrammar.config.profile import Regression
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel
from toy_profile import network, random_dna

HEADS = (Head("a", 2, True), Head("b", 1, False))
BIAS, RESIDUAL = network(4, 1, 3, 5), network(4, 3, 5, 5)
BIAS_LENGTH, LENGTH = BIAS.input_length(30), RESIDUAL.input_length(30)


def solo(seed=1, heads=HEADS):
    return SoloModel(BIAS, 30, heads, seed=seed)


def combined(bias=None, heads=HEADS):
    bias = bias or TransformationModel(solo(), Regression(), Regression())
    return CombinedModel(SoloModel(RESIDUAL, 30, heads, seed=2), bias)


def test_bias_is_cropped_centrally_and_logits_add():
    model = combined().eval()
    x = random_dna(2, LENGTH, 5)
    margin = (LENGTH - BIAS_LENGTH) // 2
    bias, residual, out = model.transformation(x[..., margin:-margin]), model.residual(x), model(x)
    torch.testing.assert_close(out[0], bias[0] + residual[0])
    torch.testing.assert_close(out[2], torch.log(bias[2].exp() + residual[2].exp()))
    assert torch.equal(out[3], residual[3])


def test_log_counts_neither_over_nor_underflow():
    model = combined()
    huge = tuple(torch.full((1, 1), v) for v in (800.0, 0.0))
    tiny = tuple(torch.full((1, 1), v) for v in (799.0, 1.0))
    profiles = (torch.zeros(1, 2, 30), torch.zeros(1, 1, 30))
    out = model.combine(profiles + huge, profiles + tiny)
    assert out[2].item() == pytest.approx(800 + math.log1p(math.exp(-1)), rel=1e-6)


def test_only_the_residual_model_learns():
    model = combined().train()
    assert not model.transformation.training
    assert not model.solo.training
    before = {k: v.clone() for k, v in model.transformation.state_dict().items()}
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    sum(o.square().sum() for o in model(random_dna(2, LENGTH, 5))).backward()
    optimizer.step()
    assert all(torch.equal(v, before[k]) for k, v in model.transformation.state_dict().items())
    assert all(p.grad is not None for p in model.residual.parameters())


@pytest.mark.parametrize(
    ("bias", "message"),
    [
        (lambda: solo(heads=(Head("a", 1), Head("b", 1))), "must agree"),
        (lambda: SoloModel(BIAS, 28, HEADS), "predicts 28 bp"),
        (lambda: SoloModel(network(4, 5, 3, 5), 30, HEADS), "as much or more"),
    ],
)
def test_parts_that_do_not_fit_are_refused(bias, message):
    with pytest.raises(ValueError, match=message):
        combined(bias())
