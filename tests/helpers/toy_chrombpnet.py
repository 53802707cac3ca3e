"""ChromBPNet's files, with networks that are computed by hand."""

from __future__ import annotations

import json
from pathlib import Path

import h5py
import numpy as np

INPUT, OUTPUT, FIRST, LAST = 160, 40, 5, 7
Weights = dict[str, tuple[np.ndarray, np.ndarray]]


def weights(filters: int, layers: int, seed: int) -> Weights:
    """Kernels `(width, in, out)` and biases of a network, by layer."""
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
    """The layers of a network as the file describes them: its input, and the cropping of its profile."""
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
