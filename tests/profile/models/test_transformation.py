"""The transformation of a solo model: its functions, and what of it trains."""

import pytest
import torch

from cisgrammar.config.profile import Regression
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.transformation import (
    ScalarRegression,
    TransformationModel,
    regression_of,
    types_of,
)
from toy_profile import random_dna, small_solo

TWO = (Head("a", 2), Head("b"))


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
    model = TransformationModel(small_solo(), regression_of([]), regression_of([]))
    assert not [p for p in model.parameters() if p.requires_grad]
    x = random_dna(2, model.input_length)
    for a, b in zip(model(x), model.solo(x), strict=True):
        assert torch.equal(a, b)


def test_unknown_regression_is_refused():
    with pytest.raises(ValueError, match="cubic"):
        ScalarRegression(["cubic"])


def test_types_and_spec_are_each_other_s_inverse():
    for types in ((), ("linear",), ("relu", "sigmoid")):
        assert types_of(regression_of(types)) == types
    assert types_of(Regression()) == ("linear",)


def test_logits_and_log_counts_have_regressions_of_their_own_by_head():
    model = TransformationModel(small_solo(TWO), regression_of(["linear"]), regression_of(["linear"])).eval()
    with torch.no_grad():
        for number, regression in enumerate((*model.profile_regressions, *model.counts_regressions), start=2):
            regression.linear_m.fill_(number)
            regression.linear_b.fill_(-number)
    x = random_dna(2, model.input_length)
    for number, (out, before) in enumerate(zip(model(x), model.solo(x), strict=True), start=2):
        torch.testing.assert_close(out, number * before - number)


def test_transformation_leaves_the_solo_model_frozen_and_in_eval_mode():
    model = TransformationModel(small_solo(TWO), Regression(types=("linear", "relu")), Regression()).train()
    assert not model.solo.training
    names = {name.split(".")[0] for name, p in model.named_parameters() if p.requires_grad}
    assert names == {"profile_regressions", "counts_regressions"}
    chained = TransformationModel(model, Regression(), Regression())
    assert sum(p.requires_grad for p in chained.parameters()) == 2 * 2 * 2
