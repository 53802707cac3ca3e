"""Read BPReveal's `.keras` files without TensorFlow: a zip of `config.json` and `model.weights.h5`.

Weights are stored as `layers/<class>[_k]/vars/<i>`, numbered per class in the order of the layers in
`config.json`; a model inside a model lies under `layers/functional/...` in the same way.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from torch import Tensor

from cisgrammar.config.profile import Architecture, RegressionType
from cisgrammar.config.receptive_field import receptive_flank
from cisgrammar.files.text import LARGEST_TEXT
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel, regression_of

_KIND = re.compile(
    r"(?P<kind>regress|sigmoid_in|sigmoid_out|relu_in|relu_out)_linear_(?P<output>profile|logcounts)_(?P<head>.+)_conv"
)
_TYPES: dict[str, RegressionType] = {"regress": "linear", "sigmoid": "sigmoid", "relu": "relu"}
_LARGEST_WEIGHTS = 1 << 32
_SLOT = {
    "regress": ("linear_m", "linear_b"),
    "sigmoid_in": ("sigmoid_m2", "sigmoid_b2"),
    "sigmoid_out": ("sigmoid_m1", "sigmoid_b1"),
    "relu_in": ("relu_m2", "relu_b2"),
    "relu_out": ("relu_m1", "relu_b1"),
}


@dataclass
class KerasModel:
    """Layers of one (possibly nested) Keras model: class, weights, dilation by layer name; models inside by name."""

    classes: dict[str, str] = field(default_factory=dict)
    weights: dict[str, list[np.ndarray]] = field(default_factory=dict)
    dilations: dict[str, int] = field(default_factory=dict)
    inner: dict[str, KerasModel] = field(default_factory=dict)
    input_length: int = 0


def load_keras(path: str | Path) -> SoloModel | TransformationModel | CombinedModel:
    """Read a solo, transformation, combined or residual model that BPReveal saved.

    Parameters
    ----------
    path
        `.keras` file.

    Returns
    -------
    SoloModel, TransformationModel or CombinedModel
        In eval mode; a residual model is a `SoloModel`.

    Raises
    ------
    ValueError
        If it is no Keras zip, or its layers are not BPReveal's.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            for name, most in (("config.json", LARGEST_TEXT), ("model.weights.h5", _LARGEST_WEIGHTS)):
                if archive.getinfo(name).file_size > most:
                    raise ValueError(f"{path}: {name} unpacks to more than {most >> 20} MiB; wanted a BPReveal model")
            config = json.loads(archive.read("config.json"))
            weights = io.BytesIO(archive.read("model.weights.h5"))
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: not a .keras file ({error}); wanted one that BPReveal 4 or 5 saved") from None
    with h5py.File(weights) as handle:
        keras = _read_layers(config["config"], handle)
    try:
        return _build(keras).eval()
    except (KeyError, IndexError) as error:
        raise ValueError(f"{path}: not a model of BPReveal's: layer {error} is missing") from None


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower().replace("1_d", "1d")


def _read_layers(config: dict[str, Any], group: h5py.Group) -> KerasModel:
    """Walk the layers in their order; Keras numbers the stored groups per class."""
    model = KerasModel()
    numbers: dict[str, int] = {}
    for layer in config["layers"]:
        kind = _snake(layer["class_name"])
        number = numbers.get(kind, 0)
        numbers[kind] = number + 1
        name = layer["config"]["name"]
        model.classes[name] = layer["class_name"]
        stored = group.get(f"layers/{kind}" + (f"_{number}" if number else ""))
        if layer["class_name"] == "InputLayer":
            model.input_length = int(layer["config"].get("batch_shape", layer["config"].get("batch_input_shape"))[1])
        elif layer["class_name"] == "Functional":
            model.inner[name] = _read_layers(layer["config"], stored)
        elif stored is not None and len(stored.get("vars", ())):
            variables = stored["vars"]
            model.weights[name] = [variables[str(i)][()] for i in range(len(variables))]
            model.dilations[name] = int(np.ravel(layer["config"].get("dilation_rate", 1))[0])
    return model


def _build(keras: KerasModel) -> SoloModel | TransformationModel | CombinedModel:
    if "residual_initial_conv" in keras.weights:
        return _combined(keras) if keras.inner else _solo(keras, "residual")
    if any("residual_initial_conv" in model.weights for model in keras.inner.values()):
        return _combined(keras)
    return _bias(keras)


