"""Arrays that grow, without a second copy of them in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_CHUNK = 1 << 22
"""Elements of a piece of memory: beyond 32 MiB the C library gives each its own pages, which go back when it ends."""
_RUN = 1 << 24
_FEW = 1 << 10


class Gathered:
    """Values that come in pieces, of an unknown number.

    Parameters
    ----------
    dtype
        What they are kept as.
    """

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._chunks: list[NDArray] = []
        self._used = 0

    def __len__(self) -> int:
        return sum(map(len, self._chunks[:-1])) + self._used

    def add(self, values: NDArray) -> None:
        """Add values `(n,)`."""
        while len(values):
            if not self._chunks or self._used == len(self._chunks[-1]):
                self._chunks.append(np.empty(_CHUNK, dtype=self.dtype))
                self._used = 0
            room = self._chunks[-1][self._used :]
            some = values[: len(room)]
            room[: len(some)] = some
            self._used += len(some)
            values = values[len(some) :]

    def take_into(self, whole: NDArray) -> None:
        """Move all values into an array `(len(self),)`; none are left here."""
        end = len(self)
        while self._chunks:
            chunk = self._chunks.pop()
            whole[end - self._used : end] = chunk[: self._used]
            end -= self._used
            self._used = len(self._chunks[-1]) if self._chunks else 0


def joined(parts: list[Gathered], dtype: np.dtype[Any]) -> NDArray:
    """Move the values of several pieces into one array, one after the other."""
    sizes = [len(part) for part in parts]
    whole = np.empty(sum(sizes), dtype=dtype)
    start = 0
    for part, size in zip(parts, sizes, strict=True):
        part.take_into(whole[start : start + size])
        start += size
    return whole


class Filled:
    """Values that come in pieces, of which it is known how many there will be at most.

    Memory is taken by what is there, not by what may come. Whole numbers that do not fit widen the type.

    Parameters
    ----------
    most
        The most values that come.
    dtype
        What they are kept as, at first.
    """

    def __init__(self, most: int, dtype: np.dtype[Any]) -> None:
        self._array = np.empty(most, dtype=dtype)
        self._used = 0

    def add(self, values: NDArray) -> None:
        """Add values `(n,)`."""
        if values.dtype != self._array.dtype and len(values):
            largest = np.min_scalar_type(int(values.max()))
            if largest.itemsize > self._array.dtype.itemsize:
                wider = np.empty(len(self._array), dtype=largest)
                wider[: self._used] = self._array[: self._used]
                self._array = wider
        self._array[self._used : self._used + len(values)] = values
        self._used += len(values)

    @property
    def values(self) -> NDArray:
        """All that was added."""
        return self._array[: self._used]


def sort(values: NDArray) -> None:
    """Sort an array in place; one that is a few sorted parts, as of a sorted file, in a single merge of these."""
    falls = sum(
        int(np.count_nonzero(values[low + 1 : low + _RUN + 1] < values[low : low + _RUN][: len(values) - low - 1]))
        for low in range(0, len(values), _RUN)
    )
    if falls:
        values.sort(kind="stable" if falls < _FEW else None)


def runs(ordered: NDArray, size: int = _RUN) -> Iterator[tuple[int, int]]:
    """Yield first and end of parts of a sorted array of about `size` values; equal values are in the same part."""
    first = 0
    while first < len(ordered):
        end = min(first + size, len(ordered))
        end = int(np.searchsorted(ordered, ordered[end - 1], side="right"))
        yield first, end
        first = end


def run_lengths(ordered: NDArray) -> tuple[NDArray, NDArray[np.int64]]:
    """Return the distinct values of a sorted array, and how often each is there."""
    first = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    where = np.flatnonzero(first)
    return ordered[where], np.diff(where, append=len(ordered))
