"""How a matrix is cut into tables of k-mers: one look-up a table scores several positions of a window at once."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
# Letters a table: 4,096 k-mers of two strands take 32 kB in float32.
_LONGEST = 6


@dataclass(frozen=True)
class Tables:
    """The tables of a matrix.

    Attributes
    ----------
    letters
        Letters a table.
    starts
        First position of each table, `(tables,)`; all positions are in one, tables may overlap.
    owner
        Table that holds the scores of a position, `(positions,)`.
    first, second
        Positions of each pair that is scored, `(pairs,)`: by distance, then by position.
    pair_owner
        Table that holds the scores of a pair, `(pairs,)`.
    """

    letters: int
    starts: Integers
    owner: Integers
    first: Integers
    second: Integers
    pair_owner: Integers

    @property
    def arrays(self) -> tuple[Any, ...]:
        """All of them, in the order in which the compiled loops take them."""
        return self.letters, self.starts, self.owner, self.first, self.second, self.pair_owner


@functools.lru_cache(maxsize=64)
def cut(positions: int, distance: int, windows: int) -> Tables | None:
    """Cut a matrix so that look-ups and the making of the tables together take the fewest steps.

    Parameters
    ----------
    positions
        Positions of the matrix.
    distance
        Greatest distance of a pair that has scores of its own; 0 for none. Two neighbouring tables share so many
        positions, so that each pair lies within one.
    windows
        Windows that are to be scored with the tables.

    Returns
    -------
    Tables
        None if pairs are as far apart as a table is long.
    """
    longest = min(_LONGEST, positions)
    if distance >= longest:
        return None
    ways = range(distance + 1, longest + 1)
    letters = min(ways, key=lambda n: _tables(positions, distance, n) * (windows + 4**n))
    count = _tables(positions, distance, letters)
    starts = np.minimum(np.arange(count) * (letters - distance), positions - letters)  # (tables,)
    pairs = [(i, i + d) for d in range(1, distance + 1) for i in range(positions - d)]
    first, second = np.array(pairs, dtype=np.int64).reshape(-1, 2).T  # (pairs,) each
    ends = starts + letters
    owner = np.searchsorted(ends, np.arange(positions), side="right")
    pair_owner = np.searchsorted(ends, second, side="right")
    return Tables(letters, starts, owner, first.copy(), second.copy(), pair_owner)


def _tables(positions: int, distance: int, letters: int) -> int:
    return -(-(positions - distance) // (letters - distance))
