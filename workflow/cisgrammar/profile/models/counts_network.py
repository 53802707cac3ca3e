"""The network of its own for the number of reads: local rates at a resolution of 32 bp, and the total of a window."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from cisgrammar.profile.models.solo import initialise

BIN = 32
"""bp: positions that the pools bring together."""
_POOLS = (4, 4, 2)
_WIDTHS = (15, 5, 5)


class _Residual(nn.Module):
    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.conv = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.norm = nn.BatchNorm1d(channels)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        return x + self.relu(self.norm(self.conv(x)))  # (batch, channels, bins)


class CountsNetwork(nn.Module):
    """Sequence to the rate of reads in bins of 32 bp, and to the log-count of the window at its centre.

    Three convolutions with pools, then dilated residual blocks (dilations 1, 2, 4, ... bins), all zero-padded. Rates
    are what it is first trained on, anywhere in the genome; the total is a line on the mean of its features over the
    window. Contributions by DeepLIFT add up through all of its layers, pools too (`perturb.contributions`).

    Parameters
    ----------
    heads
        How many signals.
    output_length
        bp of a window.
    channels, layers
        Of all convolutions; number of residual blocks.
    seed
        Of the starting weights.
    """

    def __init__(self, heads: int, output_length: int, channels: int, layers: int, seed: int) -> None:
        super().__init__()
        self.output_length, self.channels, self.layers = output_length, channels, layers
        stem: list[nn.Module] = []
        for width, pool, inputs in zip(_WIDTHS, _POOLS, (4, channels, channels), strict=True):
            conv = nn.Conv1d(inputs, channels, width, padding=width // 2)
            stem += [conv, nn.BatchNorm1d(channels), nn.ReLU(), nn.MaxPool1d(pool)]
        self.stem = nn.Sequential(*stem)
        self.blocks = nn.ModuleList(_Residual(channels, 2**i) for i in range(layers))
        self.rates = nn.Conv1d(channels, heads, 1)
        self.total = nn.Linear(channels, heads)
        initialise(self, seed)

    def features(self, x: Tensor) -> Tensor:
        """One-hot `(batch, 4, length)`, cropped to whole bins around its centre, to `(batch, channels, bins)`."""
        bins = x.shape[-1] // BIN
        first = (x.shape[-1] - bins * BIN) // 2
        x = self.stem(x[..., first : first + bins * BIN])  # (batch, channels, bins)
        for block in self.blocks:
            x = block(x)
        return x

    def log_rates(self, x: Tensor) -> Tensor:
        """Natural log of the reads expected in each bin, `(batch, heads, bins)`."""
        return self.rates(self.features(x))

    def forward(self, x: Tensor) -> Tensor:
        """One-hot `(batch, 4, length)`, the window at its centre, to its log-counts `(batch, heads)`."""
        features = self.features(x)
        wanted = bins_of(self.output_length)
        first = (features.shape[-1] - wanted) // 2
        return self.total(features[..., first : first + wanted].mean(2))  # (batch, heads)

    def start_totals(self) -> None:
        """Let the total begin as the mean log rate plus the log of the number of bins."""
        with torch.no_grad():
            self.total.weight.copy_(self.rates.weight[:, :, 0])
            self.total.bias.copy_(self.get_parameter("rates.bias") + math.log(bins_of(self.output_length)))


def bins_of(length: int) -> int:
    """Bins that cover `length` bp."""
    return -(-length // BIN)
