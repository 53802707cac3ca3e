"""How often k-mers, whole or with a gap, stand in windows; each and its reverse complement are one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Cut = Callable[[NDArray[np.int64]], NDArray[np.uint8]]
"""Starts of windows in the concatenated genome -> their codes `(windows, length)`."""


@cache
def canonical_numbers(k: int) -> NDArray[np.int64]:
    """`(4^k,)`: which of the canonical k-mers each k-mer is; it and its reverse complement are one."""
    numbers = np.arange(4**k)
    letters = numbers[:, None] // 4 ** np.arange(k - 1, -1, -1) % 4
    turned = ((3 - letters[:, ::-1]) * 4 ** np.arange(k - 1, -1, -1)).sum(axis=1)
    return np.unique(np.minimum(numbers, turned), return_inverse=True)[1]


def kmer_counts(codes: NDArray[np.uint8], k: int) -> NDArray[np.float64]:
    """How often each canonical k-mer stands in each window; those with an N are not counted.

    Parameters
    ----------
    codes
        `(windows, length)`.

    Returns
    -------
    array
        `(windows, canonical k-mers)`.
    """
    return counts_at(codes, range(k))


def counts_at(codes: NDArray[np.uint8], offsets: Sequence[int]) -> NDArray[np.float64]:
    """`kmer_counts` of k-mers whose letters stand at offsets, ascending from 0 and the same from both ends."""
    canonical = canonical_numbers(len(offsets))
    size, places = int(canonical.max()) + 1, max(codes.shape[1] - offsets[-1], 0)
    numbers = np.zeros((len(codes), places), dtype=np.int64)
    known = np.ones(numbers.shape, dtype=bool)
    for i in offsets if places else ():
        letters = codes[:, i : i + places]
        numbers = numbers * 4 + np.minimum(letters, 3)
        known &= letters < 4
    rows = np.arange(len(codes))[:, None] * size
    flat = np.bincount((canonical[numbers] + rows)[known], minlength=len(codes) * size)
    return flat.reshape(len(codes), size).astype(np.float64)
