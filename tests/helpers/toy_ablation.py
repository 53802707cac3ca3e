"""Sequences and models for the ablation tests."""

import numpy as np
import torch
from torch import nn

from cisgrammar.sequence.alphabet import encode, one_hot


def sequences(number=3, length=60, seed=0):
    """Random one-hot sequences, `(number, 4, length)`."""
    return torch.from_numpy(one_hot(np.random.default_rng(seed).integers(0, 4, (number, length)).astype(np.uint8)))


def as_tensor(*texts):
    """One-hot of letters, `(texts, 4, length)`."""
    return torch.from_numpy(np.stack([one_hot(encode(text)) for text in texts]))


class CountMotif(nn.Module):
    """How often GATA occurs, `(batch, 1)`, and where, `(batch, 1, length - 3)`."""

    def __init__(self, outputs="count"):
        super().__init__()
        self.outputs = outputs
        self.seen = []

    def forward(self, x, *args):
        self.seen.append(len(x))
        where = (x[:, 2, :-3] * x[:, 0, 1:-2] * x[:, 3, 2:-1] * x[:, 0, 3:]).unsqueeze(1)  # (batch, 1, length - 3)
        count = where.sum(dim=2)
        for arg in args:
            count = count * arg
        return count if self.outputs == "count" else (where, count)


def stack(seed=0):
    """A small network of convolutions that ends in three numbers."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv1d(4, 16, 7, padding=3),
        nn.ReLU(),
        nn.Conv1d(16, 16, 3, dilation=2),
        nn.ReLU(),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(16, 3),
    )
