"""Save and load the parameters of a layer or a whole model, shapes included."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from cisgrammar import __version__
from cisgrammar.files.atomic import atomic_path


def save(module: nn.Module, path: str | Path, flank_lengths: Sequence[tuple[int, int]] = ()) -> None:
    """Write `{"state_dict", "metadata"}`: parameters, and version and scored flanks of each table."""
    metadata = {"version": __version__, "flank_lengths": [list(pair) for pair in flank_lengths]}
    # An open file, not a name: torch writes the name into the file, and a temporary one is another each time.
    with atomic_path(path) as temporary, temporary.open("wb") as handle:
        torch.save({"state_dict": module.state_dict(), "metadata": metadata}, handle)


def reload(module: nn.Module, path: str | Path) -> dict[str, Any]:
    """Load what `save` wrote into `module` and return the metadata; runs no code that the file might hold."""
    content = torch.load(path, map_location="cpu", weights_only=True)
    if not isinstance(content, dict) or "state_dict" not in content:
        raise ValueError(f"{path}: holds no state_dict; wanted a file that save wrote")
    load(module, content["state_dict"])
    return content["metadata"]


@torch.no_grad()
def load(module: nn.Module, state_dict: dict[str, Any]) -> None:
    """Load parameters whose shapes may differ from the module's; ValueError names a key that does not fit."""
    wanted = module.state_dict()
    if set(wanted) != set(state_dict):
        odd = sorted(set(wanted) ^ set(state_dict))[0]
        raise ValueError(f"state does not fit the model: {odd!r} is missing or unknown; build the same model first")
    for name, part in module.named_modules(remove_duplicate=False):
        key = f"{name}._extra_state" if name else "_extra_state"
        if key in state_dict:
            part.set_extra_state(state_dict[key])
    for name, parameter in module.named_parameters(remove_duplicate=False):
        value = state_dict[name]
        parameter.data = value.to(device=parameter.device, dtype=parameter.dtype).clone()


def trained(model: nn.Module) -> int:
    """How many numbers are trained."""
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def jitter(model: nn.Module, rng: np.random.Generator) -> None:
    """Move all trained parameters a little, by 0.01 (standard deviation)."""
    for parameter in model.parameters():
        if parameter.requires_grad:
            noise = torch.from_numpy(rng.normal(0, 0.01, tuple(parameter.shape)))
            parameter.data += noise.to(parameter)
