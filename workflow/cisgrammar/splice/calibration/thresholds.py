"""The threshold rule: as many positions are called as there are true sites.

A position is called where its score is strictly greater than the threshold.
"""

from __future__ import annotations

from cisgrammar.splice.calibration.ranking import Curve


def top_k_threshold(curve: Curve) -> float:
    """The score above which as many positions are called as there are true sites; nan without sites.

    The quantile `1 - k/n` of all `n` scores, for `k` sites, interpolated linearly: between the scores of ranks `k`
    and `k + 1`, and all but equal to the latter.
    """
    n, k = curve.positions[-1], curve.sites[-1]
    if not k:
        return float("nan")
    best_left_out = curve.score_at(k + 1)
    return best_left_out + k / n * (curve.score_at(k) - best_left_out)


def tied(curve: Curve) -> int:
    """Number of positions that share one score across the cut between ranks `k` and `k + 1`; 0 if none do.

    The threshold calls none of them.
    """
    k = curve.sites[-1]
    level = curve.level_of(k)
    if not k or k == curve.positions[-1] or curve.positions[level] <= k:
        return 0
    return int(curve.positions[level] - (curve.positions[level - 1] if level else 0))
