"""Jensen-Shannon distance of distributions, base 2: 0 for equal ones, 1 for disjoint ones (Endres, Schindelin 2003).

One form takes probabilities, which may be 0, and one takes their logarithms, in tensors that broadcast and in the
precision that they have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

from cisgrammar.statistics.shapes import check_same_shape

if TYPE_CHECKING:
    from torch import Tensor


def jensen_shannon_distance(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distance of each row of `(rows, outcomes)` probabilities to that of the other, `(rows,)`.

    Root of H((p + q) / 2) - (H(p) + H(q)) / 2 in bits; ValueError if shapes differ.
    """
    check_same_shape(p, q, 2)
    middle = (p + q) / 2
    entropies = [-xlogy(part, part).sum(axis=1) for part in (middle, p, q)]
    divergence = (entropies[0] - (entropies[1] + entropies[2]) / 2) / np.log(2)
    return np.sqrt(np.clip(divergence, 0, 1))


def jensen_shannon_distance_of_logs(log_p: Tensor, log_q: Tensor) -> Tensor:
    """Distance of distributions along the last axis, from natural logarithms, which are finite; they broadcast.

    Root of (KL(p, m) + KL(q, m)) / 2 in bits with m = (p + q) / 2: no probability is formed that could underflow.
    """
    log_middle = log_p.logaddexp(log_q) - np.log(2.0)
    divergence = (log_p.exp() * (log_p - log_middle) + log_q.exp() * (log_q - log_middle)).sum(-1) / 2
    return (divergence / np.log(2.0)).clamp(min=0).sqrt()
