"""Batch normalisation over a batch that several processes share (torch's own has no kernel for a CPU)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, distributed, nn


class SharedBatchNorm(nn.BatchNorm2d):
    """`nn.BatchNorm2d` whose mean and variance in training are those of all processes' parts of a batch together.

    With one process, and in eval mode, it is `nn.BatchNorm2d`. Ioffe and Szegedy 2015, equations of algorithm 1.
    Running means are always tracked, with a momentum.
    """

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor
    momentum: float

    def forward(self, x: Tensor) -> Tensor:
        """`(N, channels, H, W)` to the same; N may be 0 in some of the processes."""
        together = distributed.is_available() and distributed.is_initialized() and distributed.get_world_size() > 1
        if not (self.training and together):
            return super().forward(x)
        axes = (0, 2, 3)
        here = torch.cat([x.sum(axes), x.new_full((1,), x.numel() // x.shape[1])])  # (channels + 1,)
        totals = _Total.apply(here)
        number = totals[-1].detach()
        mean = totals[:-1] / number  # (channels,)
        centred = x - mean[:, None, None]
        variance = _Total.apply(centred.square().sum(axes)) / number  # (channels,)
        with torch.no_grad():
            self.num_batches_tracked.add_(1)
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * number / (number - 1), self.momentum)
        scale = self.weight * torch.rsqrt(variance + self.eps)  # (channels,)
        return centred * scale[:, None, None] + self.bias[:, None, None]


class _Total(torch.autograd.Function):
    """Sum over processes. Every process's loss depends on it, so that its gradient is a sum over processes too."""

    @staticmethod
    def forward(ctx: Any, here: Tensor) -> Tensor:
        total = here.clone()
        distributed.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        total = gradient.clone()
        distributed.all_reduce(total)
        return total
