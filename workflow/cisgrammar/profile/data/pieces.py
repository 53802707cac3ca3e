"""Pieces of the training part of a genome: longer than a window, with the bins in which reads may be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cisgrammar.profile.data.window_sampler import Windows
from cisgrammar.profile.models.counts_network import BIN
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.store import Head, Signal

_CORES = (7168, 3072, 1024)
"""bp of a piece without its context; with it all are whole bins."""
_CONTEXT = 512
_UNKNOWN = 4


@dataclass
class PieceBatch:
    """Codes `(batch, length)`, reads per head and bin `(batch, heads, bins)`, and which bins count `(batch, bins)`."""

    codes: Tensor
    counts: Tensor
    counted: Tensor

    @property
    def size(self) -> int:
        """Number of pieces."""
        return len(self.codes)


class PieceSampler:
    """Cuts the stretches that training windows cover, each base once an epoch, at a random phase and strand.

    Reads are looked at in bins that lie within the windows; what is around them is context for the sequence alone.
    Everything follows from seed and epoch.

    Parameters
    ----------
    genome, signal
        Open stores.
    windows
        All windows of the split, peaks and background; they may overlap.
    window_length
        bp.
    seed
        Of all draws.
    batch_size
        Pieces in a batch.
    most_bases
        What an epoch shows at most; of more, a part is drawn anew each time.
    """

    def __init__(
        self,
        genome: Genome,
        signal: Signal,
        windows: list[Windows],
        window_length: int,
        seed: int,
        batch_size: int,
        most_bases: int,
    ) -> None:
        self.genome, self.signal, self.seed, self.batch_size = genome, signal, seed, batch_size
        starts = np.concatenate([w.centres for w in windows]) - window_length // 2
        self.starts, self.ends = stretches(starts, starts + window_length, self._ends_of_chromosomes(starts))
        # Context is computed and not looked at: the pieces that need the fewest bases in all.
        self.core = min(_CORES, key=self._cost)
        self.length = self.core + 2 * _CONTEXT
        self.low, self.high = self._shown(self.core)
        self.number = min(self._cost(self.core) // self.length, max(1, most_bases // self.core))

    def _cost(self, core: int) -> int:
        """Bases in all pieces of an epoch, with their context."""
        low, high = self._shown(core)
        return int((-(-(high - low) // core)).sum()) * (core + 2 * _CONTEXT)

    def _shown(self, core: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """What pieces are laid over: stretches, those of a chromosome that lie within a core of each other as one."""
        last = self._ends_of_chromosomes(self.starts)
        low, high = stretches(self.starts, np.minimum(self.ends + core, last), last)
        return low, self.ends[np.searchsorted(self.starts, high, side="left") - 1]

    def _ends_of_chromosomes(self, starts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where the chromosome of each start ends, in the concatenated genome."""
        chrom = np.searchsorted(self.genome.offsets, starts, side="right") - 1
        return self.genome.offsets[chrom] + self.genome.lengths[chrom]

    def steps(self) -> int:
        """Batches in an epoch."""
        return -(-self.number // self.batch_size)

    def bases(self) -> int:
        """Bases that an epoch shows, context left out."""
        return self.number * self.core

    def batches(self, epoch: int, turned: bool = True) -> Iterator[PieceBatch]:
        """Batches of an epoch; `turned` shows each piece on a random strand, at a random phase."""
        random = np.random.default_rng([self.seed, epoch])
        phase = random.integers(0, self.core, len(self.low)) if turned else np.zeros(len(self.low), np.int64)
        cores, owners = self._cores(phase)
        shown = random.permutation(len(cores))[: self.number]
        flip = random.random(len(shown)) < (0.5 if turned else 0.0)
        for i in range(0, len(shown), self.batch_size):
            batch = shown[i : i + self.batch_size]
            yield self._cut(cores[batch], owners[batch], flip[i : i + self.batch_size])

    def _cores(self, phase: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Starts of the cores that cover the stretches, the first of each `phase` before it; and whose each is."""
        first = self.low - phase
        number = -(-(self.high - first) // self.core)
        steps = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
        return np.repeat(first, number) + steps * self.core, np.repeat(np.arange(len(first)), number)

    def _cut(self, cores: NDArray[np.int64], owners: NDArray[np.int64], flip: NDArray[np.bool_]) -> PieceBatch:
        starts = cores - _CONTEXT
        at = starts[:, None] + np.arange(self.length)  # (batch, length)
        chrom = np.searchsorted(self.genome.offsets, self.low[owners], side="right") - 1
        low, lengths = self.genome.offsets[chrom], self.genome.lengths[chrom]
        outside = (at < low[:, None]) | (at >= (low + lengths)[:, None])
        inside = np.where(outside, low[:, None], at)
        codes = np.where(outside, _UNKNOWN, self.genome.codes[inside]).astype(np.uint8)
        counts = np.stack([self._binned(heads, inside, outside) for heads in self.signal.heads.values()], axis=1)
        # What lies beyond the chromosome's end are windows of another one.
        counted = self._counted(starts) & ~outside.reshape(len(starts), -1, BIN).any(axis=2)
        codes[flip] = _reverse_complement(codes[flip])
        counts[flip], counted[flip] = counts[flip][..., ::-1], counted[flip][:, ::-1]
        return PieceBatch(
            torch.from_numpy(codes), torch.from_numpy(counts), torch.from_numpy(np.ascontiguousarray(counted))
        )

    def _binned(self, counts: Head, inside: NDArray[np.int64], outside: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Reads of a head, its tasks added up, in bins: `(batch, bins)`."""
        reads = counts[:, inside].sum(axis=0, dtype=np.float32)  # (batch, length)
        return np.where(outside, 0, reads).reshape(len(reads), -1, BIN).sum(axis=2, dtype=np.float32)

    def _counted(self, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which bins lie within a stretch, `(batch, bins)`."""
        first = starts[:, None] + np.arange(0, self.length, BIN)
        stretch = np.searchsorted(self.starts, first, side="right") - 1
        return (stretch >= 0) & (first + BIN <= self.ends[np.maximum(stretch, 0)])


def stretches(
    starts: NDArray[np.int64], ends: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Starts and ends of what intervals cover together, sorted; those of one group that touch are one stretch.

    Groups lie one after the other, and an interval lies within its group: the chromosomes of a concatenated genome.
    """
    order = np.argsort(starts, kind="stable")
    starts, groups, reached = starts[order], groups[order], np.maximum.accumulate(ends[order])
    new = np.concatenate([[True], (starts[1:] > reached[:-1]) | (groups[1:] != groups[:-1])])
    last = np.concatenate([np.flatnonzero(new)[1:] - 1, [len(starts) - 1]])
    return starts[new], reached[last]


def _reverse_complement(codes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    turned = codes[:, ::-1]
    return np.where(turned < _UNKNOWN, 3 - np.minimum(turned, 3), turned).astype(np.uint8)
