"""Motifs beside a collection of known ones, with a p-value of each pair: the column scores of TOMTOM.

Gupta et al. 2007, with scores that count columns without a partner as a usual one (Tanaka et al. 2011): a column of the
query scores by its Euclidean distance to a column of the target, less the median over all columns of the collection.
The distribution of sums over columns drawn from the collection is exact for scores in whole units; the p-value of the
best place takes all places and both strands into account.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.motifs.motif import Matrix, Motif

LEAST_BITS = 6.0
"""Motifs of less information are left out: nearly flat ones look alike (a flat matrix matches some at p = 1e-8)."""
_UNITS = 100
_FARTHEST = np.sqrt(2.0)


@dataclass(frozen=True)
class Match:
    """A pair of motifs: name of the target, and chance that random columns lie as near at their best place."""

    target: str
    p_value: float


def informative(motifs: Mapping[str, Motif]) -> dict[str, Motif]:
    """The motifs that can be compared."""
    return {name: motif for name, motif in motifs.items() if motif.information >= LEAST_BITS}


def match_motifs(queries: Sequence[Matrix], targets: Mapping[str, Motif]) -> NDArray[np.float64]:
    """p-value of each query `(width, 4)` of base shares with each target, `(queries, targets)`."""
    shares = [motif.shares for motif in targets.values()]
    if not shares:
        return np.zeros((len(queries), 0))
    pool = np.concatenate([*shares, *(each[::-1, ::-1] for each in shares)])  # (columns, 4)
    return np.array([_Query(query, pool).p_values(shares) for query in queries]).reshape(len(queries), len(shares))


class _Query:
    """A query, and the chances of its sums against columns of a pool."""

    def __init__(self, shares: Matrix, pool: Matrix) -> None:
        self.shares, self.width = shares, len(shares)
        scores = self._units(pool)  # (width, columns)
        self.median = np.median(scores, axis=1).astype(np.int64)
        least, most = (scores - self.median[:, None]).min(), (scores - self.median[:, None]).max()
        self.least = int(least)
        size = int(most - least) + 1
        self.chances = np.stack(
            [
                np.bincount(row - middle - self.least, minlength=size) / len(pool)
                for row, middle in zip(scores, self.median, strict=True)
            ]
        )
        self._tails: dict[tuple[int, int], NDArray[np.float64]] = {}

    def _units(self, columns: Matrix) -> NDArray[np.int64]:
        far = np.sqrt(((self.shares[:, None] - columns[None]) ** 2).sum(axis=2))
        return np.rint(_UNITS * (1 - far / _FARTHEST)).astype(np.int64)

    def _tail(self, first: int, last: int) -> NDArray[np.float64]:
        """Chance of at least each sum over columns `first` to `last`, beginning with the least sum."""
        if (first, last) not in self._tails:
            spread = np.ones(1)
            for column in range(first, last):
                spread = np.convolve(spread, self.chances[column])
            self._tails[first, last] = np.minimum(np.cumsum(spread[::-1])[::-1], 1.0)
        return self._tails[first, last]

    def _chance(self, first: int, last: int, score: int) -> float:
        tail = self._tail(first, last)
        place = score - (last - first) * self.least
        return 1.0 if place <= 0 else float(tail[place]) if place < len(tail) else 0.0

    def p_values(self, targets: Sequence[Matrix]) -> list[float]:
        """Of each target."""
        return [self._p_value(target) for target in targets]

    def _p_value(self, target: Matrix) -> float:
        places = range(1 - self.width, len(target))
        best = max(
            int(np.trace(table, place))
            for table in (self._units(turned) - self.median[:, None] for turned in (target, target[::-1, ::-1]))
            for place in places
        )
        none = 0.0
        for place in places:
            first, last = max(0, -place), min(self.width, len(target) - place)
            chance = self._chance(first, last, best)
            none += 2 * np.log1p(-chance) if chance < 1 else -np.inf
        return float(-np.expm1(none))
