"""Counts per base of a genome of which few bases have any: positions and counts instead of a number for each base."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cisgrammar.files.mapped import count_read, release
from cisgrammar.signal.counts.buffers import Filled, run_lengths

_SHIFT = 9
BLOCK = 1 << _SHIFT
"""bp of a block of the index."""
_WINDOWS = 1 << 12
"""Windows that are cut at a time."""
_ENTRIES = 1 << 22
"""Positions that are looked at a time."""
_BASES = 1 << 24
_DENSEST = 0.1
"""Share of bases with counts up to which counts are kept sparse: six bytes each, beside two a base."""


@dataclass(frozen=True, eq=False)
class SparseCounts:
    """Counts per base of one head, kept as positions that are not zero; read like an array `(tasks, bases)`.

    Attributes
    ----------
    positions
        Per task: sorted indices into the genome's codes.
    counts
        Per task: the counts there.
    bases
        Length of the genome.
    half
        Counts of one half of the fragments, both ends of each or none; None where the ends of a fragment are not known.
    index
        Per task: how many positions lie before each block of 512 bases, `(blocks + 1,)`; made when asked for if it is
        not given.
    kind
        Type of the counts that are read; the smallest that holds all if it is not given.
    """

    positions: Sequence[NDArray[np.unsignedinteger]]
    counts: Sequence[NDArray[np.integer]]
    bases: int
    half: SparseCounts | None = None
    index: Sequence[NDArray[np.unsignedinteger]] | None = None
    kind: np.dtype[Any] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """`(tasks, bases)`."""
        return len(self.positions), self.bases

    def __len__(self) -> int:
        return len(self.positions)

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The smallest unsigned integer type, of 16 bits or more, that holds every count."""
        if self.kind is not None:
            return self.kind
        most = max((int(counts.max()) for counts in self.counts if len(counts)), default=0)
        return np.dtype(next(kind for kind in (np.uint16, np.uint32, np.uint64) if most <= np.iinfo(kind).max))

    @property
    def total(self) -> int:
        """Sum of all counts."""
        return sum(int(counts.sum(dtype=np.int64)) for counts in self.counts)

    @property
    def few(self) -> bool:
        """Whether so few bases have counts that this form takes less than a number for each base."""
        return sum(map(len, self.positions)) <= _DENSEST * len(self.positions) * self.bases

    @cached_property
    def blocks(self) -> Sequence[NDArray[np.integer]]:
        """The index, given or made."""
        if self.index is not None:
            return self.index
        edges = np.minimum(np.arange(0, self.bases + BLOCK, BLOCK), self.bases)
        return [_ranks(positions, edges) for positions in self.positions]

    def __iter__(self) -> Iterator[SparseRow]:
        return (SparseRow(self, task) for task in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray:
        return np.asarray(self[:], dtype=dtype)

    def __getitem__(self, key: Any) -> Any:
        """Return counts by `(task, bases)`, each a number or slice, and bases also an array of any shape.

        One task alone, `counts[task]`, is a `SparseRow`.
        """
        tasks, bases = key if isinstance(key, tuple) else (key, None)
        if bases is None and not isinstance(tasks, slice):
            return SparseRow(self, range(len(self))[tasks])
        bases = slice(None) if bases is None else bases
        if isinstance(tasks, slice):
            return np.stack([self._bases(task, bases) for task in range(len(self))[tasks]])
        return self._bases(range(len(self))[tasks], bases)

    def _bases(self, task: int, bases: Any) -> NDArray:
        if not isinstance(bases, slice):
            return self._at(task, np.asarray(bases))
        start, stop, step = bases.indices(self.bases)
        if step != 1:
            return self._at(task, np.arange(start, stop, step))
        dense = np.zeros(max(stop - start, 0), dtype=self.dtype)
        if len(dense):
            positions = self.positions[task]
            first, last = np.searchsorted(positions, np.array([start, stop], dtype=positions.dtype)).tolist()
            dense[positions[first:last].astype(np.int64) - start] = self.counts[task][first:last]
        return dense

    def _at(self, task: int, where: NDArray[np.integer]) -> NDArray:
        """Counts at places of any shape, `where.shape`."""
        if where.size and (where.min() < -self.bases or where.max() >= self.bases):
            raise IndexError(f"base {int(where.max())} is outside of the genome's {self.bases} bp")
        where = np.where(where < 0, where + self.bases, where).astype(np.int64)
        if where.ndim == 2 and where.size:
            low = where.min(axis=1)
            width = int((where.max(axis=1) - low).max()) + 1
            # rows of neighbours are cut as windows, without a search for each base
            if width <= 2 * where.shape[1]:
                low = np.minimum(low, self.bases - width)
                cut = np.zeros((len(where), width), dtype=self.dtype)
                self._cut(cut, task, low)
                return np.take_along_axis(cut, where - low[:, None], axis=1)
        positions = self.positions[task]
        found = np.zeros(where.shape, dtype=self.dtype)
        if len(positions):
            place = np.minimum(np.searchsorted(positions, where.astype(positions.dtype)), len(positions) - 1)
            there = positions[place] == where
            found[there] = self.counts[task][place[there]]
        return found

    def windows(self, starts: NDArray[np.integer], length: int) -> NDArray[np.unsignedinteger]:
        """Return the counts of windows of `length` bp that begin at `starts`: `(windows, tasks, length)`."""
        found = np.zeros((len(starts), len(self), length), dtype=self.dtype)
        for low in range(0, len(starts) if length else 0, _WINDOWS):
            some = np.asarray(starts[low : low + _WINDOWS], dtype=np.int64)
            for task in range(len(self)):
                self._cut(found[low : low + _WINDOWS, task], task, some)
        return found

    def _cut(self, found: NDArray, task: int, starts: NDArray[np.int64]) -> None:
        """Put the counts of some windows into zeros `(windows, length)`."""
        positions, index, length = self.positions[task], self.blocks[task], found.shape[1]
        first = index[starts >> _SHIFT].astype(np.int64)
        number = index[((starts + (length - 1)) >> _SHIFT) + 1].astype(np.int64) - first
        # the first and last block reach beyond the window: there are margins, so that nothing need be sorted out
        wide = np.zeros((len(starts), length + 2 * BLOCK), dtype=self.dtype)
        entry = np.arange(number.sum()) + np.repeat(first - np.cumsum(number) + number, number)
        row = np.arange(len(starts)) * wide.shape[1] + BLOCK - starts
        place = positions.take(entry).astype(np.int64) + np.repeat(row, number)
        wide.reshape(-1)[place] = self.counts[task].take(entry)
        found[:] = wide[:, BLOCK : BLOCK + length]
        for array in (positions, self.counts[task]):
            count_read(array, len(starts), array.itemsize)

    def sums(self, starts: NDArray[np.integer], length: int) -> NDArray[np.int64]:
        """Return the sums over all tasks of windows of `length` bp that begin at `starts`, `(windows,)`."""
        order = np.argsort(starts, kind="stable")
        ordered = np.asarray(starts, dtype=np.int64)[order]
        found = np.zeros(len(ordered), dtype=np.int64)
        for positions, counts in zip(self.positions, self.counts, strict=True):
            first, last = _ranks(positions, ordered), _ranks(positions, ordered + length)
            low = 0
            while low < len(ordered):
                # at least one window, however much it holds
                high = max(int(np.searchsorted(last, int(first[low]) + _ENTRIES, side="right")), low + 1)
                begin = int(first[low])
                running = np.zeros(int(last[high - 1]) - begin + 1, dtype=np.int64)
                np.cumsum(counts[begin : int(last[high - 1])], dtype=np.int64, out=running[1:])
                found[low:high] += running[last[low:high] - begin] - running[first[low:high] - begin]
                low = high
            release(positions)
        whole = np.empty_like(found)
        whole[order] = found
        return whole


@dataclass(frozen=True, eq=False)
class SparseRow:
    """One task of sparse counts, read like an array `(bases,)`."""

    whole: SparseCounts
    task: int

    @property
    def shape(self) -> tuple[int]:
        """`(bases,)`."""
        return (self.whole.bases,)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the counts."""
        return self.whole.dtype

    @property
    def positions(self) -> NDArray[np.unsignedinteger]:
        """Sorted indices into the genome's codes of the bases with counts."""
        return self.whole.positions[self.task]

    @property
    def counts(self) -> NDArray[np.integer]:
        """The counts there."""
        return self.whole.counts[self.task]

    def __len__(self) -> int:
        return self.whole.bases

    def __getitem__(self, key: Any) -> NDArray:
        return self.whole[self.task, key]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray:
        return np.asarray(self.whole[self.task, :], dtype=dtype)

    def any(self) -> bool:
        """Whether a base has counts."""
        return len(self.positions) > 0


def _ranks(positions: NDArray[np.unsignedinteger], where: ArrayLike) -> NDArray[np.int64]:
    """How many positions lie before each of some places."""
    return np.searchsorted(positions, np.asarray(where).astype(positions.dtype))


def add_counts(parts: Sequence[SparseCounts]) -> SparseCounts:
    """The sum of several samples' counts of a head, a stretch of the genome at a time; halves are left out."""
    first = parts[0]
    tasks = []
    for task in range(len(first)):
        every = [(part.positions[task], part.counts[task]) for part in parts]
        most = sum(len(positions) for positions, _ in every)
        where, what = Filled(most, first.positions[task].dtype), Filled(most, np.dtype(np.uint16))
        edges = np.append(np.arange(0, first.bases, _BASES), first.bases)
        bounds = [_ranks(positions, edges) for positions, _ in every]
        for stretch in range(len(edges) - 1):
            here = [slice(int(bound[stretch]), int(bound[stretch + 1])) for bound in bounds]
            positions = np.concatenate([p[some] for (p, _), some in zip(every, here, strict=True)])
            counts = np.concatenate([c[some] for (_, c), some in zip(every, here, strict=True)])
            order = np.argsort(positions, kind="stable")
            distinct, number = run_lengths(positions[order])
            where.add(distinct)
            if len(distinct):
                what.add(np.add.reduceat(counts[order].astype(np.int64), np.cumsum(number) - number))
        tasks.append((where.values, what.values))
    return SparseCounts([where for where, _ in tasks], [what for _, what in tasks], first.bases)
