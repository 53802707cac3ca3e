"""Transformation and combined model: arithmetic, freezing, cropping."""

import math

import pytest
import torch

from cisgrammar.config.profile import Regression
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import ScalarRegression, TransformationModel, regression_of
from toy_profile import network

HEADS = (Head("a", 2, True), Head("b", 1, False))
BIAS, RESIDUAL = network(4, 1, 3, 5), network(4, 3, 5, 5)
BIAS_LENGTH, LENGTH = BIAS.input_length(30), RESIDUAL.input_length(30)


def solo(seed=1, heads=HEADS):
    return SoloModel(BIAS, 30, heads, seed=seed)


def combined(bias=None, heads=HEADS):
    bias = bias or TransformationModel(solo(), Regression(), Regression())
    return CombinedModel(SoloModel(RESIDUAL, 30, heads, seed=2), bias)


def dna(batch=2, length=LENGTH):
    return torch.eye(4)[torch.randint(0, 4, (batch, length), generator=torch.Generator().manual_seed(5))].transpose(
        1, 2
    )


def test_regression_is_the_sum_of_its_functions_and_starts_as_bpreveal_does():
    x = torch.linspace(-3, 3, 7)
    regression = ScalarRegression(["linear", "sigmoid", "relu"])
    torch.testing.assert_close(regression(x), x + torch.sigmoid(x) + torch.relu(x))
    values = {
        "linear_m": 2.0,
        "linear_b": 0.5,
        "sigmoid_m1": 3.0,
        "sigmoid_b1": -1.0,
        "sigmoid_m2": 0.5,
        "sigmoid_b2": 0.2,
    }
    regression.load_state_dict({**regression.state_dict(), **{k: torch.tensor(v) for k, v in values.items()}})
    torch.testing.assert_close(regression(x), 2 * x + 0.5 + 3 * torch.sigmoid(0.5 * x + 0.2) - 1 + torch.relu(x))


def test_passthrough_has_no_parameters_and_changes_nothing():
    model = TransformationModel(solo(), regression_of([]), regression_of([]))
    assert not [p for p in model.parameters() if p.requires_grad]
    x = dna(length=BIAS_LENGTH)
    for a, b in zip(model(x), model.solo(x), strict=True):
        assert torch.equal(a, b)


def test_unknown_regression_is_refused():
    with pytest.raises(ValueError, match="cubic"):
        ScalarRegression(["cubic"])


def test_bias_is_cropped_centrally_and_logits_add():
    model = combined().eval()
    x = dna()
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
    sum(o.square().sum() for o in model(dna())).backward()
    optimizer.step()
    assert all(torch.equal(v, before[k]) for k, v in model.transformation.state_dict().items())
    assert all(p.grad is not None for p in model.residual.parameters())


def test_transformation_leaves_the_solo_model_frozen_and_in_eval_mode():
    model = TransformationModel(solo(), Regression(types=("linear", "relu")), Regression()).train()
    assert not model.solo.training
    names = {name.split(".")[0] for name, p in model.named_parameters() if p.requires_grad}
    assert names == {"profile_regressions", "counts_regressions"}
    chained = TransformationModel(model, Regression(), Regression())
    assert sum(p.requires_grad for p in chained.parameters()) == 2 * 2 * 2


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
