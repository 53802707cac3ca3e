"""Read SpliceAI's published Keras weights without TensorFlow.

An `.h5` file holds the graph as JSON in the attribute `model_config`, and arrays under
`model_weights/<layer>/<layer>/<name>:0`. Convolutions and normalisations are numbered in the order of their making: the
first 1x1 convolution, the one to the sum, then for every four blocks their eight convolutions and the one to the sum.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cisgrammar.splice.models.spliceai import BLOCKS, EPSILON, FILTERS, GROUP, Block, SpliceAI

_NUMBER = re.compile(r"^(conv1d|batch_normalization)(?:_(\d+))?$")


class Layers(NamedTuple):
    """Names and settings of the file's layers, each kind in the order of their numbers."""

    convolutions: list[dict[str, Any]]
    normalisations: list[dict[str, Any]]
    cropping: list[int]


def load_keras_spliceai(path: str | Path) -> SpliceAI:
    """Read a SpliceAI model of any of the four contexts from a Keras `.h5` file.

    The file's last layer is a softmax; the model here returns the logits that go into it.

    Parameters
    ----------
    path
        `spliceai1.h5` or the like. The published weights are the user's to get: their licence is CC BY-NC 4.0.

    Returns
    -------
    SpliceAI
        In eval mode.

    Raises
    ------
    ValueError
        If it is no Keras file, or its network is not SpliceAI's.
    """
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise ValueError(f"{path}: not a readable HDF5 file ({error}); wanted a Keras .h5 of SpliceAI") from None
    with file:
        if "model_config" not in file.attrs:
            raise ValueError(f"{path}: no attribute model_config; wanted a whole model (model.save), not its weights")
        text = file.attrs["model_config"]
        try:
            layers = _read_layers(json.loads(text.decode() if isinstance(text, bytes) else text))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path}: its layers are not SpliceAI's ({type(error).__name__}: {error})") from None
        model = SpliceAI(_context(layers, path), seed=0)
        try:
            _fill(model, layers, file["model_weights"])
        except (KeyError, RuntimeError) as error:
            raise ValueError(f"{path}: its weights are not SpliceAI's ({error})") from None
    return model.eval()


def _read_layers(config: dict[str, Any]) -> Layers:
    found: dict[str, list[tuple[int, dict[str, Any]]]] = {"conv1d": [], "batch_normalization": []}
    cropping = [0, 0]
    for layer in config["config"]["layers"]:
        settings = layer["config"]
        if match := _NUMBER.match(settings["name"]):
            found[match[1]].append((int(match[2] or 0), settings))
        elif layer["class_name"] == "Cropping1D":
            cropping = [int(n) for n in np.ravel(settings["cropping"])]
    # Numbers, not the file's own order, which is that of the graph and has the sums in between.
    ordered = {kind: [s for _, s in sorted(items, key=lambda item: item[0])] for kind, items in found.items()}
    return Layers(ordered["conv1d"], ordered["batch_normalization"], cropping)


def _context(layers: Layers, path: str | Path) -> int:
    """The variant, by its convolutions; ValueError unless all of the network is that variant's."""
    got = [_block(settings) for settings in layers.convolutions]
    for context, blocks in BLOCKS.items():
        wanted = [Block(1, 1), Block(1, 1)]
        for block in blocks:
            wanted += [block] * (2 * GROUP) + [Block(1, 1)]
        if got == [*wanted, Block(1, 1)]:
            _check_settings(layers, context, path)
            return context
    raise ValueError(
        f"{path}: {len(got)} convolutions of widths {sorted({b.width for b in got})} and dilations "
        f"{sorted({b.dilation for b in got})}; wanted those of SpliceAI with context {', '.join(map(str, BLOCKS))}"
    )


def _block(settings: dict[str, Any]) -> Block:
    width, dilation = (int(np.ravel(settings[key])[0]) for key in ("kernel_size", "dilation_rate"))
    return Block(width, dilation)


def _check_settings(layers: Layers, context: int, path: str | Path) -> None:
    last = layers.convolutions[-1]
    facts = {
        "cropping": (layers.cropping, [context // 2] * 2),
        "activation of the last layer": (last["activation"], "softmax"),
        "filters": (
            [int(s["filters"]) for s in layers.convolutions],
            [FILTERS] * (len(layers.convolutions) - 1) + [3],
        ),
        "activations": ({s["activation"] for s in layers.convolutions[:-1]}, {"linear"}),
        "padding": ({s["padding"] for s in layers.convolutions if _block(s).width > 1} or {"same"}, {"same"}),
        "epsilon": ({s["epsilon"] for s in layers.normalisations}, {EPSILON}),
        "number of normalisations": (len(layers.normalisations), 2 * GROUP * len(BLOCKS[context])),
    }
    for what, (got, wanted) in facts.items():
        if got != wanted:
            raise ValueError(f"{path}: {what} {got}, wanted {wanted} in SpliceAI-{context}")


def _fill(model: SpliceAI, layers: Layers, stored: h5py.Group) -> None:
    """Put the file's arrays into a model of the right context."""
    convolutions: list[nn.Module] = [model.first, model.skips[0]]
    for first, skip in zip(range(0, len(model.blocks), GROUP), model.skips[1:], strict=True):
        for block in model.blocks[first : first + GROUP]:
            convolutions += [block.get_submodule(name) for name in ("conv1", "conv2")]
        convolutions.append(skip)
    convolutions.append(model.last)
    for settings, module in zip(layers.convolutions, convolutions, strict=True):
        kernel = _array(stored, settings["name"], "kernel")  # (width, in, out)
        _load(module, weight=kernel.transpose(2, 1, 0), bias=_array(stored, settings["name"], "bias"))
    norms = [block.get_submodule(name) for block in model.blocks for name in ("norm1", "norm2")]
    parts = {"weight": "gamma", "bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
    for settings, module in zip(layers.normalisations, norms, strict=True):
        _load(module, **{ours: _array(stored, settings["name"], theirs) for ours, theirs in parts.items()})


def _array(stored: h5py.Group, layer: str, name: str) -> NDArray[np.float32]:
    return stored[f"{layer}/{layer}/{name}:0"][()].astype(np.float32)


def _load(module: nn.Module, **arrays: NDArray[np.float32]) -> None:
    state: dict[str, Tensor] = {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
    module.load_state_dict({**module.state_dict(), **state})
