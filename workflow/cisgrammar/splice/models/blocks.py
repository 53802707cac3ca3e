"""Blocks of genes for training: a block of labelled bases, with the model's context on each side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cisgrammar.sequence.alphabet import N_CODE
from cisgrammar.splice.genes.gene_set import GeneSet
from cisgrammar.training.team import ALONE, Team

IGNORED = 255
"""Label of bases past the end of a gene: they have no part in the loss."""


@dataclass(frozen=True)
class Batch:
    """Some blocks: codes `(size, half + block + half)` and labels `(size, block)`, uint8."""

    codes: Tensor
    labels: Tensor

    @property
    def size(self) -> int:
        """Number of blocks."""
        return len(self.codes)

    def to(self, device: torch.device) -> Batch:
        """The batch on a device."""
        return Batch(self.codes.to(device), self.labels.to(device))


@dataclass(frozen=True, eq=False)
class Blocks:
    """The genes of a set cut into blocks of one length; the last of a gene is padded with N.

    Attributes
    ----------
    genes
        The genes.
    block
        Labelled bases of a block.
    context
        Bases that the model sees, both sides together; even.
    """

    genes: GeneSet
    block: int
    context: int

    def __post_init__(self) -> None:
        if self.block < 1 or self.context % 2:
            raise ValueError(f"block must be positive and context even, got {self.block} and {self.context}")

    def places(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Gene and first base of every block, `(blocks,)` each."""
        count = -(-self.genes.lengths // self.block)  # (genes,)
        gene = np.repeat(np.arange(len(count)), count)  # (blocks,)
        rank = np.arange(len(gene)) - np.repeat(np.cumsum(count) - count, count)
        return gene, rank * self.block

    def __len__(self) -> int:
        return int((-(-self.genes.lengths // self.block)).sum())

    def batches(self, size: int, rng: np.random.Generator | None = None, team: Team = ALONE) -> Iterator[Batch]:
        """All blocks once, in batches of at most `size`; in random order if `rng` is given.

        Of each batch, this process's part.
        """
        gene, start = self.places()
        order = np.arange(len(gene)) if rng is None else rng.permutation(len(gene))
        for first in range(0, len(order), size):
            chosen = order[first : first + size]
            chosen = chosen[team.share(len(chosen))]
            yield self._batch(gene[chosen], start[chosen])

    def _batch(self, gene: NDArray[np.int64], start: NDArray[np.int64]) -> Batch:
        half = self.context // 2
        codes = np.full((len(gene), self.block + self.context), N_CODE, dtype=np.uint8)
        labels = np.full((len(gene), self.block), IGNORED, dtype=np.uint8)
        for row, (g, s) in enumerate(zip(gene.tolist(), start.tolist(), strict=True)):
            codes[row] = self.genes.window(g, s - half, s + self.block + half)
            known = self.genes.gene(g)[1][s : s + self.block]
            labels[row, : len(known)] = known
        return Batch(torch.from_numpy(codes), torch.from_numpy(labels))
