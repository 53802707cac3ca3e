"""Seqlets by their letters: which strand of a palindrome reads forward, and patterns that hold two words.

Contributions say where a factor is bound; they hardly say which way a palindrome reads, and two factors whose words
differ in two letters of nine have nearly the same. The letters beside and between tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cisgrammar.discover.alignment import Stretches, turn

_TIE = 0.05
"""Placements whose cosine is so much below the best are alike (judgement)."""
_ROUNDS = 20
_CHANCE = 1e-6
"""p-value of the dependence of two letters, times the number of pairs, below which a pattern may hold two words."""
_CERTAIN = 0.75
"""Share of its best letter in each part, in a column where two words differ (judgement)."""
_APART = 2
"""Columns where two words differ, at least: sites with one weak letter are no other word."""


def placed_by_letters(
    wide: Stretches, cosine: NDArray[np.float32], shift: NDArray[np.int64], turned: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Of placements that lie equally well, the one whose letters are most like those of the other seqlets.

    Parameters
    ----------
    wide
        `(seqlets, 2 * reach + 1, 4)` one-hot sequences; what is placed is the centre, less by the largest shift on
        both sides.
    cosine
        `(seqlets, placements)` of contributions and pattern.
    shift, turned
        `(placements,)` bp, and strand; a seqlet that is turned is shifted after that.

    Returns
    -------
    array
        `(seqlets,)` the placement of each.
    """
    chosen = cosine.argmax(axis=1)
    tied = cosine >= cosine.max(axis=1, keepdims=True) - _TIE
    open_ones = np.flatnonzero(tied.sum(axis=1) > 1)
    most = int(np.abs(shift).max())
    every = np.arange(len(wide))

    def letters(rows: NDArray[np.int64], placement: NDArray[np.int64]) -> Stretches:
        """One-hot `(rows, width, 4)` as they are placed."""
        own = wide[rows]
        own = np.where(turned[placement][:, None, None], turn(own), own)
        width = wide.shape[1] - 2 * most
        columns = most + shift[placement][:, None] + np.arange(width)
        return own[np.arange(len(rows))[:, None], columns]

    counts = letters(every, chosen).sum(axis=0, dtype=np.float64)  # (width, 4)
    for _ in range(_ROUNDS):
        moved = False
        for row in open_ones.tolist():
            options = np.flatnonzero(tied[row])
            candidates = letters(np.full(len(options), row), options)  # (options, width, 4)
            mine = candidates[options == chosen[row]][0]
            rest = counts - mine + 0.25
            odds = np.log(rest / rest.sum(axis=1, keepdims=True))
            score = (candidates * odds).sum(axis=(1, 2))
            best = int(options[score.argmax()])
            if best != chosen[row] and score.max() > score[options == chosen[row]][0] + 1e-9:
                counts += candidates[score.argmax()] - mine
                chosen[row], moved = best, True
        if not moved:
            break
    return chosen


def words_of(codes: NDArray[np.uint8], fewest: int) -> Iterator[NDArray[np.int64]]:
    """Divide seqlets that are laid on each other by the words that they hold.

    Two words differ in two columns or more, in each of which both have a letter of 0.75 or more. That two columns
    depend on each other by so much has p < 1e-6 after Bonferroni's correction over pairs of letters (chi-square, one
    degree of freedom).

    Parameters
    ----------
    codes
        `(seqlets, columns)` letters; 4 where there is none.
    fewest
        Seqlets of a part.

    Yields
    ------
    array
        Rows of each part, in their order; all of them if there is one word.
    """
    open_parts = [np.arange(len(codes))]
    while open_parts:
        rows = open_parts.pop()
        parts = _two_words(codes[rows], fewest)
        if parts is None:
            yield rows
        else:
            open_parts += [rows[part] for part in reversed(parts)]


def _two_words(codes: NDArray[np.uint8], fewest: int) -> list[NDArray[np.int64]] | None:
    number, columns = codes.shape
    if number < 2 * fewest or columns < _APART:
        return None
    letters = (codes[..., None] == np.arange(4)).astype(np.float64)  # (seqlets, columns, 4)
    first = _seed(letters, fewest)
    if first is None:
        return None
    for _ in range(_ROUNDS):
        odds = [np.log(_shares(letters[side])) for side in (first, ~first)]
        nearer = (letters * (odds[0] - odds[1])).sum(axis=(1, 2)) > 0
        if (nearer == first).all() or nearer.all() or not nearer.any():
            break
        first = nearer
    if min(first.sum(), (~first).sum()) < fewest:
        return None
    a, b = (_shares(letters[side]) for side in (first, ~first))
    apart = (a.argmax(axis=1) != b.argmax(axis=1)) & (np.minimum(a.max(axis=1), b.max(axis=1)) >= _CERTAIN)
    return [np.flatnonzero(first), np.flatnonzero(~first)] if apart.sum() >= _APART else None


def _shares(letters: NDArray[np.float64]) -> NDArray[np.float64]:
    counts = letters.sum(axis=0) + 0.25
    return counts / counts.sum(axis=1, keepdims=True)


def _seed(letters: NDArray[np.float64], fewest: int) -> NDArray[np.bool_] | None:
    """Seqlets with both letters of the pair of columns that depend on each other most; None if it may be chance.

    Pairs that fewer than half of `fewest` seqlets hold are left out: of letters that one seqlet has, any two agree.
    """
    from scipy.special import chdtrc

    number, columns, bases = letters.shape
    flat = letters.reshape(number, -1)
    centred = flat - flat.mean(axis=0)
    variance = (centred**2).mean(axis=0)
    scale = np.sqrt(np.where(variance > 0, variance, np.inf))
    phi = (centred.T @ centred / number) / np.outer(scale, scale)  # (columns * 4, columns * 4)
    same = np.repeat(np.arange(columns), bases)
    phi[(same[:, None] == same) | (flat.T @ flat < fewest / 2)] = 0.0
    i, j = np.unravel_index(int(phi.argmax()), phi.shape)
    pairs = columns * (columns - 1) / 2 * bases**2
    if chdtrc(1, number * phi[i, j] ** 2) * pairs > _CHANCE:
        return None
    return (flat[:, i] > 0) & (flat[:, j] > 0)
