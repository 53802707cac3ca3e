"""The same work on a GPU: equal to the processor's within rounding, and the same bytes from the same seed."""

import numpy as np
import pytest
import torch

from cisgrammar.ablation.contributions.attribute_peaks import contributions
from cisgrammar.ablation.effects.model_parts import Part
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.config.ablation import Contributions
from cisgrammar.config.profile import Bias
from cisgrammar.config.splice import SpliceTraining
from cisgrammar.perturb.ablate_annotations import ablate_annotations
from cisgrammar.profile.fit.train import train_bias
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.layers import residual_conv, to_channels_last
from cisgrammar.profile.predict import predict_parts
from cisgrammar.splice.models.train import train_splice
from cisgrammar.training.device import autocast
from known_preference import LENGTH, make_data
from toy_ablation import sequences
from toy_genes import genes_with_motifs
from toy_profile import small_solo
from toy_reads import drawn, monomer

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="torch sees no GPU")
HEADS = (Head("a", 2), Head("b"))
SHAPE = {"filters": 8, "layers": 2, "input_filter_width": 3, "output_filter_width": 3}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    return make_data(tmp_path_factory.mktemp("gpu"))


def profile_run(data, device, precision="fp32", checkpoint=None, epochs=4):
    training = {"epochs": epochs, "learning_rate": 0.01, "batch_size": 15, "device": device, "precision": precision}
    section = Bias(architecture=SHAPE, training=training)
    windows = (data.windows("train", "background"), data.windows("validation", "background"))
    model, history = train_bias(data, section, windows, LENGTH, 1, checkpoint)
    return {name: value.cpu() for name, value in model.state_dict().items()}, history


def test_a_profile_model_trains_to_the_same_curve_as_on_the_processor(data):
    _, here = profile_run(data, "cpu")
    _, there = profile_run(data, "cuda")
    for row, other in zip(here, there, strict=True):
        assert other["validation_loss"] == pytest.approx(row["validation_loss"], rel=1e-3)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_same_seed_gives_the_same_weights_twice(data, precision):
    (one, _), (other, _) = (profile_run(data, "cuda", precision) for _ in range(2))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_bf16_learns_as_fp32_does(data):
    _, exact = profile_run(data, "cuda", epochs=8)
    _, near = profile_run(data, "cuda", "bf16", epochs=8)
    (first, last), part = (exact[0], exact[-1]), "train_profile_nll_cuts"
    assert abs(near[-1][part] - last[part]) < 0.1 * (first[part] - last[part])


def test_a_splice_model_trains_twice_the_same(tmp_path):
    genes = genes_with_motifs(10)
    settings = SpliceTraining(epochs=2, batch_size=4, block=150, learning_rate=2e-3, device="cuda")
    states = [train_splice(genes, 80, settings, 1)[0].cpu().state_dict() for _ in range(2)]
    assert all(torch.equal(states[0][name], states[1][name]) for name in states[0])


def test_a_motif_is_fitted_as_on_the_processor():
    truth = monomer().double()
    truth.bindings[1].psam.betas.data = torch.from_numpy(-np.random.default_rng(5).uniform(0, 2.5, (5, 4)))
    table = drawn(truth, 4000, 12, seed=3)
    settings = FitSettings(subset=3000, search=Search(kmer=5, kmer_starts=1, random_starts=1, shift=1))
    found = []
    for device in ("cpu", "cuda", "cuda"):
        model = monomer()
        loss = Fit([model], [table], settings, device=device).run()
        found.append((loss, model.cpu().bindings[1].psam.betas.detach()))
    assert found[1][0] == pytest.approx(found[0][0], abs=1e-5)
    assert torch.equal(found[1][1], found[2][1])


def test_ablations_and_contributions_are_those_of_the_processor():
    model = small_solo(HEADS, layers=2).eval()
    X = sequences(4, model.input_length)
    annotations = torch.tensor([[i, at, at + 9] for i in range(4) for at in (20, 31)])
    here, there = (
        ablate_annotations(model, X, annotations, n=3, random_state=0, device=device) for device in ("cpu", "cuda")
    )
    for before, other in zip(here, there, strict=True):
        for a, b in zip(before, other, strict=True):
            torch.testing.assert_close(b.cpu(), a, atol=1e-4, rtol=1e-4)
    codes = np.random.default_rng(0).integers(0, 4, (5, model.input_length)).astype(np.uint8)
    part = Part("residual", model, HEADS, model.input_length, model.output_length)
    found = [contributions(part, codes, Contributions(references=4), seed=1, device=d) for d in ("cpu", "cuda")]
    for key, values in found[0].items():
        np.testing.assert_allclose(found[1][key], values, atol=1e-4)


def test_profiles_are_predicted_as_on_the_processor():
    model = small_solo(HEADS, layers=2)
    codes = np.random.default_rng(0).integers(0, 4, 3000).astype(np.uint8)
    starts = np.arange(500, 2000, 70)
    here, there = (predict_parts(model, codes, starts, device=device) for device in ("cpu", "cuda"))
    for name, wanted in here.items():
        for kind in ("log_probabilities", "log_counts"):
            for head, values in getattr(wanted, kind).items():
                np.testing.assert_allclose(getattr(there[name], kind)[head], values, atol=1e-4)


def wide_layer(device, precision, dilation):
    """A layer of 256 channels and its gradients, on the processor."""
    torch.manual_seed(0)
    values = torch.randn(2, 256, 300), torch.randn(256, 256, 3) / 28, torch.randn(256)
    leaves = [value.to(device).requires_grad_() for value in values]
    with autocast(torch.device(device), precision):
        out = residual_conv(to_channels_last(leaves[0]), leaves[1], leaves[2], dilation)
    out.float().square().sum().backward()
    return [value.detach().float().cpu() for value in (out, *(leaf.grad for leaf in leaves))]


@pytest.mark.parametrize("dilation", [2, 64])
def test_a_wide_bf16_layer_rounds_no_more_than_the_processors(dilation):
    exact, usual = (wide_layer("cpu", precision, dilation) for precision in ("fp32", "bf16"))
    for found, near, wanted in zip(wide_layer("cuda", "bf16", dilation), usual, exact, strict=True):
        assert (found - wanted).norm() < 1.3 * (near - wanted).norm()
