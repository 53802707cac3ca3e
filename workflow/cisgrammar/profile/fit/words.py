"""Words with a gap, such as ACCCNACAT, that stand where windows have more or fewer reads than their k-mers say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.iupac import BASES, reverse_complement
from cisgrammar.profile.fit.kmer_counts import Cut, canonical_numbers, counts_at
from cisgrammar.statistics.distributions import normal_quantile

_SHAPES = (*((3, gap) for gap in range(1, 8)), *((4, gap) for gap in range(6)))
"""Letters of each half, and bp between the halves: 3 + 0 + 3 are the 6-mers, which the ridge has."""
_LEVEL = 0.05
_LEAST_WINDOWS = 50
_MOST_COPIES = 4
_MOST_WINDOWS = 5000
_SHORT_LIST = 200
_PIECE = 64


def word_counts(codes: NDArray[np.uint8], words: Sequence[str]) -> NDArray[np.float64]:
    """How often each word stands in each window, on either strand; `(windows, length)` to `(windows, words)`.

    The letter N of a word is any base; a word that is its own reverse complement is counted once.
    """
    found = np.zeros((len(codes), len(words)))
    for column, word in enumerate(words):
        for pattern in sorted({word, reverse_complement(word)}):
            places = codes.shape[1] - len(pattern) + 1
            there = np.ones((len(codes), max(places, 0)), dtype=bool)
            for i, letter in enumerate(pattern if places > 0 else ""):
                if letter != "N":
                    there &= codes[:, i : i + places] == BASES.index(letter)
            found[:, column] += there.sum(axis=1)
    return found


def choose_words(cut: Cut, starts: NDArray[np.int64], residuals: NDArray[np.float64], most: int) -> list[str]:
    """Words whose number goes with the residuals, one after the other, by training windows alone.

    A word is taken while its correlation with what the words before leave is above chance at 5 %, corrected for
    all words that were tried (Bonferroni); so residuals that have nothing to do with the sequence give none in
    95 % of cases. Only words in at least 50 windows are tried, and none that a window holds more than four times: a
    repeat in a window to come would be added up to any number.

    Parameters
    ----------
    cut
        Starts of windows -> their codes `(windows, length)`.
    starts
        `(windows,)` in the concatenated genome; of more than 5,000, these many are used, evenly taken.
    residuals
        `(windows,)` of ln N, from a fit that did not see the window.
    most
        Number of words at most.
    """
    used = np.linspace(0, len(starts) - 1, min(len(starts), _MOST_WINDOWS)).astype(np.int64)
    starts, residuals = starts[used], residuals[used] - residuals[used].mean()
    if most == 0 or not residuals.any():
        return []
    tried, short_list = 0, []
    for half, gap in _SHAPES:
        screened = _screen(cut, starts, residuals, half, gap)
        tried += len(screened.words)
        best = np.argsort(-np.abs(screened.z), kind="stable")[:_SHORT_LIST]
        short_list += [(-abs(screened.z[i]), half, gap, int(screened.words[i])) for i in best]
    words = [_spelled(half, gap, number) for _, half, gap, number in sorted(short_list)[:_SHORT_LIST]]
    counts = np.concatenate([word_counts(cut(starts[i : i + 1024]), words) for i in range(0, len(starts), 1024)])
    return [words[i] for i in _forward(counts, residuals, -float(normal_quantile(_LEVEL / 2 / max(tried, 1))), most)]


def _forward(counts: NDArray[np.float64], residuals: NDArray[np.float64], bar: float, most: int) -> list[int]:
    """Columns by forward selection: each is the one that goes best with what those before leave."""
    centred = counts - counts.mean(axis=0)
    chosen: list[int] = []
    left = residuals
    while len(chosen) < min(most, counts.shape[1]):
        spread = np.sqrt(np.square(centred).sum(axis=0) * np.square(left).mean())
        z = np.abs(np.divide(left @ centred, spread, out=np.zeros(len(spread)), where=spread > 0))
        z[chosen] = 0
        if z.max() < bar:
            break
        chosen.append(int(z.argmax()))
        weights = np.linalg.lstsq(centred[:, chosen], residuals, rcond=None)[0]
        left = residuals - centred[:, chosen] @ weights
    return chosen


class _Screened(NamedTuple):
    """Numbers of canonical words of one shape that may be tried, and the z of each."""

    words: NDArray[np.int64]
    z: NDArray[np.float64]


def _screen(cut: Cut, starts: NDArray[np.int64], residuals: NDArray[np.float64], half: int, gap: int) -> _Screened:
    size = int(canonical_numbers(2 * half).max()) + 1
    total, squares, product, windows, copies = (np.zeros(size) for _ in range(5))
    offsets = [*range(half), *range(half + gap, 2 * half + gap)]
    for i in range(0, len(starts), _PIECE):
        counts = counts_at(cut(starts[i : i + _PIECE]), offsets)
        total += counts.sum(axis=0)
        squares += np.square(counts).sum(axis=0)
        product += residuals[i : i + _PIECE] @ counts
        windows += (counts > 0).sum(axis=0)
        np.maximum(copies, counts.max(axis=0), out=copies)
    words = np.flatnonzero((windows >= _LEAST_WINDOWS) & (copies <= _MOST_COPIES))
    spread = (squares - np.square(total) / len(starts))[words] * np.square(residuals).mean()
    return _Screened(words, product[words] / np.sqrt(np.maximum(spread, 1e-12)))


def _spelled(half: int, gap: int, number: int) -> str:
    first = int(np.flatnonzero(canonical_numbers(2 * half) == number)[0])
    letters = "".join(BASES[first // 4**i % 4] for i in range(2 * half - 1, -1, -1))
    return letters[:half] + "N" * gap + letters[half:]
