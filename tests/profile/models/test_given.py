"""Models of other runs and other tools: the same outputs, or one line that says why not."""

import pytest
import torch

from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.controlled import ControlledModel
from cisgrammar.profile.models.counts_blend import CountsBlend
from cisgrammar.profile.models.counts_network import CountsNetwork
from cisgrammar.profile.models.given import given_bias, start_from
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.keras_import import load_keras
from cisgrammar.profile.models.saved import save_model
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel, regression_of
from toy_chrombpnet import INPUT, OUTPUT, settings, weights, write
from toy_profile import SIGNAL, network, random_dna, small_solo


def _same(one, other, length):
    x = random_dna(3, length)
    with torch.no_grad():
        return all(torch.equal(a, b) for a, b in zip(one(x), other(x), strict=True))


def test_a_runs_own_model_comes_back_under_the_samples_name(tmp_path):
    solo = small_solo(SIGNAL, seed=1)
    chained = TransformationModel(solo, regression_of(["linear"]), regression_of([]))
    for model in (solo, chained):
        save_model(tmp_path / "bias.safetensors", model)
        found = given_bias(tmp_path / "bias.safetensors", [Head("atac")], 40, model.input_length + 10)
        assert [head.name for head in found.heads] == ["atac"]
        assert _same(found, model, model.input_length)
        residual = SoloModel(network(4, 3, 3, 5), 40, [Head("atac")], seed=2)
        CombinedModel(residual, found)


def test_models_of_other_tools(tmp_path, golden):
    keras = load_keras(golden / "bpreveal_solo.keras")
    found = given_bias(
        golden / "bpreveal_solo.keras",
        [Head(f"own_{head.name}", head.tasks) for head in keras.heads],
        keras.output_length,
        keras.input_length,
    )
    assert _same(found, keras, keras.input_length)
    own = weights(4, 2, 1)
    path = write(tmp_path / "bias.h5", {"": own}, settings(own))
    assert given_bias(path, SIGNAL, OUTPUT, INPUT).output_length == OUTPUT


@pytest.mark.parametrize(
    ("heads", "output", "reads", "said"),
    [
        ([Head("a", 2)], 40, 100, "1 head.* with 1 tasks, the sample has 1 with 2"),
        ([Head("a"), Head("b")], 40, 100, "1 head.* with 1 tasks, the sample has 2 with 1, 1"),
        (SIGNAL, 60, 100, "predicts 40 bp, the run 60; write output_length: 40"),
        (SIGNAL, 40, 42, "combined.architecture only 42; the residual model must see at least as far"),
    ],
)
def test_a_bias_that_does_not_fit_is_one_line(tmp_path, heads, output, reads, said):
    path = tmp_path / "bias.safetensors"
    save_model(path, small_solo(SIGNAL, seed=1))
    with pytest.raises(ValueError, match=f"^bias.model: {path}: .*{said}") as error:
        given_bias(path, heads, output, reads)
    assert "\n" not in str(error.value)


def test_what_is_no_bias_model_is_refused(tmp_path):
    combined = CombinedModel(small_solo(SIGNAL, seed=2, layers=2), small_solo(SIGNAL, seed=1))
    save_model(tmp_path / "m.safetensors", combined)
    for name, said in (("m.safetensors", "a CombinedModel, wanted"), ("m.torch", "runs code"), ("m.h5", "m.h5")):
        with pytest.raises(ValueError, match=f"^bias.model: .*{said}"):
            given_bias(tmp_path / name, SIGNAL, 40, 200)


def test_training_starts_from_the_residual_whatever_it_stands_in(tmp_path):
    residual = small_solo(SIGNAL, seed=2, layers=2)
    blend = CountsBlend(residual, [CountsNetwork(1, 40, 4, 1, seed=0)], None)
    bias = small_solo(SIGNAL, seed=1)
    for model in (residual, CombinedModel(residual, bias), ControlledModel(residual, [1]), CombinedModel(blend, bias)):
        save_model(tmp_path / "m.safetensors", model)
        fresh = small_solo(SIGNAL, seed=9, layers=2)
        start_from(fresh, tmp_path / "m.safetensors")
        assert _same(fresh, residual, residual.input_length)


def test_a_start_of_another_shape_says_which(tmp_path):
    path = tmp_path / "m.safetensors"
    save_model(path, small_solo(SIGNAL, seed=2, layers=2))
    with pytest.raises(
        ValueError, match=rf"^combined.start: {path}: 8 filters, 2 layers.*wanted 8 filters, 3"
    ) as error:
        start_from(small_solo(SIGNAL, seed=9, layers=3), path)
    assert "\n" not in str(error.value)
    with pytest.raises(ValueError, match=r"^combined.start: .*1 head\(s\) with 1 tasks, wanted .* with 2 tasks"):
        start_from(small_solo([Head("signal", 2)], seed=9, layers=2), path)
    save_model(path, TransformationModel(small_solo(SIGNAL, seed=1), regression_of([]), regression_of([])))
    with pytest.raises(ValueError, match="a TransformationModel; wanted a residual or combined model"):
        start_from(small_solo(SIGNAL, seed=9), path)
