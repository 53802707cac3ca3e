"""A line on the k-mers of a window, as a torch module that can be differentiated in the sequence."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgrammar.profile.models.solo import crop_to

_CHUNK = 256


class KmerLine(nn.Module):
    """Log-counts as an intercept plus a weight for each k-mer of the window.

    A k-mer is seen by a convolution that adds up its letters, and a ReLU that is 1 where all of them match, so that
    attribution by layers works. Without gradients, on one-hot sequence, weights are looked up instead: the same
    number without the 4^k channels.

    Parameters
    ----------
    k
        Length of the k-mers.
    heads
        How many signals.
    output_length
        bp of a window.
    """

    def __init__(self, k: int, heads: int, output_length: int) -> None:
        super().__init__()
        self.k, self.output_length = k, output_length
        self.weights: Tensor
        self.intercept: Tensor
        self.register_buffer("weights", torch.zeros(heads, 4**k))
        self.register_buffer("intercept", torch.zeros(heads))
        # One ReLU for each chunk: attribution remembers a module's input, so that none may run twice.
        self.relus = nn.ModuleList(nn.ReLU() for _ in range(0, 4**k, _CHUNK))

    def forward(self, x: Tensor) -> Tensor:
        """One-hot `(batch, 4, length)`, the window at its centre, to log-counts `(batch, heads)`."""
        x = crop_to(x, self.output_length)
        if not torch.is_grad_enabled() and bool(((x == 0) | (x == 1)).all()):
            return self._looked_up(x)
        total = self.intercept.expand(len(x), -1)
        for relu, first in zip(self.relus, range(0, 4**self.k, _CHUNK), strict=True):
            filters = self._filters(first).to(x)  # (kmers, 4, k)
            there = relu(functional.conv1d(x, filters) - (self.k - 1))  # (batch, kmers, length - k + 1)
            total = total + there.sum(2) @ self.weights[:, first : first + _CHUNK].T
        return total  # (batch, heads)

    def _filters(self, first: int) -> Tensor:
        """One-hot letters of the k-mers of a chunk, `(kmers, 4, k)`; a k-mer's number has its first letter highest."""
        numbers = torch.arange(first, min(first + _CHUNK, 4**self.k))
        powers = 4 ** torch.arange(self.k - 1, -1, -1)
        return functional.one_hot(numbers[:, None] // powers % 4, 4).transpose(1, 2).float()

    def _looked_up(self, x: Tensor) -> Tensor:
        known = x.sum(1).unfold(1, self.k, 1).sum(2) == self.k  # (batch, length - k + 1)
        powers = 4 ** torch.arange(self.k - 1, -1, -1, device=x.device)
        numbers = (x.argmax(1).unfold(1, self.k, 1) * powers).sum(2)  # (batch, length - k + 1)
        return self.intercept + (self.weights[:, numbers] * known).sum(2).T  # (batch, heads)
