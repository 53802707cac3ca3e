"""Read OpenSpliceAI's published weights.

A `.pt` file is a state dict of SpliceAI's layers with other names: `initial_conv`, `initial_skip.conv`, `final_conv`,
and `residual_units`, where after every four blocks (`batchnorm1`, `conv1`, `batchnorm2`, `conv2`) comes a 1x1
convolution to the sum (`conv`). Its rectifiers have a slope of 0.1 below 0, and batch normalisation torch's epsilon;
dilations are not in the file, they follow from SpliceAI's by the widths.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from cisgrammar.splice.models.spliceai import BLOCKS, GROUP, SpliceAI

SLOPE = 0.1
EPSILON = 1e-5
_WRAPPERS = ("state_dict", "model_state_dict")
_PARALLEL = "module."


def load_openspliceai(path: str | Path) -> SpliceAI:
    """Read a model of any of the four contexts from OpenSpliceAI's `.pt`; nothing but tensors is read of it.

    Parameters
    ----------
    path
        `model_10000nt_rs10.pt` or the like.

    Returns
    -------
    SpliceAI
        In eval mode, on the CPU.

    Raises
    ------
    ValueError
        If it is no file of weights, or its network is not SpliceAI's.
    """
    weights = _read(path)
    context = _context(path, weights)
    model = SpliceAI(context, 0, SLOPE, EPSILON)
    names = _names(context)
    own = model.state_dict()
    extra = sorted(set(weights) - set(names.values()))
    missing = sorted({theirs for theirs in names.values() if not theirs.endswith("num_batches_tracked")} - set(weights))
    if extra or missing:
        what = f"no {missing[0]!r}" if missing else f"an unknown {extra[0]!r}"
        raise ValueError(f"{path}: {what}; wanted the layers of OpenSpliceAI with context {context}")
    found = {ours: weights.get(theirs, own[ours]) for ours, theirs in names.items()}
    for ours, value in found.items():
        if value.shape != own[ours].shape:
            raise ValueError(
                f"{path}: {names[ours]} has shape {tuple(value.shape)}, wanted {tuple(own[ours].shape)} in "
                f"OpenSpliceAI with context {context}"
            )
    model.load_state_dict(found)
    return model.eval()


def _read(path: str | Path) -> Mapping[str, Tensor]:
    try:
        found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        why = " ".join(str(error).split()[:12])
        raise ValueError(f"{path}: no file of weights ({why}); wanted a state dict of OpenSpliceAI") from None
    for name in _WRAPPERS:
        if isinstance(found, Mapping) and isinstance(found.get(name), Mapping):
            found = found[name]
    if not isinstance(found, Mapping) or not all(isinstance(value, Tensor) for value in found.values()):
        raise ValueError(f"{path}: a {type(found).__name__}; wanted a state dict of OpenSpliceAI (name -> tensor)")
    return {name.removeprefix(_PARALLEL): value for name, value in found.items()}


def _context(path: str | Path, weights: Mapping[str, Tensor]) -> int:
    """The variant, by the widths of its blocks."""
    got = {}
    for name, value in weights.items():
        parts = name.split(".")
        if parts[0] == "residual_units" and parts[2:] == ["conv1", "weight"] and value.ndim == 3:
            got[int(parts[1])] = value.shape[2]
    widths = [got[index] for index in sorted(got)]
    for context, blocks in BLOCKS.items():
        if widths == [block.width for block in blocks for _ in range(GROUP)]:
            return context
    raise ValueError(
        f"{path}: {len(widths)} residual blocks of widths {sorted(set(widths))}; wanted those of OpenSpliceAI with "
        f"context {', '.join(map(str, BLOCKS))}"
    )


def _names(context: int) -> dict[str, str]:
    """Our names of weights -> OpenSpliceAI's."""
    layers = {"first": "initial_conv", "skips.0": "initial_skip.conv", "last": "final_conv"}
    norms = {}
    for group in range(len(BLOCKS[context])):
        first = group * (GROUP + 1)
        for i in range(GROUP):
            for number in (1, 2):
                layers[f"blocks.{group * GROUP + i}.conv{number}"] = f"residual_units.{first + i}.conv{number}"
                norms[f"blocks.{group * GROUP + i}.norm{number}"] = f"residual_units.{first + i}.batchnorm{number}"
        layers[f"skips.{group + 1}"] = f"residual_units.{first + GROUP}.conv"
    kinds = {
        **dict.fromkeys(layers.items(), ("weight", "bias")),
        **dict.fromkeys(norms.items(), ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")),
    }
    return {f"{ours}.{kind}": f"{theirs}.{kind}" for (ours, theirs), names in kinds.items() for kind in names}
