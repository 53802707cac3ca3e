"""Where and in what precision a model runs."""

from __future__ import annotations

import contextlib

import torch


def pick_device(name: str | torch.device, precision: str = "fp32") -> torch.device:
    """The device asked for, set up for `precision`; ValueError if it is not there. Never another device in silence."""
    device = torch.device(name) if str(name).split(":")[0] in ("cpu", "cuda") else None
    if device is None:
        raise ValueError(f"device: must be cpu or cuda, got {name!r}")
    if device.type == "cuda":
        if not torch.cuda.is_available():
            raise ValueError("device: cuda was asked for, but torch sees no GPU; use device: cpu or a node with a GPU")
        # The same weights from the same seed: kernels that sum in a varying order are left out.
        torch.backends.cudnn.deterministic = True
        torch.backends.cudnn.benchmark = False
        # torch rounds what convolutions multiply to 10 bits unless told otherwise: 4e-3 of a small model's logits.
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    return device


def has_fast_bf16(device: torch.device) -> bool:
    """Whether the device computes in bf16; elsewhere it is emulated, ten times slower than fp32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()


def autocast(device: torch.device, precision: str) -> contextlib.AbstractContextManager:
    """Context in which convolutions and products run in `precision` (fp32, tf32 or bf16)."""
    if precision != "bf16":
        return contextlib.nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)


def describe(device: torch.device, precision: str) -> str:
    """For a log line: device, precision, threads."""
    if precision == "bf16" and not has_fast_bf16(device):
        precision = "bf16 EMULATED, ten times slower than fp32: set precision: fp32"
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, {precision}"
    return f"cpu, {torch.get_num_threads()} thread{'s' * (torch.get_num_threads() > 1)}, {precision}"
