"""Window scores that several terms of one model share in one pass."""

from __future__ import annotations

import torch

from cisgrammar.binding.kernels.shares import Shares
from cisgrammar.binding.layers.conv1d import Conv1d


class WindowCache:
    """Window scores of one batch of reads, each layer's computed once."""

    def __init__(self) -> None:
        self._scores: dict[int, torch.Tensor] = {}
        # The factors are kept so that no other takes the number of one.
        self._shares: dict[tuple[int, int], tuple[torch.Tensor | None, Shares | None]] = {}

    def windows(self, layer: Conv1d, seqs: torch.Tensor) -> torch.Tensor:
        """`layer(seqs)`, from the first call on."""
        if id(layer) not in self._scores:
            self._scores[id(layer)] = layer(seqs)
        return self._scores[id(layer)]

    def shares(self, layer: Conv1d, seqs: torch.Tensor, factor: torch.Tensor | None = None) -> Shares | None:
        """`layer.shares(seqs, factor)`, from the first call with the very factor on."""
        key = id(layer), id(factor)
        if key not in self._shares:
            self._shares[key] = factor, layer.shares(seqs, factor)
        return self._shares[key][1]
