"""A Keras file of SpliceAI's layout, written here, gives what numpy gets from the same arrays."""

import json

import h5py
import numpy as np
import pytest
import torch

from cisgrammar.splice.models.keras_spliceai import load_keras_spliceai
from cisgrammar.splice.models.saved import load_model

WIDTHS = {80: [(11, 1)], 400: [(11, 1), (11, 4)]}


def keras_file(path, context, first_number=1, **changes):
    """Write random weights as Keras 2.0 lays them out; the layers' own order is that of the graph, skips late."""
    rng = np.random.default_rng(context)
    numbers, arrays, layers = iter(range(first_number, 1000)), {}, []
    order = [(1, 1, 4, 32), (1, 1, 32, 32)]
    for width, dilation in WIDTHS[context]:
        order += [(width, dilation, 32, 32)] * 8 + [(1, 1, 32, 32)]
    order.append((1, 1, 32, 3))
    for width, dilation, inputs, outputs in order:
        name = f"conv1d_{next(numbers)}"
        arrays[name] = {
            "kernel:0": rng.normal(0, 0.7 / np.sqrt(width * inputs), (width, inputs, outputs)),
            "bias:0": rng.normal(0, 0.2, outputs),
        }
        settings = {
            "name": name,
            "kernel_size": [width],
            "dilation_rate": [dilation],
            "filters": outputs,
            "padding": "same",
            "activation": "softmax" if outputs == 3 else "linear",
        }
        layers.append({"class_name": "Conv1D", "config": settings})
    for i in range(8 * len(WIDTHS[context])):
        name = f"batch_normalization_{i + first_number}"
        arrays[name] = {
            key: rng.uniform(0.5, 1.5, 32) for key in ("gamma:0", "beta:0", "moving_mean:0", "moving_variance:0")
        }
        layers.append({"class_name": "BatchNormalization", "config": {"name": name, "epsilon": 0.001}})
    layers.append({"class_name": "Cropping1D", "config": {"name": "cropping1d_1", "cropping": [context // 2] * 2}})
    for layer in layers:
        layer["config"].update({k: v for k, v in changes.items() if k in layer["config"]})
    rng.shuffle(layers)
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Model", "config": {"layers": layers}}).encode()
        for name, values in arrays.items():
            for key, value in values.items():
                file[f"model_weights/{name}/{name}/{key}"] = value.astype(np.float32)
    return arrays


def numpy_probabilities(arrays, context, x):
    """The padded network in float64: (T, 4) to (T - context, 3)."""

    def number(name):
        return int(name.rpartition("_")[2])

    def convolve(name, y, dilation=1):
        kernel = arrays[name]["kernel:0"]
        half = dilation * (len(kernel) - 1) // 2
        wide = np.pad(y, ((half, half), (0, 0)))
        return (
            sum(wide[i * dilation : i * dilation + len(y)] @ k for i, k in enumerate(kernel)) + arrays[name]["bias:0"]
        )

    def normalise(name, y):
        a = arrays[name]
        return a["gamma:0"] * (y - a["moving_mean:0"]) / np.sqrt(a["moving_variance:0"] + 0.001) + a["beta:0"]

    convolutions = iter(sorted((n for n in arrays if n.startswith("conv")), key=number))
    norms = iter(sorted((n for n in arrays if n.startswith("batch")), key=number))
    y = convolve(next(convolutions), x)
    total = convolve(next(convolutions), y)
    for _, dilation in WIDTHS[context]:
        for _ in range(4):
            inner = y
            for _ in range(2):
                inner = convolve(next(convolutions), np.maximum(normalise(next(norms), inner), 0), dilation)
            y = y + inner
        total = total + convolve(next(convolutions), y)
    logits = convolve(next(convolutions), total[context // 2 : -context // 2])
    odds = np.exp(logits - logits.max(1, keepdims=True))
    return odds / odds.sum(1, keepdims=True)


@pytest.mark.parametrize(("context", "first_number"), [(80, 1), (400, 1), (400, 52)])
def test_probabilities_are_those_of_the_stored_network(tmp_path, context, first_number):
    arrays = keras_file(tmp_path / "spliceai.h5", context, first_number)
    model = load_keras_spliceai(tmp_path / "spliceai.h5")
    assert model.context == context
    assert not model.training
    x = np.eye(5)[np.random.default_rng(1).integers(0, 5, context + 40)][:, :4]
    wanted = numpy_probabilities(arrays, context, x)
    with torch.inference_mode():
        got = model(torch.from_numpy(x).float()[None]).softmax(-1)[0].numpy()
    assert wanted.std() > 0.05
    np.testing.assert_allclose(got, wanted, atol=2e-5)
    again = load_model(tmp_path / "spliceai.h5")
    assert torch.equal(again.last.weight, model.last.weight)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epsilon": 1e-5}, "epsilon"),
        ({"cropping": [10, 10]}, "cropping"),
        ({"activation": "linear"}, "activation of the last layer"),
        ({"padding": "valid"}, "padding"),
        ({"dilation_rate": [3]}, "dilations"),
    ],
)
def test_another_network_is_refused(tmp_path, changes, message):
    keras_file(tmp_path / "other.h5", 80, **changes)
    with pytest.raises(ValueError, match=rf"other\.h5: .*{message}"):
        load_keras_spliceai(tmp_path / "other.h5")


def test_files_that_are_no_whole_model_are_refused(tmp_path):
    (tmp_path / "text.h5").write_text("weights")
    with pytest.raises(ValueError, match=r"text\.h5: not a readable HDF5 file"):
        load_keras_spliceai(tmp_path / "text.h5")
    with pytest.raises(ValueError, match=r"none\.h5: not a readable HDF5 file"):
        load_keras_spliceai(tmp_path / "none.h5")
    h5py.File(tmp_path / "weights.h5", "w").close()
    with pytest.raises(ValueError, match="model_config"):
        load_keras_spliceai(tmp_path / "weights.h5")
    keras_file(tmp_path / "part.h5", 80)
    with h5py.File(tmp_path / "part.h5", "a") as file:
        del file["model_weights/conv1d_5"]
    with pytest.raises(ValueError, match="weights are not SpliceAI's"):
        load_keras_spliceai(tmp_path / "part.h5")
