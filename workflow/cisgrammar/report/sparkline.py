"""Two profiles of one place, before and after ablation, as a small inline SVG."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup
from numpy.typing import ArrayLike, NDArray

from cisgrammar.report.render import render

_WIDTH, _HEIGHT = 160, 36


def sparkline(before: ArrayLike, after: ArrayLike, label: str) -> Markup:
    """Two profiles on one scale: before ablation (filled) and after (line); the site is in the middle.

    Parameters
    ----------
    before, after
        `(positions,)`, an even number; neighbours are averaged in twos. nan is left out.
    label
        What it shows, for who does not see it.
    """
    lines = [np.asarray(values, dtype=np.float64).reshape(-1, 2).mean(axis=1) for values in (before, after)]
    most = max((float(np.nanmax(v)) for v in lines if np.isfinite(v).any()), default=0.0) or 1.0
    one, other = (_path(values, most) for values in lines)
    ends = [i for i in range(len(lines[0])) if np.isfinite(lines[0][i])]
    filled = f"{one}L{_x(ends[-1], lines[0])} {_HEIGHT}L{_x(ends[0], lines[0])} {_HEIGHT}Z" if ends else ""
    return render("sparkline.svg.j2", width=_WIDTH, height=_HEIGHT, label=label, before=filled, after=other)


def _x(i: int, values: NDArray[np.float64]) -> int:
    return round(i * _WIDTH / max(1, len(values) - 1))


def _path(values: NDArray[np.float64], most: float) -> str:
    points = [
        f"{_x(i, values)} {round(_HEIGHT - 1 - (_HEIGHT - 2) * v / most)}"
        for i, v in enumerate(values)
        if np.isfinite(v)
    ]
    return "M" + "L".join(points) if points else ""
