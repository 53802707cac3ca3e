"""The reference's matrix: centred or not, dilated, over the channels of another layer."""

from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.binding.layers import psam
from cisgrammar.binding.layers.psam import Seed
from cisgrammar.binding.reads.alphabet import Alphabet


class PSAM(psam.PSAM):
    """A `layers.psam.PSAM` with the reference's other options.

    Parameters
    ----------
    kernel_size, symmetry, pairwise_distance, score_reverse, seed
        As there.
    dilation
        Bases from one position of the matrix to the next.
    gauge
        `free`, or `centred`: the mean of each position (and of each pair) is taken off when scoring.
    self_pairs
        How a pair of positions that is its own mirror image under `symmetry` is scored: `free` as the reference has
        it, or `mirrored` so that the matrix is its own reverse complement.
    in_channels
        Channels of the layer whose output is scored; None scores DNA.
    """

    def __init__(
        self,
        kernel_size: int,
        symmetry: Sequence[int] | None = None,
        pairwise_distance: int = 0,
        dilation: int = 1,
        score_reverse: bool = True,
        seed: Seed | None = None,
        gauge: Literal["free", "centred"] = "free",
        self_pairs: Literal["mirrored", "free"] = "free",
        in_channels: int | None = None,
    ) -> None:
        if dilation < 1:
            raise ValueError(f"dilation must be >= 1, got {dilation}")
        if pairwise_distance and dilation > 1:
            raise ValueError("pairwise_distance needs dilation 1; set one of the two back")
        if in_channels is not None:
            self.alphabet = _channels(in_channels, seed)
        self.dilation = dilation
        self.gauge = gauge
        self.self_pairs = self_pairs
        super().__init__(kernel_size, symmetry, pairwise_distance, score_reverse, seed)

    @property
    def in_channels(self) -> int:
        """Channels of the input: letters, or the channels of the layer before."""
        return self.alphabet.size

    @property
    def size(self) -> int:
        """Positions of the input that a window spans."""
        return self.dilation * (self.kernel_size - 1) + 1

    def letters(self) -> tuple[torch.Tensor, NDArray[np.int64]]:
        """As there; of a centred matrix the values are those that are left."""
        if self.gauge == "free":
            return super().letters()
        values = self.get_filter()  # (channels, letters, positions)
        return values, np.arange(values.numel()).reshape(values.shape)

    def _monomers(self) -> torch.Tensor:
        values = super()._monomers()  # (letters, positions)
        return values - values.mean(0, keepdim=True) if self.gauge == "centred" else values

    def _pairs(self, distance: int) -> torch.Tensor:
        values = super()._pairs(distance)  # (letters, letters, positions - distance)
        return values - values.mean((0, 1), keepdim=True) if self.gauge == "centred" else values

    def _mirrored(self, block: torch.Tensor) -> torch.Tensor:
        return super()._mirrored(block) if self.self_pairs == "mirrored" else block

    @torch.no_grad()
    def fix_gauge(self) -> float:
        """Centre each position and return the constant that every window's score has lost.

        With pairs and without `symmetry`, what depends on one of a pair's two positions alone moves to that first.
        """
        if len(self.classes) == self.kernel_size:
            order = {c: row for row, c in enumerate(self.classes)}
            for row, (low, high) in enumerate(self.pair_keys):
                block = self.pair_betas[row].clone()
                for axis, key in ((1, low), (0, high)):
                    margin = block.mean(axis, keepdim=True)
                    block -= margin
                    self.betas[order[key]] += margin.flatten()
                self.pair_betas[row] = block
        means = self.betas.mean(1, keepdim=True)  # (classes, 1)
        self.betas.sub_(means)
        uses = torch.tensor([sum(abs(s) == c for s in self.symmetry) for c in self.classes])
        return float((means.flatten().cpu() * uses).sum())

    @torch.no_grad()
    def load_beta_items(self, items: dict[str, float]) -> None:
        """Set parameters by the names that `beta_items` gives; ValueError if any is missing or unknown."""
        wanted = self.beta_items()
        if set(items) != set(wanted):
            odd = sorted(set(items) ^ set(wanted))[0]
            raise ValueError(f"parameters do not fit the matrix: {odd!r} is missing or unknown")
        letters = self.alphabet.size
        for row, c in enumerate(self.classes):
            for b in range(letters):
                self.betas[row, b] = items[f"{c}-{b}"]
        for row, (low, high) in enumerate(self.pair_keys):
            for j in range(letters**2):
                self.pair_betas[row, j // letters, j % letters] = items[f"{low}-{high}-{j}"]


def _channels(number: int, seed: Seed | None) -> Alphabet:
    letters = string.ascii_lowercase
    if not 1 <= number <= len(letters):
        raise ValueError(f"in_channels must be from 1 to {len(letters)}, got {number}")
    if seed is not None and seed.pattern:
        raise ValueError(f"seed {seed.pattern!r} is of DNA; a matrix over in_channels starts at random")
    return Alphabet(letters[:number])
