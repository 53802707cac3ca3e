"""q-values of scores from the scores of decoys, which are called in the same way where there is nothing to find."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def target_decoy_q(scores: ArrayLike, decoys: ArrayLike, ratio: float = 1.0) -> NDArray[np.float64]:
    """Least share of false ones among the scores that are at least as large, `(scores,)`.

    `ratio * (1 + decoys >= score) / (scores >= score)`, made monotone and at most 1 (Elias and Gygi 2007; the 1 as in
    Barber and Candes 2015). With N scores and a ratio of 1 it is at least 1 / N: one score alone is never certain.

    Parameters
    ----------
    scores
        Of what is to be judged.
    decoys
        Of what is false by its making.
    ratio
        How much was searched for scores, relative to what was searched for decoys.
    """
    value, false = np.asarray(scores, dtype=np.float64), np.sort(np.asarray(decoys, dtype=np.float64))
    if not len(value):
        return np.zeros(0)
    order = np.argsort(-value, kind="stable")
    ranked = value[order]
    # Of equal scores all count.
    above = np.searchsorted(-ranked, -ranked, side="right")
    wrong = len(false) - np.searchsorted(false, ranked, side="left")
    share = np.minimum(ratio * (1 + wrong) / above, 1.0)
    q = np.empty(len(value))
    q[order] = np.minimum.accumulate(share[::-1])[::-1]
    return q
