"""Intervals in closed form. Nothing here imports numpy."""

from __future__ import annotations

import math

NORMAL_95 = 1.96
"""Half of the width of a 95 % interval of a normal estimate, in standard errors."""


def wilson(hits: float, tests: float, errors: float = NORMAL_95) -> tuple[float, float]:
    """Ends of the interval of a share, `hits` of `tests` (Wilson 1927), 95 %; 0 and 1 without any test.

    Numbers need not be whole: tests that depend on each other count as fewer. `errors`: half of the width, in standard
    errors of a share that lies at the end of the interval.
    """
    if not tests:
        return 0.0, 1.0
    share, z2 = hits / tests, errors**2
    middle = share + z2 / (2 * tests)
    half = errors * math.sqrt(share * (1 - share) / tests + z2 / (4 * tests**2))
    return max(0.0, (middle - half) / (1 + z2 / tests)), min(1.0, (middle + half) / (1 + z2 / tests))


def wilson_lower(hits: float, tests: float) -> float:
    """Lower end of `wilson`."""
    return wilson(hits, tests)[0]
