"""The exact distribution of a pattern's scores over random sequence, and P-values from it.

The distribution is computed position by position, by adding up the chances of all sequences with the same score in
whole units and the same last letters; it is exact for the rounded scores.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cisgrammar.motifs.motif import Matrix
from cisgrammar.motifs.pattern import Pattern, additions


@dataclass(frozen=True, eq=False)
class ScoreDistribution:
    """Chance that a random window scores at least so much.

    Attributes
    ----------
    lowest
        Least score, in units.
    tail
        `(scores,)`: chance of a score of at least `lowest + i`.
    """

    lowest: int
    tail: Matrix

    def p_value(self, scores: NDArray[np.integer]) -> Matrix:
        """Chance of at least each score (in units), in its shape."""
        return self.tail[np.clip(scores - self.lowest, 0, len(self.tail) - 1)]

    def threshold(self, p_value: float) -> int:
        """Least score, in units, that a random window reaches with at most this chance.

        One above the greatest score if even that is more likely.
        """
        return self.lowest + int(np.searchsorted(-self.tail, -p_value))


def score_distribution(one: Pattern, background: Matrix) -> ScoreDistribution:
    """Exact distribution of a pattern's scores over random sequence.

    Parameters
    ----------
    one
        The pattern.
    background
        `(4,)` chances of the bases, which are independent of each other.

    Raises
    ------
    ValueError
        If its pairs reach too far.
    """
    steps = additions(one)
    lows, highs = [int(s.min()) for s in steps], [int(s.max()) for s in steps]
    states, width = 4**one.reach, sum(highs) - sum(lows) + 1
    density = np.zeros((states, width))
    # Which letters come before the first position does not matter: no pair looks at them.
    density[0, 0] = 1.0
    for added, low in zip(steps, lows, strict=True):
        after = np.zeros_like(density)
        for state in np.flatnonzero(density.any(1)):
            for letter in range(4):
                shift = int(added[state, letter]) - low
                to = (4 * state + letter) % states
                after[to, shift:] += background[letter] * density[state, : width - shift]
        density = after
    tail = np.minimum(density.sum(0)[::-1].cumsum()[::-1], 1.0)
    return ScoreDistribution(sum(lows) + one.offset, tail)
