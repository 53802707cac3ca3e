"""The BPNet-style network: sequence to one profile and one log-count per head."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from cisgrammar.profile.models.heads import Head, as_heads
from cisgrammar.profile.models.layers import convolve, few_channel_conv, residual_conv, to_channels_last


def receptive_flank(num_layers: int, input_filter_width: int, output_filter_width: int) -> int:
    """Bases that one output base needs on each side: half of (W_i - 1) + (2^(n+2) - 4) + (W_o - 1)."""
    return ((input_filter_width - 1) + (2 ** (num_layers + 2) - 4) + (output_filter_width - 1)) // 2


def fused(module: nn.Module) -> bool:
    """Whether the fast forms may run: always, but where someone wants gradients through a model in eval mode.

    Attribution methods hook the modules of a model in eval mode and differentiate more than once.
    """
    return module.training or not torch.is_grad_enabled()


class ProfileHead(nn.Module):
    """Logits of one head: a wide valid convolution of the trunk, no activation."""

    def __init__(self, num_filters: int, tasks: int, width: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(num_filters, tasks, width)

    def forward(self, trunk: Tensor) -> Tensor:
        """`(batch, filters, 1, length)` to `(batch, tasks, length - width + 1)` logits."""
        if fused(self):
            return few_channel_conv(trunk, self.conv.weight, self.conv.bias)
        return convolve(trunk, self.conv.weight, self.conv.bias).squeeze(2)  # (batch, tasks, out)


class CountsHead(nn.Module):
    """Log-count of one head: mean of the trunk over all its positions, then a linear layer."""

    def __init__(self, num_filters: int) -> None:
        super().__init__()
        self.linear = nn.Linear(num_filters, 1)

    def forward(self, trunk: Tensor) -> Tensor:
        """`(batch, filters, 1, length)` to `(batch, 1)` natural-log counts."""
        return self.linear(trunk.mean(dim=(2, 3), dtype=torch.float32))  # (batch, 1)


class DilatedBlock(nn.Module):
    """relu(dilated convolution of width 3) plus the centre of its input; nothing after the sum."""

    def __init__(self, num_filters: int, dilation: int) -> None:
        super().__init__()
        self.dilation = dilation
        self.conv = nn.Conv1d(num_filters, num_filters, 3, dilation=dilation)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """`(batch, filters, 1, length)` to `(batch, filters, 1, length - 2 * dilation)`."""
        if fused(self):
            return residual_conv(x, self.conv.weight, self.conv.bias, self.dilation)
        active = self.relu(convolve(x, self.conv.weight, self.conv.bias, self.dilation))
        return active + x[..., self.dilation : -self.dilation]  # (batch, filters, 1, length - 2 * dilation)


class SoloModel(nn.Module):
    """Sequence to profile logits and log-counts; valid convolutions, dilations 2, 4, ..., 2^num_layers.

    The architecture is BPNet's as BPReveal builds it: a first convolution with ReLU, `num_layers` dilated
    residual blocks, and per head a wide convolution for the profile and a pooled linear layer for the counts.
    Kernels start Glorot-uniform, biases at zero.

    Parameters
    ----------
    input_length, output_length
        bp. The output must be `input_length - 2 * receptive_flank(...)` long; a longer input is cropped, with a
        warning; a shorter one is a ValueError that names the length needed.
    num_filters, num_layers
        Channels of the trunk; number of dilated convolutions.
    input_filter_width, output_filter_width
        bp, odd: width of the first convolution and of the profile heads.
    heads
        `Head`s, or dictionaries with `head-name` and `num-tasks`.
    seed
        Seed of the starting weights; None draws from torch's global state.
    """

    def __init__(
        self,
        input_length: int,
        output_length: int,
        num_filters: int,
        num_layers: int,
        input_filter_width: int,
        output_filter_width: int,
        heads: Iterable[Head | Mapping[str, Any]],
        seed: int | None = None,
    ) -> None:
        super().__init__()
        for name, width in (("input", input_filter_width), ("output", output_filter_width)):
            if width < 1 or width % 2 == 0:
                raise ValueError(f"{name}_filter_width must be odd and positive, got {width}")
        self.heads = as_heads(heads)
        self.flank = receptive_flank(num_layers, input_filter_width, output_filter_width)
        self.output_length = output_length
        self.input_length = _checked_input_length(input_length, output_length + 2 * self.flank)
        self.num_filters, self.num_layers = num_filters, num_layers
        self.input_filter_width, self.output_filter_width = input_filter_width, output_filter_width
        self.input_conv = nn.Conv1d(4, num_filters, input_filter_width)
        self.relu = nn.ReLU()
        self.blocks = nn.ModuleList(DilatedBlock(num_filters, 2 ** (i + 1)) for i in range(num_layers))
        self.profile_heads = nn.ModuleList(ProfileHead(num_filters, h.tasks, output_filter_width) for h in self.heads)
        self.counts_heads = nn.ModuleList(CountsHead(num_filters) for _ in self.heads)
        initialise(self, seed)

    def architecture(self) -> dict[str, Any]:
        """All that `SoloModel(**...)` needs to build the same network."""
        return {
            "input_length": self.input_length,
            "output_length": self.output_length,
            "num_filters": self.num_filters,
            "num_layers": self.num_layers,
            "input_filter_width": self.input_filter_width,
            "output_filter_width": self.output_filter_width,
            "heads": [
                {"head-name": h.name, "num-tasks": h.tasks, "use-bias-counts": h.use_bias_counts} for h in self.heads
            ],
        }

    def trunk(self, x: Tensor) -> Tensor:
        """One-hot `(batch, 4, input_length)` to `(batch, filters, 1, output_length + output_filter_width - 1)`."""
        x = to_channels_last(crop_to(x, self.input_length))  # (batch, 4, 1, input_length)
        x = self.relu(convolve(x, self.input_conv.weight, self.input_conv.bias))
        for block in self.blocks:
            x = block(x)
        return x

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One-hot sequence to `(profile_0, ..., log_counts_0, ...)`.

        Parameters
        ----------
        x
            `(batch, 4, length)` one-hot, rows A C G T, N all zero; `length` at least `input_length`: what is
            longer is cropped to the centre.

        Returns
        -------
        tuple of Tensor
            Logits `(batch, tasks, output_length)` per head, then natural-log counts `(batch, 1)` per head.
        """
        trunk = self.trunk(x)
        profiles = tuple(head(trunk) for head in self.profile_heads)
        return profiles + tuple(head(trunk) for head in self.counts_heads)


def initialise(module: nn.Module, seed: int | None) -> None:
    """Glorot-uniform kernels and zero biases in every layer of `module`."""
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    for layer in module.modules():
        if isinstance(layer, nn.Conv1d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            nn.init.zeros_(layer.bias)


def crop_to(x: Tensor, length: int) -> Tensor:
    """The centre `length` positions of the last axis; ValueError if there are fewer or the rest is odd."""
    extra = x.shape[-1] - length
    if extra < 0 or extra % 2:
        raise ValueError(f"sequence must be {length} bp long (or longer by an even number), got {x.shape[-1]}")
    return x[..., extra // 2 : extra // 2 + length]


def _checked_input_length(given: int, needed: int) -> int:
    if given < needed:
        raise ValueError(f"input_length {given} is too short for this architecture: it needs {needed}")
    if (given - needed) % 2:
        raise ValueError(f"input_length {given} cannot be cropped to {needed} on both sides alike; use {needed}")
    if given > needed:
        warnings.warn(
            f"input_length {given} is longer than the {needed} bp that the architecture uses; it is cropped",
            stacklevel=3,
        )
    return needed