def _bias(keras: KerasModel) -> SoloModel | TransformationModel:
    if keras.inner or any(_KIND.fullmatch(name) for name in keras.weights):
        return _transformation(keras)
    return _solo(keras, "solo")


def _combined(keras: KerasModel) -> CombinedModel:
    inside = list(keras.inner.values())
    own = keras if "residual_initial_conv" in keras.weights else _holding(inside, "residual_initial_conv")
    residual = _solo(own, "residual")
    bias = _bias(next(model for model in inside if model is not own))
    residual.heads = tuple(
        h._replace(use_bias_counts=keras.classes[f"combined_logcounts_{h.name}"] == "CountsLogSumExp")
        for h in residual.heads
    )
    return CombinedModel(residual, bias)


def _holding(models: list[KerasModel], layer: str) -> KerasModel:
    holding = [model for model in models if layer in model.weights]
    if not holding:
        raise KeyError(layer)
    return holding[0]


def _transformation(keras: KerasModel) -> TransformationModel:
    own = keras if "solo_initial_conv" in keras.weights else _holding(list(keras.inner.values()), "solo_initial_conv")
    solo = _solo(own, "solo")
    scalars = {name: match for name in keras.weights if (match := _KIND.fullmatch(name))}
    types: dict[str, list[RegressionType]] = {}
    for output in ("profile", "logcounts"):
        kinds = [m["kind"].removesuffix("_in") for m in scalars.values() if m["output"] == output]
        types[output] = [_TYPES[kind] for kind in _TYPES if kind in kinds]
    model = TransformationModel(solo, regression_of(types["profile"]), regression_of(types["logcounts"]))
    heads = [h.name for h in model.heads]
    with torch.no_grad():
        for name, match in scalars.items():
            regressions = "profile_regressions" if match["output"] == "profile" else "counts_regressions"
            for slot, value in zip(_SLOT[match["kind"]], keras.weights[name], strict=True):
                parameter = model.get_parameter(f"{regressions}.{heads.index(match['head'])}.{slot}")
                parameter.fill_(float(np.ravel(value)[0]))
    return model


def _solo(keras: KerasModel, prefix: str) -> SoloModel:
    weights = keras.weights
    first = weights[f"{prefix}_initial_conv"][0]  # (width, 4, filters)
    layers = sum(re.fullmatch(rf"{prefix}_conv_\d+", name) is not None for name in weights)
    names = [name.removeprefix("solo_profile_") for name in weights if name.startswith("solo_profile_")]
    kernels = {name: weights[f"solo_profile_{name}"][0] for name in names}  # (width, filters, tasks)
    width = kernels[names[0]].shape[0]
    flank = receptive_flank(layers, first.shape[0], width)
    architecture = Architecture(
        filters=first.shape[2], layers=layers, input_filter_width=first.shape[0], output_filter_width=width
    )
    heads = [Head(name, kernels[name].shape[2]) for name in names]
    model = SoloModel(architecture, keras.input_length - 2 * flank, heads, seed=0)
    state = _as_conv("input_conv", weights[f"{prefix}_initial_conv"])
    for i in range(layers):
        if keras.dilations[f"{prefix}_conv_{i}"] != 2 ** (i + 1):
            raise KeyError(f"{prefix}_conv_{i} of dilation {2 ** (i + 1)}")
        state |= _as_conv(f"blocks.{i}.conv", weights[f"{prefix}_conv_{i}"])
    for i, name in enumerate(names):
        state |= _as_conv(f"profile_heads.{i}.conv", weights[f"solo_profile_{name}"])
        kernel, bias = weights[f"solo_logcounts_{name}"]
        state[f"counts_heads.{i}.linear.weight"] = torch.from_numpy(kernel.T.copy())
        state[f"counts_heads.{i}.linear.bias"] = torch.from_numpy(bias)
    model.load_state_dict(state)
    return model


def _as_conv(name: str, stored: list[np.ndarray]) -> dict[str, Tensor]:
    kernel, bias = stored  # Keras: (width, in, out)
    return {
        f"{name}.weight": torch.from_numpy(kernel.transpose(2, 1, 0).copy()),  # (out, in, width)
        f"{name}.bias": torch.from_numpy(bias),
    }
