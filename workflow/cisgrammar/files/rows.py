"""Rows of HDF5 datasets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

SPREAD = 8
"""Rows that lie within so many times their number are read with all between them."""


def rows_of(dataset: Any, rows: NDArray) -> NDArray:
    """Read rows of a dataset, in any order and as often as asked for; memory goes with their number."""
    import numpy as np

    if not len(rows):
        return dataset[:0]
    wanted, back = np.unique(rows, return_inverse=True)
    first, last = int(wanted[0]), int(wanted[-1]) + 1
    if last - first <= SPREAD * len(wanted):
        return dataset[first:last][rows - first]
    return dataset[wanted][back]
