"""Ridge regression from sums over windows: memory does not grow with their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_PENALTIES = 10.0 ** np.arange(-6.0, 2.01, 0.5)


class Line(NamedTuple):
    """`intercept + features @ weights`."""

    weights: Floats
    intercept: float


class Moments(NamedTuple):
    """Number of windows, and sums of features x, of a target y, and of their products."""

    n: float
    x: Floats
    y: float
    xx: Floats
    xy: Floats
    yy: float

    def error(self, line: Line) -> float:
        """Mean squared error of a line on these windows."""
        w, b = line
        squares = w @ self.xx @ w + 2 * b * (self.x @ w) + self.n * b * b
        return float((squares - 2 * (self.xy @ w + b * self.y) + self.yy) / self.n)


def moments(features: Floats, target: Floats) -> Moments:
    """Sums over windows: features `(windows, features)`, target `(windows,)`."""
    return Moments(
        float(len(features)),
        features.sum(axis=0),
        float(target.sum()),
        features.T @ features,
        features.T @ target,
        float(target @ target),
    )


def summed(parts: Sequence[Moments]) -> Moments:
    """The sums over the windows of all parts; at least one."""
    return Moments(*(sum(values) for values in zip(*parts, strict=True)))


def ridge(sums: Moments, penalty: float) -> Line:
    """The line with the least mean squared error plus `penalty` times the squared weights of features in their SD.

    A feature that does not vary has weight 0.
    """
    mean, target = sums.x / sums.n, sums.y / sums.n
    covariance = sums.xx / sums.n - np.outer(mean, mean)
    sd = np.sqrt(np.maximum(np.diag(covariance), 0))
    used = np.flatnonzero(sd > 1e-9 * (1 + np.abs(mean)))
    weights = np.zeros(len(mean))
    if len(used):
        scale = sd[used]
        matrix = covariance[np.ix_(used, used)] / np.outer(scale, scale) + penalty * np.eye(len(used))
        weights[used] = np.linalg.solve(matrix, (sums.xy / sums.n - mean * target)[used] / scale) / scale
    return Line(weights, float(target - mean @ weights))


def fit_line(stretches: Sequence[Moments]) -> Line:
    """Fit with the largest penalty that predicts a stretch from the others as well as the best one does.

    As well: the mean of its error less that of the best over stretches is at most its standard error. A larger penalty
    means smaller weights.

    Parameters
    ----------
    stretches
        Sums over the windows of each stretch of the genome; two or more.
    """
    others = [summed([s for s in stretches if s is not stretch]) for stretch in stretches]
    errors = np.array(
        [[stretch.error(ridge(rest, p)) for p in _PENALTIES] for stretch, rest in zip(stretches, others, strict=True)]
    )
    best = int(np.argmin(errors.mean(axis=0)))
    above = errors - errors[:, [best]]
    allowed = above.mean(axis=0) <= above.std(axis=0, ddof=1) / np.sqrt(len(stretches))
    return ridge(summed(stretches), float(_PENALTIES[np.flatnonzero(allowed).max()]))
