"""Whether a pattern is the same in halves of the windows, each with a finder of its own, and in the folds' models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cisgrammar.discover.alignment import HALF, REACH, all_pairs, cut, turn
from cisgrammar.discover.attribution_files import Attributions
from cisgrammar.discover.patterns import ALIKE, Pattern, sequences


def halves(windows: Attributions) -> NDArray[np.int64]:
    """0 or 1 of each window: windows that overlap are in one half, and shuffles in that of their window."""
    place = np.stack([np.unique(windows.chrom, return_inverse=True)[1], windows.start])
    order = np.lexsort(place[::-1])
    chrom, start = place[:, order]
    apart = np.ones(len(order), dtype=bool)
    apart[1:] = (chrom[1:] != chrom[:-1]) | (start[1:] - start[:-1] >= windows.length)
    found = np.empty(len(order), dtype=np.int64)
    found[order] = np.cumsum(apart) % 2
    return found


def same_in_halves(pattern: Pattern, first: Sequence[Pattern], second: Sequence[Pattern]) -> float:
    """Cosine of those patterns of two halves that are most like a pattern; nan where a half has none like it."""
    both = [_most_like(pattern, patterns) for patterns in (first, second)]
    found = [each for each in both if each is not None]
    return _cosines(found[0], found[1:])[0] if len(found) == 2 else np.nan


def _most_like(pattern: Pattern, others: Sequence[Pattern]) -> Pattern | None:
    cosines = _cosines(pattern, others)
    best = int(np.argmax(cosines)) if cosines else -1
    return others[best] if best >= 0 and cosines[best] >= ALIKE else None


def _cosines(pattern: Pattern, others: Sequence[Pattern]) -> list[float]:
    every = np.stack([pattern.contributions, *(other.contributions for other in others)]).astype(np.float32)
    return [float(value) for value in all_pairs(every)[0, 1:]]


def same_in_folds(pattern: Pattern, codes: NDArray[np.uint8], by_fold: NDArray[np.float16]) -> float:
    """Least cosine of the mean contributions by one fold's model and by another's, at the same seqlets.

    Parameters
    ----------
    pattern
        Its windows are explained by all folds.
    codes
        `(windows, length)`.
    by_fold
        `(windows, folds, length)` contributions of the bases that are there; nan with a single fold.
    """
    there = sequences(codes, pattern.row, pattern.centre)  # (seqlets, 51, 4)
    values = cut(by_fold, pattern.row, pattern.centre, REACH)  # (seqlets, 51, folds)
    middle = slice(REACH - HALF, REACH + HALF + 1)
    means = []
    for fold in range(values.shape[2]):
        part = there * values[..., fold : fold + 1]
        means.append(np.where(pattern.turned[:, None, None], turn(part), part).mean(axis=0)[middle].ravel())
    size = [np.linalg.norm(mean) for mean in means]
    pairs = [(i, j) for i in range(len(means)) for j in range(i)]
    return min((float(means[i] @ means[j] / max(size[i] * size[j], 1e-30)) for i, j in pairs), default=np.nan)
