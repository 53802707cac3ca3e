"""Read ChromBPNet's `.h5` files without TensorFlow: bias models, models without bias, and both in one file.

A file holds the layers' weights as `model_weights/.../<layer>/kernel:0` and `bias:0`, and their settings as JSON in the
attribute `model_config`. Layers are called `bpnet_1st_conv`, `bpnet_<i>conv` (dilation 2^i), `prof_out_precrop` and
`logcount_predictions`, with a prefix in the model without bias. Counts are ln(1 + N).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import torch
from torch import Tensor

from cisgrammar.config.profile import Architecture
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel

_FIRST = re.compile(r"(?P<prefix>.*?)bpnet_1st_conv")
_DILATED = re.compile(r"bpnet_(\d+)conv")
# ChromBPNet's own lengths, for files without settings.
_INPUT, _OUTPUT = 2114, 1000
_HEAD = "signal"


@dataclass
class _Network:
    """One network of a file: kernel and bias by layer, prefix taken off."""

    weights: dict[str, list[np.ndarray]] = field(default_factory=dict)

    def __getitem__(self, layer: str) -> list[np.ndarray]:
        return self.weights[layer]

    @property
    def layers(self) -> int:
        return sum(_DILATED.fullmatch(name) is not None for name in self.weights)


def load_chrombpnet(path: str | Path) -> SoloModel | CombinedModel:
    """Read a bias model, a model without bias, or a whole ChromBPNet model.

    Parameters
    ----------
    path
        `.h5` file that Keras 2 saved (`bias.h5`, `bias_model_scaled.h5`, `chrombpnet_nobias.h5`, `chrombpnet.h5`).

    Returns
    -------
    SoloModel or CombinedModel
        In eval mode, with one head `signal` of one task. A whole model is combined: profile logits add, and counts
        too (`use_bias_counts`). Counts of a bias model of few layers are pooled over all that is left of its input,
        far beyond the output.

    Raises
    ------
    ValueError
        If it is no such file, or its layers are not ChromBPNet's.
    """
    try:
        with h5py.File(path) as handle:
            if "model_weights" not in handle:
                raise ValueError(f"{path}: no group model_weights; wanted an .h5 file of a whole Keras model")
            config = json.loads(handle.attrs.get("model_config", "{}"))
            networks = _networks(handle["model_weights"])
    except OSError as error:
        raise ValueError(f"{path}: not an HDF5 file ({error}); wanted ChromBPNet's .h5") from None
    try:
        return _build(networks, config).eval()
    except KeyError as error:
        raise ValueError(f"{path}: not a model of ChromBPNet's: layer {error} is missing") from None


def _build(networks: dict[str, _Network], config: dict[str, Any]) -> SoloModel | CombinedModel:
    if set(networks) == {"", "wo_bias_"}:
        bias, residual = (_solo(networks[prefix], config, prefix) for prefix in ("", "wo_bias_"))
        residual.heads = tuple(head._replace(use_bias_counts=True) for head in residual.heads)
        return CombinedModel(residual, bias)
    if len(networks) != 1:
        raise KeyError("bpnet_1st_conv")
    ((prefix, network),) = networks.items()
    return _solo(network, config, prefix)


def _networks(group: h5py.Group) -> dict[str, _Network]:
    """The networks of a file by the prefix of their layers: empty for a bias model."""
    arrays: dict[str, dict[str, np.ndarray]] = {}

    def collect(path: str, item: h5py.Group | h5py.Dataset) -> None:
        if isinstance(item, h5py.Dataset):
            layer, _, name = path.rpartition("/")
            arrays.setdefault(layer.rpartition("/")[2], {})[name.partition(":")[0]] = item[()]

    group.visititems(collect)
    prefixes = [match["prefix"] for layer in arrays if (match := _FIRST.fullmatch(layer))]
    found: dict[str, _Network] = {prefix: _Network() for prefix in prefixes}
    for layer, parts in arrays.items():
        prefix = max((p for p in prefixes if layer.startswith(p)), key=len, default=None)
        if prefix is not None and {"kernel", "bias"} <= set(parts):
            name = layer.removeprefix(prefix)
            # The model without bias calls its outputs bpnet_prof_out_precrop and bpnet_logcount_predictions.
            plain = name if _DILATED.fullmatch(name) or name == "bpnet_1st_conv" else name.removeprefix("bpnet_")
            found[prefix].weights[plain] = [parts["kernel"], parts["bias"]]
    return found


def _solo(network: _Network, config: dict[str, Any], prefix: str) -> SoloModel:
    first, last = network["bpnet_1st_conv"][0], network["prof_out_precrop"][0]  # (width, in, out)
    layers = network.layers
    architecture = Architecture(
        filters=first.shape[2], layers=layers, input_filter_width=first.shape[0], output_filter_width=last.shape[0]
    )
    settings = {layer["config"]["name"]: layer["config"] for layer in _layers(config)}
    input_length = next((one for one in map(_input_length, settings.values()) if one), _INPUT)
    output_length = _output_length(settings, prefix, input_length - architecture.input_length(1) + 1)
    model = SoloModel(architecture, output_length, [Head(_HEAD, last.shape[2])], 0, input_length=input_length)
    state = _as_conv("input_conv", network["bpnet_1st_conv"])
    for i in range(layers):
        name = f"bpnet_{i + 1}conv"
        dilation = np.ravel(settings.get(prefix + name, {}).get("dilation_rate", 2 ** (i + 1)))[0]
        if dilation != 2 ** (i + 1):
            raise KeyError(f"{name} of dilation {2 ** (i + 1)} (it has {dilation})")
        state |= _as_conv(f"blocks.{i}.conv", network[name])
    state |= _as_conv("profile_heads.0.conv", network["prof_out_precrop"])
    kernel, bias = network["logcount_predictions"]
    state |= {"counts_heads.0.linear.weight": torch.from_numpy(kernel.T.copy())}
    state |= {"counts_heads.0.linear.bias": torch.from_numpy(bias)}
    model.load_state_dict(state)
    return model


def _layers(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All layers that the settings describe, those of models inside of the model too."""
    for layer in config.get("config", {}).get("layers", ()):
        yield layer
        if "layers" in layer.get("config", {}):
            yield from _layers(layer)


def _input_length(settings: dict[str, Any]) -> int | None:
    shape: list[int | None] = list(settings.get("batch_input_shape") or settings.get("batch_shape") or [])
    return shape[1] if len(shape) == 3 and shape[2] == 4 else None


def _output_length(settings: dict[str, dict[str, Any]], prefix: str, uncropped: int) -> int:
    """Length of the profile in bp: what the last convolution gives, less what the cropping layer after it takes."""
    for name in (f"{prefix}{part}logits_profile_predictions_preflatten" for part in ("", "bpnet_")):
        if name in settings:
            cropping = settings[name]["cropping"]
            return uncropped - (2 * cropping if isinstance(cropping, int) else sum(cropping))
    return min(_OUTPUT, uncropped)


def _as_conv(name: str, stored: list[np.ndarray]) -> dict[str, Tensor]:
    kernel, bias = stored  # Keras: (width, in, out)
    return {
        f"{name}.weight": torch.from_numpy(kernel.transpose(2, 1, 0).copy()),  # (out, in, width)
        f"{name}.bias": torch.from_numpy(bias),
    }
