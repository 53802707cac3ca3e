"""Contributions to blended counts: equal to tangermeme's on the layers, complete, and the centre alone."""

import numpy as np
import pytest
import torch

from cisgrammar.perturb.contributions import deep_lift, without_convergence_warnings
from cisgrammar.profile.models.counts_blend import CountsBlend
from cisgrammar.profile.models.counts_network import CountsNetwork
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.kmer_line import KmerLine
from cisgrammar.profile.models.rescale import Target, references_of, rescale
from cisgrammar.sequence.one_hot import one_hot
from toy_profile import small_solo

HEADS = (Head("a"), Head("b", 2))
WORDS = ("ACNGT", "CCA", "CANNTG")


class Counts(torch.nn.Module):
    """The log-counts of a model, a row each."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return torch.cat(self.model(x)[len(HEADS) :], dim=1)


def blend(weights, heads=HEADS, kmers=True, length=192):
    """Norms as after training, and weights large enough for ReLUs to open and close."""
    random = torch.Generator().manual_seed(6)
    solo = small_solo(heads, length=length, layers=2)
    networks = [CountsNetwork(len(heads), length, 4, 2, seed) for seed in (3, 4)]
    line = KmerLine(3, len(heads), length, WORDS) if kmers else None
    made = CountsBlend(solo, networks, line).eval().requires_grad_(False)
    for layer in made.networks.modules():
        if isinstance(layer, torch.nn.BatchNorm1d):
            layer.running_mean.normal_(0, 0.5, generator=random)
            layer.running_var.uniform_(0.2, 2, generator=random)
            layer.bias.normal_(0, 0.5, generator=random)
    for weight in solo.parameters():
        weight.normal_(0, 0.3, generator=random)
    if line is not None:
        line.weights.normal_(0, 0.5, generator=random)
        line.word_weights.normal_(0, 0.5, generator=random)
    made.weights.copy_(torch.tensor(weights)[: len(heads)])
    return made


def inputs(model):
    """A sequence, and two that share a stretch with their shuffles."""
    codes = np.random.default_rng(0).integers(0, 4, (3, model.input_length)).astype(np.uint8)
    codes[1, : model.input_length // 2] = 0
    codes[2, 100:] = np.tile([1, 0, 2], 100)[: model.input_length - 100]
    return codes, references_of(codes, 4, seed=5)


def tensors(codes, references):
    return one_hot(torch.from_numpy(codes)), torch.stack([one_hot(torch.from_numpy(each)) for each in references])


MEMBERS = {"trunk": (1.0, 0.0, 0.0), "networks": (0.0, 1.0, 0.0), "line": (0.0, 0.0, 1.0), "all": (0.2, 0.5, 0.3)}


@pytest.mark.parametrize("member", MEMBERS)
def test_it_is_what_hooks_on_the_layers_give_and_adds_up(member):
    model = blend([MEMBERS[member], (1.0, 0.0, 0.5)])
    codes, references = inputs(model)
    (found,) = rescale(model, codes, references, [Target("counts", (1.0, 0.0))])
    X, R = tensors(codes, references)
    explained = Counts(model).eval()
    with without_convergence_warnings():
        wanted = deep_lift(explained, X, R, 0).numpy()
    largest = np.abs(wanted).max()
    assert largest > 1e-3
    there = X.numpy() > 0
    np.testing.assert_allclose(found[there], wanted[there], atol=2e-5 * largest)
    np.testing.assert_allclose(found, wanted, atol=1e-4 * largest)
    with torch.no_grad():
        change = explained(X)[:, 0] - torch.stack([explained(R[:, i])[:, 0] for i in range(4)]).mean(0)
    np.testing.assert_allclose((found * X.numpy()).sum((1, 2)), change, atol=2e-4)


def test_a_mean_of_heads_beside_the_profile_and_the_centre_alone():
    model = blend([(0.2, 0.5, 0.3), (1.0, -0.4, 0.5)])
    codes, references = inputs(model)
    targets = [Target("counts", (0.5, 0.5)), Target("profile", (0.5, 0.5))]
    counts, profile = rescale(model, codes, references, targets)
    heads = [rescale(model, codes, references, [Target("counts", w)])[0] for w in ((1.0, 0.0), (0.0, 1.0))]
    np.testing.assert_allclose(counts, np.mean(heads, axis=0), atol=1e-5)
    np.testing.assert_array_equal(profile, rescale(model.trunk, codes, references, targets)[1])
    for values, whole in zip(rescale(model, codes, references, targets, 192), (counts, profile), strict=True):
        flank = (model.input_length - 192) // 2
        np.testing.assert_allclose(values, whole[..., flank:-flank], atol=1e-5)


@pytest.mark.parametrize("kmers", [True, False])
def test_it_adds_up_with_n_and_without_a_line(kmers):
    model = blend([(0.2, 0.5, 0.3), (1.0, -0.4, 0.5)], kmers=kmers)
    codes, _ = inputs(model)
    codes[2, 90:101] = codes[2, 25] = 4
    references = references_of(codes, 4, seed=5)
    # N of the shuffles lie elsewhere: what is lost where the sequence has none belongs to no base that is there.
    references[2][:, codes[2] == 4] = 4
    references[0, :, 50:53] = 4
    (found,) = rescale(model, codes, references, [Target("counts", (0.0, 1.0))])
    X, R = tensors(codes, references)
    explained = Counts(model)
    with torch.no_grad():
        change = explained(X)[:, 1] - torch.stack([explained(R[:, i])[:, 1] for i in range(4)]).mean(0)
    np.testing.assert_allclose((found * X.numpy()).sum((1, 2)), change, atol=2e-4)


def test_a_head_that_adds_to_the_bias_keeps_its_own_counts():
    heads = (Head("a", use_bias_counts=True), Head("b"))
    model = blend([(0.2, 0.5, 0.3), (0.1, 0.4, 0.5)], heads)
    codes, references = inputs(model)
    target = [Target("counts", (1.0, 0.0))]
    own = rescale(model.trunk, codes, references, target)[0]
    np.testing.assert_allclose(rescale(model, codes, references, target)[0], own, atol=1e-6)
