"""Motifs and spaced pairs of motifs as scores of a stretch of DNA in whole units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.motifs.motif import Matrix, Motif

Integers = NDArray[np.int64]
# Scores are whole multiples of this, in units of RT: a thousandth is far below the error of any fit.
UNIT = 1e-3
_MOST_STATES = 4**4


@dataclass(frozen=True, eq=False)
class Pattern:
    """Scores of a stretch of DNA in whole units, best possible 0 or less.

    Attributes
    ----------
    monomers
        `(span, 4)` int64.
    pairs
        (position, later position) -> `(4, 4)` int64.
    offset
        Units added to every score, such as how much less cooperative a spacing is than the best.
    """

    monomers: Integers
    pairs: dict[tuple[int, int], Integers]
    offset: int = 0

    @property
    def span(self) -> int:
        """Bases."""
        return len(self.monomers)

    @property
    def reach(self) -> int:
        """Largest distance of a pair; 0 without pairs."""
        return max((j - i for i, j in self.pairs), default=0)

    def reversed(self) -> Pattern:
        """The pattern that scores a forward strand as this one scores its reverse complement."""
        last = self.span - 1
        pairs = {(last - j, last - i): block.T[::-1, ::-1] for (i, j), block in self.pairs.items()}
        return Pattern(self.monomers[::-1, ::-1], pairs, self.offset)


def of_motif(motif: Motif) -> Pattern:
    """The scores of a motif without pairs of positions, best 0."""
    return rounded(motif.scores, {})


def rounded(monomers: Matrix, pairs: Mapping[tuple[int, int], Matrix], log_omega: float = 0.0) -> Pattern:
    """Round scores in nats to whole units, shifted so that the best sequence scores `log_omega`.

    Parameters
    ----------
    monomers
        `(span, 4)`.
    pairs
        (position, later position) -> `(4, 4)`.
    log_omega
        At most 0.
    """
    top = monomers.max(1, keepdims=True)
    singles = np.rint((monomers - top) / UNIT).astype(np.int64)
    blocks = {key: np.rint((block - block.max()) / UNIT).astype(np.int64) for key, block in pairs.items()}
    found = Pattern(singles, blocks)
    return Pattern(singles, blocks, -best_score(found) + round(log_omega / UNIT))


def best_score(one: Pattern) -> int:
    """Greatest score of any sequence, in units, by dynamic programming."""
    states = _check_reach(one)
    best = np.zeros(states, dtype=np.int64)
    for added in additions(one):
        # The letter that leaves the memory is the first digit of a state.
        best = (best[:, None] + added).reshape(4, states).max(0)  # (states,)
    return int(best.max()) + one.offset


def _check_reach(one: Pattern) -> int:
    states = 4**one.reach
    if states > _MOST_STATES:
        raise ValueError(f"pairs reach {one.reach} positions; the distribution of scores is computed for at most 4")
    return states


def additions(one: Pattern) -> list[Integers]:
    """For each position, what each (state, letter) adds: `(states, 4)`; a state is the last `reach` letters."""
    states = _check_reach(one)
    numbers = np.arange(states)
    out = []
    for position in range(one.span):
        added = np.tile(one.monomers[position], (states, 1))  # (states, 4)
        for (i, j), block in one.pairs.items():
            if j == position:
                added += block[numbers // 4 ** (j - i - 1) % 4]
        out.append(added)
    return out
