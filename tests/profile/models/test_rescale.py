"""The rescale rule: complete, equal to tangermeme's, also with N, equal inputs, and a longer trunk."""

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.perturb.contributions import deep_lift, without_convergence_warnings
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.controlled import ControlledModel
from cisgrammar.profile.models.counts_blend import CountsBlend
from cisgrammar.profile.models.counts_network import CountsNetwork
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.rescale import Target, can_rescale, network_of, references_of, rescale
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.sequence.shuffle import dinucleotide_shuffle
from toy_profile import network, small_solo

HEADS = (Head("a", 2), Head("b"))
TARGETS = [Target("counts", (1.0, 0.0)), Target("counts", (0.5, 0.5)), Target("profile", (0.0, 1.0))]


class Explained(nn.Module):
    """A target as a module of its own, its profile's weights given."""

    def __init__(self, model, target):
        super().__init__()
        self.model, self.target = model, target

    def forward(self, x, *shares):
        outputs, heads = self.model(x), len(self.target.weights)
        if self.target.output == "counts":
            return sum(w * outputs[heads + h] for h, w in enumerate(self.target.weights))
        flat = [logits.flatten(1) for logits in outputs[:heads]]
        parts = [
            w * ((logits - logits.mean(1, keepdim=True)) * share).sum(1, keepdim=True)
            for w, logits, share in zip(self.target.weights, flat, shares, strict=True)
        ]
        return sum(parts)


def shares_of(model, X):
    with torch.no_grad():
        return [torch.softmax(logits.flatten(1), 1) for logits in model(X)[: len(HEADS)]]


def with_biases(model):
    """A network whose units are not all at their kink where they read nothing."""
    for number, parameter in enumerate(model.parameters()):
        if parameter.ndim == 1:
            parameter.data = 0.1 * torch.randn(parameter.shape, generator=torch.Generator().manual_seed(number))
    return model.eval().requires_grad_(False)


def compiled():
    """A network whose filters fill vectors of the processor."""
    return SoloModel(network(32, 3, 5, 7), 40, HEADS, seed=0)


def wide():
    plain = small_solo(HEADS, layers=2)
    return SoloModel(plain.architecture, plain.output_length, HEADS, seed=1, input_length=plain.input_length + 6)


MAKES = [lambda: small_solo(HEADS, layers=3), wide, compiled]


