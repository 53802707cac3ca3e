"""Run a splice model over whole genes in tiles: memory is that of a few tiles a thread, however long a gene is.

A tile of output bases is given `model_cl // 2` bases on each side, so its rows are those of the whole gene at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cisgrammar.files.progress import Progress
from cisgrammar.splice.genes.gene_set import gene_set
from cisgrammar.splice.models.model import ModelToAnalyze, log_softmax, logits
from cisgrammar.training.device import describe
from cisgrammar.training.lanes import map_in_lanes, model_lanes

SMALL_TILE = 10_000
"""Bases: the activations of such a tile stay in a processor's cache: two to three times as fast."""
_CUDA_BASES = 1 << 20


@dataclass(frozen=True)
class Tiling:
    """How genes are cut and how tiles are batched.

    Attributes
    ----------
    tile
        Output bases of a tile; None for 10,000, or four times the model's context if that is more.
    batch_bases
        Input bases of a batch, context included; None for one full tile on a CPU, a million on a GPU. Tiles of
        several short genes share a batch.
    precision
        fp32 or bf16.
    """

    tile: int | None = None
    batch_bases: int | None = None
    precision: Literal["fp32", "bf16"] = "fp32"

    def __post_init__(self) -> None:
        for name in ("tile", "batch_bases"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be at least 1 base, got {value}")
        if self.precision not in ("fp32", "bf16"):
            raise ValueError(f"precision must be fp32 or bf16, got {self.precision!r}")

    def tile_of(self, m: ModelToAnalyze) -> int:
        """Output bases of a tile for a model."""
        return self.tile or max(SMALL_TILE, 4 * m.model_cl)

    def batch_of(self, m: ModelToAnalyze) -> int:
        """Input bases of a batch for a model."""
        one_tile = self.tile_of(m) + m.model_cl
        return self.batch_bases or (max(one_tile, _CUDA_BASES) if m.device.type == "cuda" else one_tile)


class Sequences(Protocol):
    """Sequences that a model is run over: a gene set, or stretches of a genome."""

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Bases of each sequence, `(sequences,)`."""

    def window(self, index: int, start: int, stop: int) -> NDArray[np.uint8]:
        """Codes of bases `start` (may be negative) to `stop` of a sequence, in its direction."""


class TileScores(NamedTuple):
    """Log-probabilities of bases `start`, `start + 1`, ... of a gene: `(bases, 3)` float32, on the CPU."""

    gene: int
    start: int
    log_probs: Tensor


class Tiles(NamedTuple):
    """Tiles as arrays `(tiles,)`: gene, and output bases start to stop of it, 0-based half-open."""

    gene: NDArray[np.int64]
    start: NDArray[np.int64]
    stop: NDArray[np.int64]


def plan_tiles(lengths: NDArray[np.int64], tile: int) -> Tiles:
    """Cut genes of given lengths into the fewest tiles of at most `tile` bases, those of a gene nearly equal."""
    lengths = np.asarray(lengths, dtype=np.int64)
    count = -(-lengths // tile)  # (genes,)
    gene = np.repeat(np.arange(len(lengths)), count)  # (tiles,)
    rank = np.arange(len(gene)) - np.repeat(np.cumsum(count) - count, count)
    start, stop = (lengths[gene] * (rank + i) // count[gene] for i in (0, 1))
    return Tiles(gene, start, stop)


def predict_tiles(m: ModelToAnalyze, genes: Sequences, tiling: Tiling | None = None) -> Iterator[TileScores]:
    """Log-probabilities of every base of every gene, tile by tile.

    Parameters
    ----------
    m
        The model; it runs where its parameters are.
    genes
        The genes, or other sequences. Outside of a gene, the model sees the gene set's flanks, and N beyond them.
    tiling
        How to cut and batch.

    Yields
    ------
    TileScores
        The widest tiles first, so that tiles in a batch are about as wide as each other; each base once.

    Raises
    ------
    ValueError
        If the model's output has a wrong shape or is nan.
    """
    tiling = tiling or Tiling()
    tiles = plan_tiles(genes.lengths, tiling.tile_of(m))
    widths = tiles.stop - tiles.start
    order = np.argsort(-widths, kind="stable")
    progress = Progress(f"splice model on {describe(m.device, tiling.precision)}", int(widths.sum()), "bases")
    batches = [order[batch] for batch in _batches(widths[order] + m.model_cl, tiling.batch_of(m))]

    def run(model: nn.Module, chosen: NDArray[np.int64]) -> Tensor:
        return _run(m.running(model), genes, Tiles(*(part[chosen] for part in tiles)), tiling.precision)

    for chosen, scores in zip(batches, map_in_lanes(run, model_lanes(m.model), batches), strict=True):
        for row, i in enumerate(chosen):
            yield TileScores(int(tiles.gene[i]), int(tiles.start[i]), scores[row, : widths[i]])
        progress.add(int(widths[chosen].sum()))


def _batches(widths: NDArray[np.int64], batch_bases: int) -> Iterator[slice]:
    """Consecutive slices of descending widths, each of at most `batch_bases` after padding to its widest."""
    start = 0
    while start < len(widths):
        size = max(1, batch_bases // int(widths[start]))
        yield slice(start, start + size)
        start += size


def _run(m: ModelToAnalyze, genes: Sequences, tiles: Tiles, precision: str) -> Tensor:
    """Log-probabilities of a batch of tiles, `(tiles, widest, 3)`; rows past a narrower tile's width mean nothing."""
    half, width = m.model_cl // 2, int((tiles.stop - tiles.start).max())
    codes = np.stack(
        [
            genes.window(int(gene), int(start) - half, int(start) + width + half)
            for gene, start in zip(tiles.gene, tiles.start, strict=True)
        ]
    )  # (tiles, half + width + half)
    surplus = half - m.cl_model_clipped // 2
    found = log_softmax(logits(m, torch.from_numpy(codes), precision)[:, surplus : surplus + width])
    return found.float().cpu()  # (tiles, width, 3)


def predict_gene(m: ModelToAnalyze, codes: NDArray[np.uint8], tiling: Tiling | None = None) -> Tensor:
    """Log-probabilities `(length, 3)` float32 of one sequence of any length, with N on both sides of it.

    Parameters
    ----------
    m
        The model.
    codes
        `(length,)` uint8, 5' to 3'.
    tiling
        How to cut and batch.
    """
    codes = np.asarray(codes, dtype=np.uint8)
    found = torch.empty(len(codes), 3)
    for part in predict_tiles(m, gene_set([(codes, np.zeros_like(codes))]), tiling):
        found[part.start : part.start + len(part.log_probs)] = part.log_probs
    return found
