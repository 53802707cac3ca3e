"""ChromBPNet's files against a network of the same layout that is computed by hand."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np
import pytest
import torch

from cisgrammar.perturb import ablate, full_predict, predict
from cisgrammar.profile.models.chrombpnet_import import load_chrombpnet
from cisgrammar.profile.models.saved import load_model, save_model

INPUT, OUTPUT, FIRST, LAST = 160, 40, 5, 7
Weights = dict[str, tuple[np.ndarray, np.ndarray]]


def weights(filters: int, layers: int, seed: int) -> Weights:
    rng = np.random.default_rng(seed)

    def layer(*shape: int) -> tuple[np.ndarray, np.ndarray]:
        return rng.normal(size=shape).astype(np.float32) / 3, rng.normal(size=shape[-1:]).astype(np.float32) / 3

    dilated = {f"bpnet_{i}conv": layer(3, filters, filters) for i in range(1, layers + 1)}
    ends = {"prof_out_precrop": layer(LAST, filters, 1), "logcount_predictions": layer(filters, 1)}
    return {"bpnet_1st_conv": layer(FIRST, 4, filters), **dilated, **ends}


def conv(x: np.ndarray, kernel: np.ndarray, bias: np.ndarray, dilation: int = 1) -> np.ndarray:
    """Valid convolution, `(length, in)` to `(length', out)`, written as a sum over the kernel's positions."""
    length = len(x) - dilation * (len(kernel) - 1)
    return sum(x[k * dilation : k * dilation + length] @ kernel[k] for k in range(len(kernel))) + bias


def by_hand(x: np.ndarray, own: Weights) -> tuple[np.ndarray, float]:
    """Logits `(OUTPUT,)` and log-count of one-hot `(INPUT, 4)`."""
    trunk = np.maximum(conv(x, *own["bpnet_1st_conv"]), 0)
    for i in range(1, sum("conv" in name for name in own)):
        active = np.maximum(conv(trunk, *own[f"bpnet_{i}conv"], dilation=2**i), 0)
        trunk = active + trunk[2**i : -(2**i)]
    logits = conv(trunk, *own["prof_out_precrop"])[:, 0]
    extra = (len(logits) - OUTPUT) // 2
    kernel, bias = own["logcount_predictions"]
    return logits[extra : extra + OUTPUT], float((trunk.mean(0) @ kernel + bias)[0])


def settings(own: Weights, prefix: str = "") -> list[dict]:
    needed = INPUT - (FIRST - 1) - sum(2 ** (i + 1) for i in range(1, len(own) - 2)) - (LAST - 1)
    crop = (needed - OUTPUT) // 2
    entry = {"class_name": "InputLayer", "config": {"name": f"{prefix}sequence", "batch_input_shape": [None, INPUT, 4]}}
    name = f"{prefix}logits_profile_predictions_preflatten"
    return [entry, {"class_name": "Cropping1D", "config": {"name": name, "cropping": [crop, crop]}}]


def write(path: Path, parts: dict[str, Weights], layers: list[dict], nested: bool = False) -> Path:
    """A file as Keras 2 lays it out; `parts` by the prefix of their layers."""
    with h5py.File(path, "w") as handle:
        handle.attrs["model_config"] = json.dumps({"class_name": "Functional", "config": {"layers": layers}})
        for prefix, own in parts.items():
            for name, (kernel, bias) in own.items():
                ends = prefix and name in ("prof_out_precrop", "logcount_predictions")
                layer = f"{prefix}bpnet_{name}" if ends else f"{prefix}{name}"
                outer = f"model{prefix}" if nested else layer
                handle[f"model_weights/{outer}/{layer}/kernel:0"] = kernel
                handle[f"model_weights/{outer}/{layer}/bias:0"] = bias
    return path


def one_hot(seed: int = 0) -> np.ndarray:
    return np.eye(4, dtype=np.float32)[np.random.default_rng(seed).integers(0, 4, INPUT)]


def test_it_is_loaded_by_its_name_like_our_own(tmp_path):
    own = weights(6, 2, 1)
    path = write(tmp_path / "bias.h5", {"": own}, settings(own))
    x = torch.from_numpy(one_hot().T[None].copy())
    with torch.no_grad():
        assert all(torch.equal(a, b) for a, b in zip(load_model(path)(x), load_chrombpnet(path)(x), strict=True))


