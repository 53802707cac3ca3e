"""The BPNet-style network: sequence to one profile and one log-count per head."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import torch
from torch import Tensor, nn

from cisgrammar.config.profile import Architecture
from cisgrammar.profile.models.heads import Head, checked_heads
from cisgrammar.profile.models.layers import (
    convolve,
    few_channel_conv,
    first_conv,
    kernel_and_bias,
    residual_conv,
    residual_convs,
    to_channels_last,
)
from cisgrammar.profile.models.profile_model import ProfileModel


def fused(module: nn.Module) -> bool:
    """Whether the fast forms may run: always, except for gradients through a model in eval mode.

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
            return few_channel_conv(trunk, *kernel_and_bias(self.conv))
        return convolve(trunk, self.conv.weight, self.conv.bias).squeeze(2)  # (batch, tasks, out)


class CountsHead(nn.Module):
    """Log-count of one head: mean of the trunk over all its positions, then a linear layer.

    `norm` stands between the two while a model trains with `standardise_counts`, and never in a saved model.
    """

    norm: nn.Module | None

    def __init__(self, num_filters: int) -> None:
        super().__init__()
        self.linear = nn.Linear(num_filters, 1)
        self.register_module("norm", None)

    def forward(self, trunk: Tensor) -> Tensor:
        """`(batch, filters, 1, length)` to `(batch, 1)` natural-log counts."""
        means = trunk.mean(dim=(2, 3), dtype=torch.float32)  # (batch, filters)
        return self.linear(means if self.norm is None else self.norm(means))  # (batch, 1)


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
            return residual_conv(x, *kernel_and_bias(self.conv), self.dilation)
        active = self.relu(convolve(x, self.conv.weight, self.conv.bias, self.dilation))
        return active + x[..., self.dilation : -self.dilation]  # (batch, filters, 1, length - 2 * dilation)


class SoloModel(ProfileModel):
    """Sequence to profile logits and log-counts; valid convolutions, dilations 2, 4, ..., 2^layers.

    The architecture is BPNet's as BPReveal builds it: a first convolution with ReLU, dilated residual blocks, and
    per head a wide convolution for the profile and a pooled linear layer for the counts. Kernels start
    Glorot-uniform, biases at zero.

    Parameters
    ----------
    architecture
        Channels of the trunk, number of dilated convolutions, widths of the first convolution and of the profile
        heads. With `output_length` they give the input length.
    output_length
        bp.
    heads
        What it predicts.
    seed
        Seed of the starting weights; None draws from torch's global state.
    input_length
        bp; None: as many as the profile needs. With more, counts are pooled over a longer trunk than the profile's, as
        ChromBPNet's bias models have it.

    Raises
    ------
    ValueError
        If `input_length` is less than the profile needs, or more by an odd number.
    """

    def __init__(
        self,
        architecture: Architecture,
        output_length: int,
        heads: Iterable[Head],
        seed: int | None = None,
        *,
        input_length: int | None = None,
    ) -> None:
        super().__init__()
        self.architecture = architecture
        self.heads = checked_heads(heads)
        self.output_length = output_length
        needed = architecture.input_length(output_length)
        self.input_length = needed if input_length is None else input_length
        self.beyond = (self.input_length - needed) // 2
        if self.input_length < needed or (self.input_length - needed) % 2:
            raise ValueError(f"input_length must be {needed} bp, or more by an even number, got {input_length}")
        filters, width = architecture.filters, architecture.output_filter_width
        self.input_conv = nn.Conv1d(4, filters, architecture.input_filter_width)
        self.relu = nn.ReLU()
        self.blocks = nn.ModuleList(DilatedBlock(filters, 2 ** (i + 1)) for i in range(architecture.layers))
        self.profile_heads = nn.ModuleList(ProfileHead(filters, h.tasks, width) for h in self.heads)
        self.counts_heads = nn.ModuleList(CountsHead(filters) for _ in self.heads)
        initialise(self, seed)

    def dilated_blocks(self) -> list[DilatedBlock]:
        """Those of the trunk, the first that is met first."""
        return [cast("DilatedBlock", block) for block in self.blocks]

    def trunk(self, x: Tensor) -> Tensor:
        """One-hot `(batch, 4, input_length)` to `(batch, filters, 1, output_length + W_out - 1 + 2 beyond)`."""
        if x.ndim != 3 or x.shape[1] != 4:
            raise ValueError(f"sequences must be one-hot, (batch, 4, length), rows A C G T; got {tuple(x.shape)}")
        x = crop_to(x, self.input_length)
        if fused(self):
            blocks = self.dilated_blocks()
            convs = [kernel_and_bias(block.conv) for block in blocks]
            x = first_conv(x, *kernel_and_bias(self.input_conv))  # (batch, filters, 1, length)
            return residual_convs(x, convs, [block.dilation for block in blocks])
        x = to_channels_last(x)  # (batch, 4, 1, input_length)
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
        centre = trunk[..., self.beyond : -self.beyond] if self.beyond else trunk
        profiles = tuple(head(centre) for head in self.profile_heads)
        return profiles + tuple(head(trunk) for head in self.counts_heads)


def initialise(module: nn.Module, seed: int | None) -> None:
    """Glorot-uniform kernels and zero biases in every layer of `module`."""
    generator = None if seed is None else torch.Generator().manual_seed(seed)
    for layer in module.modules():
        if isinstance(layer, nn.Conv1d | nn.Linear):
            nn.init.xavier_uniform_(layer.weight, generator=generator)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def crop_to(x: Tensor, length: int) -> Tensor:
    """The centre `length` positions of the last axis; ValueError if there are fewer or the rest is odd."""
    extra = x.shape[-1] - length
    if extra < 0 or extra % 2:
        raise ValueError(f"sequence must be {length} bp long (or longer by an even number), got {x.shape[-1]}")
    return x[..., extra // 2 : extra // 2 + length]
