"""BPReveal's `.keras` files, written here layer by layer as Keras writes them."""

import io
import json
import zipfile

import h5py
import numpy as np
import pytest
import torch

from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.keras_import import load_keras
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel, regression_of
from toy_profile import network, random_dna

HEADS = (Head("nexus", 2, use_bias_counts=True), Head("atac"))
SLOTS = {
    "regress": ("linear_m", "linear_b"),
    "sigmoid_in": ("sigmoid_m2", "sigmoid_b2"),
    "sigmoid_out": ("sigmoid_m1", "sigmoid_b1"),
}


def solo(layers, filters, seed, heads=HEADS):
    model = SoloModel(network(filters, layers, 5, 3), 20, heads, seed=seed).eval()
    with torch.no_grad():
        for number, parameter in enumerate(model.parameters()):
            if parameter.ndim == 1:
                parameter.copy_(torch.linspace(-1, 1, len(parameter)) + 0.1 * number)
    return model


def conv(name, layer, dilation=1):
    kernel = layer.weight.detach().numpy().transpose(2, 1, 0)  # (width, in, out)
    return "Conv1D", {"name": name, "dilation_rate": [dilation]}, [kernel, layer.bias.detach().numpy()]


def scalar(name, m, b):
    return "Conv1D", {"name": name, "dilation_rate": [1]}, [np.full((1, 1, 1), m), np.full(1, b)]


def trunk_layers(model, prefix):
    yield "InputLayer", {"name": f"{prefix}_input", "batch_shape": [None, model.input_length, 4]}, []
    yield conv(f"{prefix}_initial_conv", model.input_conv)
    for i, block in enumerate(model.blocks):
        yield conv(f"{prefix}_conv_{i}", block.conv, block.dilation)
        yield "Cropping1D", {"name": f"{prefix}_crop{i}"}, []


def head_layers(model):
    for head, profile in zip(model.heads, model.profile_heads, strict=True):
        yield conv(f"solo_profile_{head.name}", profile.conv)
    for head, counts in zip(model.heads, model.counts_heads, strict=True):
        weight, bias = counts.linear.weight.detach().numpy(), counts.linear.bias.detach().numpy()
        yield "Dense", {"name": f"solo_logcounts_{head.name}"}, [weight.T, bias]


def transformation_layers(model):
    yield from trunk_layers(model.solo, "solo")
    yield from head_layers(model.solo)
    for output, regressions in (("profile", model.profile_regressions), ("logcounts", model.counts_regressions)):
        for head, regression in zip(model.heads, regressions, strict=True):
            for kind, (m, b) in SLOTS.items():
                if hasattr(regression, m):
                    values = getattr(regression, m).item(), getattr(regression, b).item()
                    yield scalar(f"{kind}_linear_{output}_{head.name}_conv", *values)


def write(layers, group):
    """Store the weights as Keras does, numbered per class; return the layers of the config."""
    numbers, entries = {}, []
    for kind, config, content in layers:
        stored = {"Conv1D": "conv1d", "Dense": "dense", "Functional": "functional"}.get(kind, kind.lower())
        number = numbers.get(stored, 0)
        numbers[stored] = number + 1
        name = f"layers/{stored}" + (f"_{number}" if number else "")
        if kind == "Functional":
            config = {**config, "layers": write(content, group.create_group(name))}
        elif content:
            for i, value in enumerate(content):
                group[f"{name}/vars/{i}"] = np.asarray(value, np.float32)
        entries.append({"class_name": kind, "config": config})
    return entries


def save(path, layers):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        entries = write(layers, file)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps({"class_name": "Functional", "config": {"layers": entries}}))
        archive.writestr("model.weights.h5", buffer.getvalue())
    return path


def check_same(loaded, wanted):
    assert type(loaded) is type(wanted)
    assert not loaded.training
    assert (loaded.input_length, loaded.output_length) == (wanted.input_length, wanted.output_length)
    x = random_dna(2, wanted.input_length)
    for a, b in zip(loaded(x), wanted.eval()(x), strict=True):
        assert torch.equal(a, b)


def transformation():
    model = TransformationModel(solo(1, 4, seed=1), regression_of(["linear", "sigmoid"]), regression_of(["linear"]))
    with torch.no_grad():
        for number, parameter in enumerate(
            (*model.profile_regressions.parameters(), *model.counts_regressions.parameters())
        ):
            parameter.fill_(0.5 + 0.25 * number)
    return model


def test_a_solo_model(tmp_path):
    model = solo(3, 4, seed=1)
    loaded = load_keras(save(tmp_path / "m.keras", [*trunk_layers(model, "solo"), *head_layers(model)]))
    check_same(loaded, model)
    assert [(h.name, h.tasks) for h in loaded.heads] == [("nexus", 2), ("atac", 1)]


def test_a_transformation_model(tmp_path):
    model = transformation()
    loaded = load_keras(save(tmp_path / "m.keras", transformation_layers(model)))
    check_same(loaded, model)
    assert (loaded.profile_types, loaded.counts_types) == (("linear", "sigmoid"), ("linear",))


def test_a_combined_model_and_which_heads_use_the_bias_counts(tmp_path):
    model = CombinedModel(solo(3, 6, seed=2), transformation())
    layers = [
        *trunk_layers(model.residual, "residual"),
        ("Functional", {"name": "transformation_model"}, transformation_layers(model.transformation)),
        *head_layers(model.residual),
        ("CountsLogSumExp", {"name": "combined_logcounts_nexus"}, []),
        ("Identity", {"name": "combined_logcounts_atac"}, []),
    ]
    loaded = load_keras(save(tmp_path / "m.keras", layers))
    assert loaded.heads == HEADS
    check_same(loaded, model)


def test_other_files_are_refused_with_their_name(tmp_path):
    path = tmp_path / "m.keras"
    path.write_bytes(b"no zip")
    with pytest.raises(ValueError, match=r"m\.keras: not a \.keras file"):
        load_keras(path)
    model = solo(2, 4, seed=1)
    layers = [*trunk_layers(model, "solo"), *head_layers(model)]
    with pytest.raises(ValueError, match=r"m\.keras: not a model of BPReveal's: layer 'solo_logcounts_atac'"):
        load_keras(save(path, layers[:-1]))
    (second,) = [config for _, config, _ in layers if config["name"] == "solo_conv_1"]
    second["dilation_rate"] = [3]
    with pytest.raises(ValueError, match="solo_conv_1 of dilation 4"):
        load_keras(save(path, layers))
