"""Modules of other conventions as modules of this one: one-hot `(N, T, 4)` to logits `(N, T', 3)`, channels last."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

_SMALLEST = torch.finfo(torch.float32).tiny


class ChannelsFirst(nn.Module):
    """Makes a channels-last model of one from `(N, 4, T)` to `(N, 3, T')`."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        """One-hot `(N, T, 4)` to `(N, T', 3)`."""
        return self.model(x.transpose(1, 2)).transpose(1, 2)  # (N, T', 3)


class FromProbabilities(nn.Module):
    """Makes a model of logits of one that returns probabilities: their logarithm, which a softmax leaves as it is."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        """One-hot `(N, T, 4)` to log-probabilities `(N, T', 3)`; a probability of 0 becomes the smallest float32."""
        probabilities = self.model(x)
        if not torch.is_floating_point(probabilities) or (probabilities < 0).any():
            raise ValueError("FromProbabilities: the model returns negative numbers, so no probabilities; unwrap it")
        return probabilities.float().clamp(min=_SMALLEST).log()


class Tempered(nn.Module):
    """A model whose logits are divided by a temperature."""

    def __init__(self, model: nn.Module, temperature: float) -> None:
        super().__init__()
        if not (math.isfinite(temperature) and temperature > 0):
            raise ValueError(f"temperature must be positive, got {temperature}")
        self.model, self.temperature = model, float(temperature)

    def forward(self, x: Tensor) -> Tensor:
        """One-hot `(N, T, 4)` to logits `(N, T', 3)`."""
        return self.model(x) / self.temperature
