"""Where and in what precision a model runs."""

from __future__ import annotations

import contextlib

import torch


def pick_device(name: str) -> torch.device:
    """The device asked for; ValueError if it is not there. Never another device in silence."""
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("device: cuda was asked for, but torch sees no GPU; use device: cpu or a node with a GPU")
    if name not in ("cpu", "cuda"):
        raise ValueError(f"device: must be cpu or cuda, got {name!r}")
    if name == "cuda":
        # The same weights from the same seed: kernels that sum in a varying order are left out.
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False
    return torch.device(name)


def has_fast_bf16(device: torch.device) -> bool:
    """Whether the device computes in bf16; elsewhere it is emulated, ten times slower than fp32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def autocast(device: torch.device, precision: str) -> contextlib.AbstractContextManager:
    """Context in which convolutions and products run in `precision` (fp32 or bf16)."""
    if precision == "fp32":
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)


def describe(device: torch.device, precision: str) -> str:
    """For a log line: device, precision, threads."""
    if precision == "bf16" and not has_fast_bf16(device):
        precision = "bf16 EMULATED, ten times slower than fp32: set precision: fp32"
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, {precision}"
    return f"cpu, {torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}, {precision}"