@pytest.mark.parametrize("make", MAKES, ids=["plain", "longer trunk", "compiled"])
@pytest.mark.parametrize("target", TARGETS, ids=["one head", "mean of heads", "profile"])
def test_it_is_what_hooks_on_the_layers_give_and_adds_up(make, target):
    model = with_biases(make())
    codes = np.random.default_rng(0).integers(0, 4, (3, model.input_length)).astype(np.uint8)
    # A stretch that its shuffles share, where units get equal inputs.
    codes[1, : model.input_length // 2] = 0
    references = references_of(codes, 4, seed=5)
    (found,) = rescale(model, codes, references, [target])
    X, R = one_hot(torch.from_numpy(codes)), torch.stack([one_hot(torch.from_numpy(each)) for each in references])
    explained, shares = Explained(model, target), shares_of(model, X)
    with without_convergence_warnings():
        wanted = deep_lift(explained, X, R, 0, shares).numpy()
    assert np.abs(wanted).max() > 1e-3
    # Single precision, in another order of sums.
    np.testing.assert_allclose(found, wanted, atol=1e-6 * max(1, np.abs(wanted).max()))
    with torch.no_grad():
        usual = torch.stack([explained(R[:, i], *shares) for i in range(4)]).mean(0)
        own = explained(X, *shares)
    np.testing.assert_allclose((found * X.numpy()).sum((1, 2)), (own - usual)[:, 0], atol=1e-5)


@pytest.mark.parametrize("length", [None, 40, 6])
def test_the_compiled_way_back_gives_what_torch_gives(monkeypatch, length):
    model = with_biases(compiled())
    codes = np.random.default_rng(6).integers(0, 5, (3, model.input_length)).astype(np.uint8)
    references = references_of(codes, 5, seed=5)
    found = rescale(model, codes, references, TARGETS, length)
    monkeypatch.setattr("cisgrammar.profile.models.rescale.kernels", lambda filters: None)
    for values, wanted in zip(found, rescale(model, codes, references, TARGETS, length), strict=True):
        assert not np.array_equal(values, wanted)
        assert np.abs(values - wanted).max() < 1e-6 * np.abs(wanted).max()


@pytest.mark.parametrize("make", [lambda: small_solo(HEADS, layers=2), compiled], ids=["plain", "compiled"])
def test_several_targets_at_once_and_any_number_of_windows_give_the_same(make):
    model = with_biases(make())
    codes = np.random.default_rng(1).integers(0, 5, (4, model.input_length)).astype(np.uint8)
    references = references_of(codes, 3, seed=5)
    together = rescale(model, codes, references, TARGETS)
    for target, values in zip(TARGETS, together, strict=True):
        assert np.array_equal(rescale(model, codes, references, [target])[0], values)
        assert np.array_equal(rescale(model, codes[2:3], references[2:3], [target])[0], values[2:3])
    assert rescale(model, codes[:0], references[:0], TARGETS)[0].shape == (0, 4, model.input_length)


@pytest.mark.parametrize("most", [1, 2, 3])
def test_references_in_parts_give_the_mean_of_all(monkeypatch, most):
    """Five references by one, two (two and two and one) and three (three and two) at a time."""
    model = with_biases(small_solo(HEADS, layers=2))
    codes = np.random.default_rng(4).integers(0, 4, (2, model.input_length)).astype(np.uint8)
    references = references_of(codes, 5, seed=5)
    whole = rescale(model, codes, references, TARGETS)
    one = model.input_length * model.architecture.filters
    monkeypatch.setattr("cisgrammar.profile.models.rescale._VALUES_IN_CACHE", most * one)
    for values, wanted in zip(rescale(model, codes, references, TARGETS), whole, strict=True):
        np.testing.assert_allclose(values, wanted, atol=1e-6)


@pytest.mark.parametrize("make", MAKES, ids=["plain", "longer trunk", "compiled"])
def test_the_centre_alone_is_the_centre_of_all(make):
    model = with_biases(make())
    codes = np.random.default_rng(3).integers(0, 4, (2, model.input_length)).astype(np.uint8)
    references = references_of(codes, 3, seed=5)
    whole = rescale(model, codes, references, TARGETS)
    for length in (2, 6, model.output_length, model.input_length - 2, model.input_length):
        beyond = (model.input_length - length) // 2
        for values, wanted in zip(rescale(model, codes, references, TARGETS, length), whole, strict=True):
            np.testing.assert_allclose(values, wanted[..., beyond : beyond + length], atol=1e-5)
    for length in (model.input_length - 1, model.input_length + 2, 0):
        with pytest.raises(ValueError, match="less by an even number"):
            rescale(model, codes, references, TARGETS, length)


def test_n_counts_as_no_base():
    model = with_biases(small_solo(HEADS, layers=2))
    codes = np.full((1, model.input_length), 4, dtype=np.uint8)
    (found,) = rescale(model, codes, np.repeat(codes[:, None], 2, axis=1), TARGETS[:1])
    assert np.isfinite(found).all()
    # Alike everywhere: only what a base would do instead of N, none of which is there.
    assert np.abs(found).max() > 0


def test_references_are_the_shuffles_of_the_sequence_module():
    codes = np.random.default_rng(2).integers(0, 5, (3, 50)).astype(np.uint8)
    wanted = dinucleotide_shuffle(one_hot(torch.from_numpy(codes)), n=6, random_state=9)
    found = torch.stack([one_hot(torch.from_numpy(each)) for each in references_of(codes, 6, 9)])
    assert torch.equal(found, wanted.to(found.dtype))


def test_sequences_of_another_length_are_refused():
    model = small_solo(HEADS, layers=1)
    codes = np.zeros((1, model.input_length + 2), dtype=np.uint8)
    with pytest.raises(ValueError, match="the model reads"):
        rescale(model, codes, codes[:, None], TARGETS)


def test_only_networks_of_convolutions():
    solo = small_solo(HEADS)
    blend = CountsBlend(solo, [CountsNetwork(2, 40, 4, 1, seed=0)], None)
    assert can_rescale(solo)
    assert can_rescale(blend)
    assert not can_rescale(nn.Sequential(small_solo(HEADS)))


def test_the_network_of_a_model_is_that_without_bias_and_control():
    residual, bias = small_solo(HEADS, layers=2), small_solo(HEADS, seed=3)
    combined = CombinedModel(residual, bias)
    for model in (residual, combined, ControlledModel(combined, [2, 1]), ControlledModel(residual, [2, 1])):
        assert network_of(model) is residual
    with pytest.raises(ValueError, match="contributions to a Sequential do not add up"):
        network_of(nn.Sequential(residual))
