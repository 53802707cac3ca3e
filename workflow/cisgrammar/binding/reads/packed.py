"""Unique reads and their counts in little memory: four bases a byte, sorted as words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_BASES_PER_WORD = 32
# Reads that wait to be sorted, at least; more once there are more unique ones, so that all are sorted few times.
_WAITING = 1 << 20


def pack(codes: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Pack codes 0-3 `(reads, length)` into words `(reads, words)` uint64 that sort as the sequences do."""
    n, length = codes.shape
    words = max(1, -(-length // _BASES_PER_WORD))
    padded = np.zeros((n, words * _BASES_PER_WORD), dtype=np.uint8)
    padded[:, :length] = codes
    quads = padded.reshape(n, words * 8, 4)  # (reads, bytes, 4)
    packed = quads[..., 0] << 6 | quads[..., 1] << 4 | quads[..., 2] << 2 | quads[..., 3]  # (reads, bytes)
    # Big-endian: the first base is the highest bit.
    return np.ascontiguousarray(packed).view(">u8").astype(np.uint64)  # (reads, words)


def unpack(words: NDArray[np.uint64], length: int) -> NDArray[np.uint8]:
    """Turn words `(reads, words)` back into codes `(reads, length)` uint8."""
    packed = words.astype(">u8").view(np.uint8)  # (reads, bytes)
    codes = np.empty((len(words), packed.shape[1] * 4), dtype=np.uint8)
    for base in range(4):
        codes[:, base::4] = packed >> (6 - 2 * base) & 3
    return np.ascontiguousarray(codes[:, :length])


def _sorted_groups(words: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the order that sorts the rows, and where in it each distinct row begins."""
    order = np.lexsort(words.T[::-1])
    ordered = words[order]
    new = np.ones(len(words), dtype=bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(1)
    return order, np.flatnonzero(new)


class ReadCounter:
    """Counts reads as they come; holds each distinct one once.

    Parameters
    ----------
    length
        Bases of a read.
    """

    def __init__(self, length: int) -> None:
        self.length = length
        self._words = pack(np.zeros((0, length), dtype=np.uint8))
        self._counts = np.zeros(0, dtype=np.int64)
        self._waiting: list[NDArray[np.uint64]] = []
        self._n_waiting = 0

    def add(self, codes: NDArray[np.uint8]) -> None:
        """Count reads `(reads, length)` of codes 0-3."""
        self._waiting.append(pack(codes))
        self._n_waiting += len(codes)
        if self._n_waiting > max(_WAITING, len(self._words)):
            self._merge()

    def _merge(self) -> None:
        words = np.concatenate([self._words, *self._waiting])
        counts = np.concatenate([self._counts, np.ones(self._n_waiting, dtype=np.int64)])
        self._waiting, self._n_waiting = [], 0
        if len(words):
            order, starts = _sorted_groups(words)
            self._words, self._counts = words[order[starts]], np.add.reduceat(counts[order], starts)

    def result(self) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
        """Distinct reads as words `(unique, words)`, sorted, and how often each was seen, `(unique,)`."""
        if self._waiting:
            self._merge()
        return self._words, self._counts


def union(
    rounds: Sequence[tuple[NDArray[np.uint64], NDArray[np.int64]] | None],
) -> tuple[NDArray[np.uint64], NDArray[np.float64]]:
    """Join the distinct reads of several rounds.

    Parameters
    ----------
    rounds
        What `ReadCounter.result` gave for each round, None for a round that was not sequenced; at least one is.

    Returns
    -------
    tuple
        Words `(reads, words)`, sorted, and counts `(reads, rounds)` float64, zero where a read was not seen.
    """
    words = np.concatenate([found[0] for found in rounds if found is not None])
    order, starts = _sorted_groups(words)
    group = np.empty(len(words), dtype=np.int64)
    group[order] = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(words)))
    counts = np.zeros((len(starts), len(rounds)))
    done = 0
    for column, found in enumerate(rounds):
        if found is not None:
            counts[group[done : done + len(found[1])], column] = found[1]
            done += len(found[1])
    return words[order[starts]], counts
