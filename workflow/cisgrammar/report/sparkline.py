"""Small profiles as inline SVG."""

from __future__ import annotations

import html

import numpy as np
from numpy.typing import ArrayLike, NDArray

_SPARK = (160, 36)


def sparkline(before: ArrayLike, after: ArrayLike, label: str) -> str:
    """Two profiles on one scale: before ablation (filled) and after (line); the site is in the middle.

    Parameters
    ----------
    before, after
        `(positions,)`, an even number; neighbours are averaged in twos. nan is left out.
    label
        What it shows, for who does not see it.
    """
    lines = [np.asarray(values, dtype=np.float64).reshape(-1, 2).mean(axis=1) for values in (before, after)]
    wide, high = _SPARK
    most = max((float(np.nanmax(v)) for v in lines if np.isfinite(v).any()), default=0.0) or 1.0
    one, other = (_path(values, most) for values in lines)
    ends = [i for i in range(len(lines[0])) if np.isfinite(lines[0][i])]
    filled = f"{one}L{_x(ends[-1], lines[0])} {high}L{_x(ends[0], lines[0])} {high}Z" if ends else ""
    middle = f'<path class="middle" d="M{wide // 2} 0V{high}"/>'
    size = f'viewBox="0 0 {wide} {high}" width="{wide}" height="{high}"'
    return (
        f'<svg class="spark" role="img" aria-label="{html.escape(label)}" {size}>{middle}'
        f'<path class="before" d="{filled}"/><path class="after" d="{other}"/></svg>'
    )


def _x(i: int, values: NDArray[np.float64]) -> int:
    return round(i * _SPARK[0] / max(1, len(values) - 1))


def _path(values: NDArray[np.float64], most: float) -> str:
    high = _SPARK[1]
    points = [
        f"{_x(i, values)} {round(high - 1 - (high - 2) * v / most)}" for i, v in enumerate(values) if np.isfinite(v)
    ]
    return "M" + "L".join(points) if points else ""
