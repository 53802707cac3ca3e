"""Letters of windows that are cut from a genome when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cisgrammar.files.mapped import count_read
from cisgrammar.signal.store import cut_codes

BLOCK = 1024
"""Windows whose letters are in memory at a time."""
Codes = NDArray[np.uint8]


class Letters(Protocol):
    """Codes `(windows, length)`: an array, or `GenomeRows`."""

    @property
    def shape(self) -> tuple[int, ...]:
        """`(windows, length)`."""

    def __getitem__(self, key: int | slice | tuple[int, slice], /) -> Codes:
        """Codes of one window or part of it, or of a range of windows."""


class GenomeRows:
    """Windows of one length in a genome, read as an array `(windows, length)` of which a part is in memory.

    Parameters
    ----------
    codes
        The genome's, an array or memory map.
    starts
        `(windows,)` indices into it; ValueError if a window leaves the genome.
    length
        bp.
    """

    def __init__(self, codes: Codes, starts: NDArray[np.integer], length: int) -> None:
        self._codes, self._starts = codes, np.asarray(starts, dtype=np.int64)
        self.shape = (len(self._starts), length)
        ends = self._starts[[self._starts.argmin(), self._starts.argmax()]] if len(self._starts) else self._starts
        cut_codes(codes, ends, length)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: int | slice | tuple[int, slice]) -> Codes:
        """Codes of one window or part of it, or of a range of windows; a copy."""
        if isinstance(key, slice):
            return cut_codes(self._codes, self._starts[key], self.shape[1])
        row, part = key if isinstance(key, tuple) else (key, slice(None))
        first, last, _ = part.indices(self.shape[1])
        at = int(self._starts[row])
        count_read(self._codes, 1, last - first)
        return np.array(self._codes[at + first : at + last])


def letter_blocks(codes: Letters) -> Iterator[tuple[int, Codes]]:
    """Yield the number of a first window, and the codes of up to 1,024 windows from it on."""
    for first in range(0, codes.shape[0], BLOCK):
        yield first, codes[first : first + BLOCK]
