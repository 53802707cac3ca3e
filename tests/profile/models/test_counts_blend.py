"""Blended counts: profiles of the trunk, the weighted sum of three members, and files that give the same model."""

import numpy as np
import pytest
import torch

from cisgrammar.perturb.contributions import deep_lift
from cisgrammar.perturb.edit import Edit
from cisgrammar.perturb.predict import Settings
from cisgrammar.perturb.predict_edits import Sequences, predict_edits
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.counts_blend import CountsBlend
from cisgrammar.profile.models.counts_network import CountsNetwork
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.kmer_line import KmerLine
from cisgrammar.profile.models.saved import load_model, save_model
from toy_profile import random_dna, small_solo

HEADS = (Head("a"), Head("b", 2))


def blend(heads=HEADS, kmers=True, length=40):
    solo = small_solo(heads, length=length)
    line = KmerLine(2, len(heads), solo.output_length, ["ACNGT", "CCA"]) if kmers else None
    if line is not None:
        line.weights.copy_(torch.randn(line.weights.shape, generator=torch.Generator().manual_seed(2)))
        line.word_weights.copy_(torch.arange(2.0 * len(heads)).reshape(len(heads), 2))
    networks = [CountsNetwork(len(heads), solo.output_length, 4, 1, seed) for seed in (3, 4)]
    made = CountsBlend(solo, networks, line).eval()
    made.weights.copy_(torch.tensor([[0.2, 0.5, 0.3], [1.0, 0.0, 0.5]])[: len(heads)])
    made.offset.copy_(torch.tensor([0.1, -2.0])[: len(heads)])
    return made


@pytest.mark.parametrize("kmers", [True, False])
def test_profiles_are_the_trunks_and_counts_the_weighted_sum(kmers):
    made = blend(kmers=kmers)
    x = random_dna(3, made.input_length)
    outputs, own = made(x), made.trunk(x)
    assert all(torch.equal(a, b) for a, b in zip(outputs[:2], own[:2], strict=True))
    line = made.kmers(x) if kmers else torch.zeros(3, 2)
    second = own[3][:, 0] + 0.5 * line[:, 1] - 2
    torch.testing.assert_close(outputs[3][:, 0], second)
    one, two = (network(x)[:, 0] for network in made.networks)
    first = 0.2 * own[2][:, 0] + 0.5 * (one + two) / 2 + 0.3 * line[:, 0] + 0.1
    torch.testing.assert_close(outputs[2][:, 0], first)


def test_a_head_that_adds_to_the_bias_keeps_its_own_counts():
    made = blend((Head("a", use_bias_counts=True),))
    x = random_dna(2, made.input_length)
    assert torch.equal(made(x)[1], made.trunk(x)[1])


@pytest.mark.parametrize("kmers", [True, False])
def test_a_combined_model_comes_back_from_its_file(tmp_path, kmers):
    model = CombinedModel(blend(kmers=kmers), small_solo((Head("a"), Head("b", 2)), seed=5)).eval()
    save_model(tmp_path / "combined.safetensors", model)
    save_model(tmp_path / "residual.safetensors", model.residual)
    x = random_dna(2, model.input_length)
    for name, wanted in (("combined", model), ("residual", model.residual)):
        found = load_model(tmp_path / f"{name}.safetensors")
        assert all(torch.equal(a, b) for a, b in zip(found(x), wanted(x), strict=True))


def test_edits_are_recomputed_in_windows(caplog):
    """The engine of ablation follows pools, norms and the line on k-mers, and does not fall back to whole sequences."""
    made = blend((Head("a"),))
    codes = random_dna(2, made.input_length, seed=4).argmax(1).numpy().astype(np.uint8)
    edits = [Edit(row, 20 + 3 * row, (codes[row : row + 1, 20:26] + 1) % 4) for row in range(2)]
    fast, full = (predict_edits(made, Sequences(codes, 4), edits, Settings(), windows) for windows in (True, False))
    for i in range(2):
        for a, b in zip(fast.after[i], full.after[i], strict=True):
            torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)
    assert "cannot be recomputed" not in caplog.text


class Counts(torch.nn.Module):
    """The log-counts of a blend, all heads side by side."""

    def __init__(self, blend):
        super().__init__()
        self.blend = blend

    def forward(self, x):
        return torch.cat(self.blend(x)[2:], dim=1)


def shaken(blend):
    """Norms as after training, and weights large enough for ReLUs to open and close."""
    random = torch.Generator().manual_seed(6)
    for layer in blend.networks.modules():
        if isinstance(layer, torch.nn.BatchNorm1d):
            layer.running_mean.normal_(0, 0.5, generator=random)
            layer.running_var.uniform_(0.2, 2, generator=random)
    with torch.no_grad():
        for weight in blend.networks.parameters():
            weight.normal_(0, 0.5, generator=random)
    return blend


@pytest.mark.parametrize("output", [0, 1])
def test_contributions_of_counts_add_up(output):
    made = Counts(shaken(blend(length=200))).eval()
    x, length = random_dna(3, made.blend.input_length), made.blend.input_length
    references = random_dna(12, length, seed=7).reshape(3, 4, 4, length)
    found = deep_lift(made, x, references, output=output)
    with torch.no_grad():
        usual = made(references.flatten(0, 1)).reshape(3, 4, 2).mean(1)[:, output]
        wanted = made(x)[:, output] - usual
    assert wanted.abs().min() > 0.01
    torch.testing.assert_close((found * x).sum((1, 2)), wanted, rtol=1e-3, atol=1e-3)
