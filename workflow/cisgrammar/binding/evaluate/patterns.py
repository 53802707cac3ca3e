"""Motifs and spaced pairs of motifs as one dense matrix, and the exact distribution of their scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.binding.layers.psam import PSAM

Matrix = NDArray[np.float64]
Integers = NDArray[np.int64]
# Scores are whole multiples of this, in units of RT: a thousandth is far below what any fit knows.
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


@torch.no_grad()
def _dense(psam: PSAM, strand: int = 0) -> tuple[Matrix, dict[tuple[int, int], Matrix]]:
    """Scores in nats of one strand over the span, dilation written out."""
    step = psam.dilation
    monomers = np.zeros((psam.size, 4))
    monomers[::step] = psam.get_filter(0)[strand].T.double().cpu().numpy()
    pairs = {}
    for distance in range(1, psam.pairwise_distance + 1):
        blocks = psam.get_filter(distance)[strand].double().cpu().numpy()  # (4, 4, positions - distance)
        pairs |= {(i, i + distance): blocks[..., i] for i in range(blocks.shape[-1])}
    return monomers, pairs


def _whole(monomers: Matrix, pairs: dict[tuple[int, int], Matrix], log_omega: float = 0.0) -> Pattern:
    """Round to whole units, the best score 0 (without pairs; with them no score is above 0)."""
    top = monomers.max(1, keepdims=True)
    rounded = np.rint((monomers - top) / UNIT).astype(np.int64)
    blocks = {key: np.rint((block - block.max()) / UNIT).astype(np.int64) for key, block in pairs.items()}
    found = Pattern(rounded, blocks)
    return Pattern(rounded, blocks, -best_score(found) + round(log_omega / UNIT))


def pattern(psam: PSAM) -> Pattern:
    """A matrix as a pattern; scores are log affinities relative to its best sequence."""
    return _whole(*_dense(psam))


def paired(
    psam_a: PSAM, psam_b: PSAM, strands: Literal["same", "opposite"], offset: int, log_omega: float = 0.0
) -> Pattern:
    """Two matrices at a spacing as one pattern, a on its forward strand.

    Parameters
    ----------
    psam_a, psam_b
        The matrices.
    strands
        Whether b is on the strand of a.
    offset
        Start of b minus start of a, on a's strand.
    log_omega
        Log cooperativity relative to the best spacing, at most 0; added to every score.
    """
    parts = [(max(0, -offset), *_dense(psam_a)), (max(0, offset), *_dense(psam_b, int(strands == "opposite")))]
    span = max(start + len(monomers) for start, monomers, _ in parts)
    monomers, pairs = np.zeros((span, 4)), {}
    for start, single, double in parts:
        monomers[start : start + len(single)] += single
        for (i, j), block in double.items():
            key = (start + i, start + j)
            pairs[key] = pairs.get(key, 0.0) + block
    return _whole(monomers, pairs, log_omega)


def best_score(one: Pattern) -> int:
    """Greatest score of any sequence, in units, by dynamic programming."""
    states = _check_reach(one)
    best = np.zeros(states, dtype=np.int64)
    for added in _steps(one):
        # The letter that leaves the memory is the first digit of a state.
        best = (best[:, None] + added).reshape(4, states).max(0)  # (states,)
    return int(best.max()) + one.offset


def _check_reach(one: Pattern) -> int:
    states = 4**one.reach
    if states > _MOST_STATES:
        raise ValueError(f"pairs reach {one.reach} positions; the distribution of scores is computed for at most 4")
    return states


def _steps(one: Pattern) -> list[Integers]:
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
    steps = _steps(one)
    lows, highs = [int(s.min()) for s in steps], [int(s.max()) for s in steps]
    states, width = 4**one.reach, sum(highs) - sum(lows) + 1
    density = np.zeros((states, width))
    # Which letters come before the first position does not matter: no pair looks at them.
    density[0, 0] = 1.0
    for added, low in zip(steps, lows):
        after = np.zeros_like(density)
        for state in np.flatnonzero(density.any(1)):
            for letter in range(4):
                shift = int(added[state, letter]) - low
                to = (4 * state + letter) % states
                after[to, shift:] += background[letter] * density[state, : width - shift]
        density = after
    tail = np.minimum(density.sum(0)[::-1].cumsum()[::-1], 1.0)
    return ScoreDistribution(sum(lows) + one.offset, tail)
