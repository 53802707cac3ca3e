"""Calibration error of probabilities in bins, without the part that chance alone makes, and its interval over genes.

The error is the root mean square of accuracy minus confidence over bins, weighted by positions: its square can be
estimated without bias, that of the mean of |accuracy - confidence| cannot (Kumar, Liang, Ma 2019,
doi:10.48550/arXiv.1909.10155; Broecker 2012, doi:10.1007/s00382-011-1191-1). A plain bootstrap adds chance a second
time, so that its interval need not hold the estimate; here the distribution of the squared error is inverted.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.statistics.bootstrap import Bootstrap, Estimate
from cisgrammar.statistics.distributions import normal_quantile, student_quantile

_STREAM = 103
"""Stream of random signs, beside those of `Bootstrap.weights` and of the frame checks."""
_POINTS = 400
_GROUPS = 200
"""Groups of genes that the jackknife leaves out one after another, at most: its time grows with genes times groups."""


class _Binned(NamedTuple):
    """Sums of all genes, as shares of all positions: error and positions of bins, and what genes add to their chance.

    Attributes
    ----------
    error, share
        `(bins,)`: (probabilities - true sites) / positions of all bins, and positions of the bin by the same.
    left
        `(bins,)`: part of a gene's variance that its residuals have left; 1 in a bin of one gene.
    deviation, moved
        `(genes, bins)`: what flips with a gene of the error at the bin's positions, and of the share.
    freedom
        Effective number of genes in a bin (1 / sum of squared shares of its positions, harmonic mean over positions)
        less 1: that is what a bin's variance is estimated from.
    """

    error: NDArray[np.float64]
    share: NDArray[np.float64]
    left: NDArray[np.float64]
    deviation: NDArray[np.float64]
    moved: NDArray[np.float64]
    freedom: float


def squared_error(sums: NDArray[np.float64]) -> float:
    """Mean over positions of the squared (accuracy - confidence) of their bin, less what chance makes of it.

    What is taken off is the variance over genes of accuracy minus confidence within each bin, which holds the binomial
    one. The expectation is the true squared error, so that where that is 0 about half of the values are negative. A
    bin whose positions are all of one gene adds nothing, since nothing tells its error from chance.

    Parameters
    ----------
    sums
        `(genes, 3, bins)`: number of positions, sum of probabilities, true sites.

    Returns
    -------
    float
        nan without positions or with fewer than two genes.
    """
    found = _binned(sums)
    return float("nan") if found is None else _unbiased(found)


def squared_error_change(before: NDArray[np.float64], after: NDArray[np.float64]) -> tuple[float, float]:
    """Change of `squared_error` between two sets of probabilities of the same genes, and its standard error.

    The error is the jackknife's over genes (Efron 1982), more than 200 in as many groups, of the difference: what both
    sets share is not in it. Where both errors are near 0 it is too large, by half with 20 genes of 20 positions
    (simulation), so that a growth is less often taken for one than its level says.

    Parameters
    ----------
    before, after
        `(genes, 3, bins)`, as for `squared_error`.

    Returns
    -------
    tuple
        nan and nan without positions; the error is nan with fewer than three genes that have some.
    """
    there = (before[:, 0].sum(axis=1) > 0) | (after[:, 0].sum(axis=1) > 0)
    before, after = before[there], after[there]
    change = squared_error(after) - squared_error(before)
    many = min(len(before), _GROUPS)
    if many < 3:
        return change, float("nan")
    group = np.arange(len(before)) % many
    rests = (group != left_out for left_out in range(many))
    without = np.array([squared_error(after[rest]) - squared_error(before[rest]) for rest in rests])
    return change, float(np.sqrt(np.square(without - without.mean()).sum() * (many - 1) / many))


def calibration_error(sums: NDArray[np.float64], bootstrap: Bootstrap, stream: int = 0) -> Estimate:
    """Root of `squared_error`, 0 where that is negative, with an interval that holds it.

    The interval is those true errors under which the observed sum of squares is not extreme. Chance at an error is
    what random signs of the genes' deviations make (wild bootstrap), widened by Student's t for few genes; the error
    is laid along that observed, since the mean of the sum of squares depends on its size alone. At error 0 all of the
    level is on the upper side, so that a lower end above 0 is a test of perfect calibration; it goes over to equal
    sides with growing power (as in Feldman, Cousins 1998, doi:10.1103/PhysRevD.57.3873).

    Parameters
    ----------
    sums
        `(genes, 3, bins)`: number of positions, sum of probabilities, true sites.
    bootstrap
        How many signs to draw, seed and level.
    stream
        Number of the gene set.

    Returns
    -------
    Estimate
        In the unit of a probability. nan without positions or with fewer than two genes; bounds nan without draws.
    """
    found = _binned(sums)
    if found is None:
        return Estimate(float("nan"), float("nan"), float("nan"))
    value = float(np.sqrt(max(0.0, _unbiased(found))))
    if bootstrap.replicates < 2:
        return Estimate(value, float("nan"), float("nan"))
    genes, upper_tail = len(found.deviation), (1 + bootstrap.level) / 2
    rng = np.random.default_rng([bootstrap.seed, _STREAM, stream])
    signs = 2.0 * rng.integers(2, size=(bootstrap.replicates, genes)).astype(np.float64) - 1
    wider = float(student_quantile(upper_tail, found.freedom) / normal_quantile(upper_tail))
    low, high = _invert(found, signs, wider, 1 - bootstrap.level)
    return Estimate(value, min(low, value), max(high, value))


def _binned(sums: NDArray[np.float64]) -> _Binned | None:
    total, genes = float(sums[:, 0].sum()), len(sums)
    if total <= 0 or genes < 2:
        return None
    filled = sums[:, 0].sum(axis=0) > 0
    number, apart = sums[:, 0][:, filled] / total, (sums[:, 1] - sums[:, 2])[:, filled] / total  # (genes, bins)
    error, share = apart.sum(axis=0), number.sum(axis=0)  # (bins,)
    # Squared residuals of a ratio have this part of the variance left, if that of a gene grows with its positions.
    left = 1 - (number**2).sum(axis=0) / share**2
    freedom = max(1.0, 1 / float(share @ (1 - left)) - 1)
    several = left > 1e-9
    left = np.where(several, left, 1)
    deviation = np.where(several, apart - number * error / share, apart) / np.sqrt(left)
    moved = np.sqrt(genes / (genes - 1)) * (number - number.sum(axis=1, keepdims=True) * share)
    return _Binned(error, share, left, deviation, moved, freedom)


def _unbiased(found: _Binned) -> float:
    return float(((found.error**2 - (found.deviation**2).sum(axis=0)) / found.share).sum())


def _invert(found: _Binned, signs: NDArray[np.float64], wider: float, level: float) -> tuple[float, float]:
    """Smallest and largest error that the observed sum of squares does not refute at a level.

    What chance adds to the sum is linear in the error (signs of the genes' deviations, with the jackknife's variance,
    Bell, McCaffrey 2002, and Student's t) and quadratic in chance alone. The latter is `wider` once, not squared:
    simulation of 20 genes of 20 positions, where the square would make the interval cover 0.97 at error 0.
    """
    observed = float((found.error**2 / found.share).sum())
    direction = (found.error / np.sqrt(observed) if observed > 0 else found.share) / found.share
    chance, moved = signs @ found.deviation, wider * (signs @ found.moved)  # (draws, bins)
    along = wider * (chance @ (direction / np.sqrt(found.left)))  # (draws,)
    of_size, squares = moved @ direction**2, wider * (chance**2 / found.share).sum(axis=1)
    most = np.sqrt(observed) + 2 * np.sqrt(squares.max())
    errors = np.linspace(0, most, _POINTS)
    drawn = np.sort(
        errors[:, None] ** 2 * (1 + of_size) + 2 * errors[:, None] * along + squares, axis=1
    )  # (errors, draws)
    many = drawn.shape[1]
    below = np.array([np.searchsorted(row, observed, side="right") for row in drawn]) / many
    above = 1 - np.array([np.searchsorted(row, observed, side="left") for row in drawn]) / many
    null_above = 1 - np.searchsorted(drawn[0], np.median(drawn, axis=1), side="right") / many
    lower_side = level / 2 * np.maximum(0, 1 - 2 * null_above)
    lower_side[0] = 0
    kept = errors[(above > level - lower_side) & ((below > lower_side) | (errors == 0))]
    return (float(kept[0]), float(kept[-1])) if len(kept) else (float(np.sqrt(observed)),) * 2
