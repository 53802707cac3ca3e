"""Toy models of many heads: motifs add up, and each head has noise that makes any two edits interact a little."""

import numpy as np
import torch
from torch import nn

from cisgrammar.profile.models.heads import Head
from toy_sites import FLANK, LENGTH


class Heads(nn.Module):
    """Ln counts of each head: `height` per GATAC or GTATC, `bonus` per two GATAC 9 bp apart, and `noise`.

    The noise is a mean of 16 sines of random linear functions of the sequence: of no edit more than of another.
    """

    def __init__(self, heads=20, height=0.5, bonus=0.0, noise=0.05, seed=0):
        super().__init__()
        self.heads = tuple(Head(f"h{i}", 1) for i in range(heads))
        self.input_length, self.output_length = LENGTH + 2 * FLANK, LENGTH
        self.height, self.bonus, self.noise = height, bonus, noise
        weights = np.random.default_rng(seed).normal(size=(4 * self.input_length, 16 * heads))
        self.weights = torch.from_numpy(weights.astype(np.float32))

    def forward(self, x):
        forward, reverse = (self._found(x, letters) for letters in ("GATAC", "GTATC"))
        counts = self.height * (forward + reverse).sum(dim=1, keepdim=True)
        counts = counts + self.bonus * (forward[:, :-9] * forward[:, 9:]).sum(dim=1, keepdim=True)
        counts = counts + self.bonus * (reverse[:, :-9] * reverse[:, 9:]).sum(dim=1, keepdim=True)
        waves = torch.sin(x.flatten(1) @ self.weights).unflatten(1, (len(self.heads), -1))  # (batch, heads, 16)
        noise = self.noise * waves.sum(dim=2) / 4  # (batch, heads)
        profile = torch.zeros(len(x), 1, self.output_length)
        return (*[profile] * len(self.heads), *(counts + noise).split(1, dim=1))

    @staticmethod
    def _found(x, letters):
        product = 1
        for i, base in enumerate(letters):
            product = product * x[:, "ACGT".index(base), i : x.shape[2] - len(letters) + 1 + i]
        return product