@pytest.mark.parametrize(("prefix", "layers"), [("", 2), ("wo_bias_", 3)], ids=["bias", "without bias"])
def test_one_network(tmp_path, prefix, layers):
    own = weights(6, layers, 1)
    model = load_chrombpnet(write(tmp_path / "m.h5", {prefix: own}, settings(own, prefix)))
    x = one_hot()
    with torch.no_grad():
        logits, log_counts = model(torch.from_numpy(x.T[None].copy()))
    wanted_logits, wanted_counts = by_hand(x, own)
    assert (model.input_length, model.output_length) == (INPUT, OUTPUT)
    np.testing.assert_allclose(logits[0, 0], wanted_logits, atol=1e-5)
    assert float(log_counts) == pytest.approx(wanted_counts, abs=1e-5)


def test_counts_are_pooled_beyond_the_profile(tmp_path):
    own = weights(6, 2, 1)
    model = load_chrombpnet(write(tmp_path / "m.h5", {"": own}, settings(own)))
    x = torch.from_numpy(one_hot().T[None].copy())
    changed = x.clone()
    changed[:, :, 3:9] = changed[:, :, 3:9].flip(1)  # far outside of the 64 bp that the profile depends on
    with torch.no_grad():
        (logits, counts), (other_logits, other_counts) = model(x), model(changed)
    assert torch.equal(logits, other_logits)
    assert not torch.equal(counts, other_counts)


def test_both_in_one_file(tmp_path):
    bias, residual = weights(4, 2, 2), weights(8, 4, 3)
    layers = [{"class_name": "Functional", "config": {"name": "model", "layers": settings(bias)}}]
    layers.append({"class_name": "Functional", "config": {"name": "wo", "layers": settings(residual, "wo_bias_")}})
    model = load_chrombpnet(write(tmp_path / "m.h5", {"": bias, "wo_bias_": residual}, layers, nested=True))
    x = one_hot(4)
    with torch.no_grad():
        logits, log_counts = model(torch.from_numpy(x.T[None].copy()))
    (bias_logits, bias_counts), (own_logits, own_counts) = by_hand(x, bias), by_hand(x, residual)
    np.testing.assert_allclose(logits[0, 0], bias_logits + own_logits, atol=1e-5)
    assert float(log_counts) == pytest.approx(np.logaddexp(bias_counts, own_counts), abs=1e-5)


def test_it_is_saved_and_perturbed_like_any_other_model(tmp_path):
    own = weights(6, 2, 1)
    model = load_chrombpnet(write(tmp_path / "m.h5", {"": own}, settings(own)))
    save_model(tmp_path / "m.safetensors", model)
    again = load_model(tmp_path / "m.safetensors")
    x = torch.from_numpy(one_hot().T[None].copy())
    with torch.no_grad():
        assert all(torch.equal(a, b) for a, b in zip(model(x), again(x), strict=True))
    for start in (4, INPUT // 2):  # where only the counts feel it, and where both do
        fast, full = (ablate(again, x, start, start + 8, n=5, random_state=1, func=f) for f in (predict, full_predict))
        for a, b in zip(fast.y_after, full.y_after, strict=True):
            torch.testing.assert_close(a, b, atol=1e-5, rtol=0)
    assert (full.y_after[1] - full.y_before[1]).abs().max() > 1e-3


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(b"text"), "not an HDF5 file"),
        (lambda path: h5py.File(path, "w").close(), "no group model_weights"),
        (lambda path: write(path, {"": {"dense": (np.zeros((2, 1)), np.zeros(1))}}, []), "layer 'bpnet_1st_conv'"),
        (lambda path: write(path, {"": _without("logcount_predictions")}, []), "layer 'logcount_predictions'"),
    ],
)
def test_other_files_are_refused_in_one_line(tmp_path, spoil, said):
    path = tmp_path / "m.h5"
    spoil(path)
    with pytest.raises(ValueError, match=said) as error:
        load_chrombpnet(path)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def _without(layer: str) -> Weights:
    return {name: own for name, own in weights(4, 2, 5).items() if name != layer}
