"""A bigWig that is written piece by piece."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from cisgrammar.signal.tracks.bigwig_writer import BigWigWriter


class TrackStream:
    """A bigWig written base by base in order; where pieces overlap it has their mean.

    Memory goes with the stretch that overlapping pieces cover together, from the first base that a later piece may
    still reach.

    Parameters
    ----------
    path
        File to write; its caller makes it whole or removes it.
    sizes
        Chromosome -> bp, in the order wanted in the file.
    """

    def __init__(self, path: Path, sizes: Mapping[str, int]) -> None:
        self._file = BigWigWriter(path, sizes)
        self._chrom = ""
        self._begin = 0
        self._sum, self._pieces = np.zeros(0), np.zeros(0, dtype=np.int64)

    def __enter__(self) -> TrackStream:
        """Return the stream itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is left and close the file."""
        if kind is not None:
            self._file.abandon()
            return
        self._flush(len(self._sum))
        self._file.close()

    def add(self, chrom: str, first: int, values: NDArray[np.floating]) -> None:
        """Add a piece `(bases,)` that begins at base `first`; pieces come by chromosome and first base."""
        if chrom != self._chrom or first > self._begin + len(self._sum):
            self._flush(len(self._sum))
            self._chrom, self._begin = chrom, first
        else:
            self._flush(first - self._begin)
        more = len(values) - len(self._sum)
        if more > 0:
            self._sum = np.concatenate([self._sum, np.zeros(more)])
            self._pieces = np.concatenate([self._pieces, np.zeros(more, dtype=np.int64)])
        self._sum[: len(values)] += values
        self._pieces[: len(values)] += 1

    def _flush(self, number: int) -> None:
        """Write the first bases of what is held: no later piece reaches them."""
        if number:
            mean = self._sum[:number] / self._pieces[:number]
            self._file.add(self._chrom, self._begin, mean)
            self._sum, self._pieces = self._sum[number:], self._pieces[number:]
            self._begin += number
