"""Load and move the parameters of a layer or a whole model, shapes included."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn


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
