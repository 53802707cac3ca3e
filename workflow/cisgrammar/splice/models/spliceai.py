"""The SpliceAI network (Jaganathan et al. 2019, "Predicting splicing from primary sequence with deep learning").

Residual blocks of two dilated convolutions, each after batch normalisation and ReLU; a 1x1 convolution before the
first block and after every fourth leads to the sum that the last 1x1 convolution turns into logits. The original pads
every convolution and crops at the end; here each convolution drops what it cannot see, which gives the same numbers
with a quarter less work at a context of 10,000.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgrammar.training.shared_norm import SharedBatchNorm

FILTERS = 32
GROUP = 4
"""Blocks between two 1x1 convolutions to the sum."""
EPSILON = 1e-3
"""Of batch normalisation, as in Keras."""


class Block(NamedTuple):
    """Width of the two convolutions of a residual block, and the distance in bp between their taps."""

    width: int
    dilation: int

    @property
    def reach(self) -> int:
        """Bases that the block sees on either side."""
        return self.dilation * (self.width - 1)


_GROUPS = (Block(11, 1), Block(11, 4), Block(21, 10), Block(41, 25))
BLOCKS = {
    80: _GROUPS[:1],
    400: _GROUPS[:2],
    2000: _GROUPS[:3],
    10000: _GROUPS,
}
"""Context in bp, both sides together -> the blocks, each of which comes `GROUP` times."""


def to_channels_last(x: Tensor) -> Tensor:
    """`(N, channels, T)` to `(N, channels, 1, T)` with channels contiguous: torch has that format for images only."""
    return x.unsqueeze(2).contiguous(memory_format=torch.channels_last)  # (N, channels, 1, T)


class ValidConv(nn.Conv1d):
    """A dilated convolution without padding, of `(N, in, 1, T)` to `(N, out, 1, T - dilation * (width - 1))`."""

    bias: Tensor

    def __init__(self, inputs: int, outputs: int, width: int = 1, dilation: int = 1) -> None:
        super().__init__(inputs, outputs, width, dilation=dilation)
        nn.init.xavier_uniform_(self.weight)
        nn.init.zeros_(self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Channels-last in and out."""
        kernel = self.weight.unsqueeze(2).contiguous(memory_format=torch.channels_last)  # (out, in, 1, width)
        return functional.conv2d(x, kernel, self.bias, dilation=(1, self.dilation[0]))


class ResidualBlock(nn.Module):
    """Batch normalisation, ReLU, convolution, twice; plus the centre of the input."""

    def __init__(self, block: Block, slope: float = 0.0, epsilon: float = EPSILON) -> None:
        super().__init__()
        self.block, self.slope = block, slope
        self.norm1, self.norm2 = (SharedBatchNorm(FILTERS, eps=epsilon) for _ in range(2))
        self.conv1, self.conv2 = (ValidConv(FILTERS, FILTERS, block.width, block.dilation) for _ in range(2))

    def forward(self, x: Tensor) -> Tensor:
        """`(N, 32, 1, T)` to `(N, 32, 1, T - 2 * reach)`."""
        y = self.conv1(self._rectified(self.norm1(x)))  # (N, 32, 1, T - reach)
        y = self.conv2(self._rectified(self.norm2(y)))  # (N, 32, 1, T - 2 * reach)
        return y + centre(x, y.shape[3])

    def _rectified(self, x: Tensor) -> Tensor:
        if self.slope:
            return functional.leaky_relu(x, self.slope, inplace=True)
        return functional.relu(x, inplace=True)


def centre(x: Tensor, length: int) -> Tensor:
    """The middle `length` positions of `(N, channels, 1, T)`."""
    return x.narrow(3, (x.shape[3] - length) // 2, length)  # (N, channels, 1, length)


class SpliceAI(nn.Module):
    """One-hot sequence to logits of null, acceptor and donor, channels last.

    Parameters
    ----------
    context
        80, 400, 2000 or 10000: bases seen, half of them on each side, which the output is shorter by.
    seed
        Seed of the starting weights (Glorot-uniform kernels, zero biases); None draws from torch's global state.
    slope
        Of the rectifiers below 0: 0 for ReLU; OpenSpliceAI has 0.1.
    epsilon
        Of batch normalisation.

    Raises
    ------
    ValueError
        If there is no such variant.
    """

    def __init__(self, context: int, seed: int | None = None, slope: float = 0.0, epsilon: float = EPSILON) -> None:
        super().__init__()
        if context not in BLOCKS:
            raise ValueError(f"SpliceAI has contexts of {', '.join(map(str, BLOCKS))} bp, got {context}")
        self.context, self.slope, self.epsilon = context, slope, epsilon
        with torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            self.first = ValidConv(4, FILTERS)
            self.blocks = nn.ModuleList(ResidualBlock(b, slope, epsilon) for b in BLOCKS[context] for _ in range(GROUP))
            self.skips = nn.ModuleList(ValidConv(FILTERS, FILTERS) for _ in range(len(BLOCKS[context]) + 1))
            self.last = ValidConv(FILTERS, 3)

    def forward(self, x: Tensor) -> Tensor:
        """One-hot `(N, T, 4)`, T more than the context, to logits `(N, T - context, 3)`."""
        if x.shape[1] <= self.context:
            raise ValueError(f"SpliceAI-{self.context} needs more than {self.context} bp, got {x.shape[1]}")
        length = x.shape[1] - self.context
        x = self.first(to_channels_last(x.transpose(1, 2)))  # (N, 32, 1, T)
        total = self.skips[0](centre(x, length))  # (N, 32, 1, length)
        for i, block in enumerate(self.blocks, 1):
            x = block(x)
            if i % GROUP == 0:
                total = total + self.skips[i // GROUP](centre(x, length))
        return self.last(total).squeeze(2).transpose(1, 2).float()  # (N, length, 3)
