"""How alike two motifs are, whatever their shift and strand."""

from __future__ import annotations

import numpy as np

from cisgrammar.motifs.motif import Matrix


def similarity(one: Matrix, other: Matrix) -> float:
    """How alike two motifs `(width, 4)` are, 0 to 1: the greatest cosine over all shifts and both strands.

    Shares are taken relative to an even background; positions that hang over count as even, so that a short overlap
    cannot look like a match.
    """
    first, second = one - 0.25, other - 0.25
    norm = float(np.linalg.norm(first) * np.linalg.norm(second))
    if norm == 0:
        return 0.0
    best = 0.0
    for turned in (second, second[::-1, ::-1]):
        products = first @ turned.T  # (width of one, width of other)
        best = max(best, *(float(np.trace(products, shift)) for shift in range(1 - len(first), len(second))))
    return best / norm
