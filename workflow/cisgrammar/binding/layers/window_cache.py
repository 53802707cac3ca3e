"""Window scores that several terms of one model share in one pass."""

from __future__ import annotations

import torch

from cisgrammar.binding.layers.conv1d import Conv1d


class WindowCache:
    """Window scores of one batch of reads, each layer's computed once."""

    def __init__(self) -> None:
        self._scores: dict[int, torch.Tensor] = {}

    def windows(self, layer: Conv1d, seqs: torch.Tensor) -> torch.Tensor:
        """`layer(seqs)`, from the first call on."""
        if id(layer) not in self._scores:
            self._scores[id(layer)] = layer(seqs)
        return self._scores[id(layer)]
