"""Tests against controls that are like what is tested: near it in features such as GC and distance to the summit."""

from __future__ import annotations

from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cisgrammar.statistics.clustered import mean_parts
from cisgrammar.statistics.distributions import student_tail
from cisgrammar.statistics.p_values import empirical_p

Values = NDArray[np.float64]
_AT_ONCE = 4096
"""Tests whose nearest controls are looked at together."""
Side = Literal["both", "greater", "less", "excess"]
NEIGHBOURS = 50
"""Controls that give the scale of a test. By simulation (`tests/statistics/test_matched.py`): 20 to 100 hold the level
where the spread of a minority of tests is 2 or 4 times that of the others; 50 gives a scale to a tenth."""
_PRIOR = 0.02
"""Weight of the mean of all controls beside 50 near ones, against a scale of 0. With 1 it moved scales by 3 % where
spreads differ 4 times, and the share of a minority with p below 0.05 from 0.05 to 0.07 (`make calibration`)."""


def nearest(features: Values, control_features: Values, number: int = NEIGHBOURS) -> NDArray[np.int32]:
    """The controls that are nearest to each test, Euclidean, `(tests, number)`; all of them if there are fewer.

    Parameters
    ----------
    features, control_features
        `(tests, features)` and `(controls, features)`, each feature in units of like weight.
    number
        How many.
    """
    from scipy.spatial import KDTree

    number = min(number, len(control_features))
    tree, found = KDTree(control_features), np.empty((len(features), number), dtype=np.int32)
    for first in range(0, len(features), _AT_ONCE):
        rows = slice(first, first + _AT_ONCE)
        _, found[rows] = tree.query(features[rows], k=np.arange(1, number + 1))
    return found


class Neighbours(NamedTuple):
    """Nearest controls of tests, `(tests, number)`, and of the controls themselves, `(controls, number)`."""

    of_tests: NDArray[np.int32]
    of_controls: NDArray[np.int32]


def neighbours(features: Values, control_features: Values) -> Neighbours:
    """The 50 controls nearest to each test and to each control, itself left out; all of them if there are fewer."""
    near = nearest(control_features, control_features, NEIGHBOURS + 1)
    dropped = near == np.arange(len(near))[:, None]
    dropped[~dropped.any(axis=1), -1] = True  # itself may be missing where more than 50 are at one place
    return Neighbours(nearest(features, control_features), near[~dropped].reshape(len(near), -1))


def _studentised(
    values: Values, controls: Values, near: NDArray[np.int32], overall: tuple[float, float], centred: bool
) -> Values:
    """Values `(n,)` over the mean distance from the centre of the controls near each, `(n, neighbours)`.

    The overall mean counts as one more control, so that a pool of zeros does not give infinity.
    """
    found = np.empty(len(values))
    for first in range(0, len(values), _AT_ONCE):
        rows = slice(first, first + _AT_ONCE)
        found[rows] = _over_spread(values[rows], controls[near[rows]], overall, centred)
    return found


def _over_spread(values: Values, pools: Values, overall: tuple[float, float], centred: bool) -> Values:
    known = pools.shape[1]
    centre = (pools.sum(axis=1) + _PRIOR * overall[0]) / (known + _PRIOR) if centred else np.zeros(len(values))
    spread = (np.abs(pools - centre[:, None]).sum(axis=1) + _PRIOR * overall[1]) / (known + _PRIOR)
    return (values - centre) / np.where(spread > 0, spread, 1.0)


def matched_p(
    values: Values,
    features: Values,
    controls: Values,
    control_features: Values,
    side: Side,
    near: Neighbours | None = None,
) -> tuple[Values, int]:
    """Empirical p-values of effects in units of the spread of the controls that are like them.

    Each test, and each control, is divided by the mean absolute effect of the 50 nearest controls (a control does not
    count among its own), and the quotients of tests are ranked among those of all controls. So the spread may depend
    on the features, and the smallest p is 1 / (1 + all controls), not 1 / 51. What it assumes is that quotients have
    one distribution, whatever the features are. (A studentised permutation test; Davison and Hinkley 1997, 4.4.)

    Parameters
    ----------
    values, features
        `(tests,)` and `(tests, features)`; a value that is nan has no p-value.
    controls, control_features
        Of the controls; those whose value is nan are left out.
    side
        `both`: the absolute effect; `greater`, `less`: the effect, or its negative; `excess`: how far it is above the
        mean of the nearest controls, in their mean absolute deviation, for an effect that is never negative.
    near
        `neighbours` of these features, where they are known.

    Returns
    -------
    p, number
        `(tests,)`, and the number of controls.
    """
    known, tested = ~np.isnan(controls), ~np.isnan(values)
    p = np.full(len(values), np.nan)
    if near is None or not known.all():
        near = neighbours(features, control_features[known]) if known.any() else None
    controls = controls[known]
    if near is None or not tested.any():
        return p, len(controls)
    centred = side == "excess"
    middle = float(controls.mean()) if centred else 0.0
    overall = (middle, float(np.abs(controls - middle).mean()))
    found = _studentised(values[tested], controls, near.of_tests[tested], overall, centred)
    null = _studentised(controls, controls, near.of_controls, overall, centred)
    if side == "both":
        found, null = np.abs(found), np.abs(null)
    elif side == "less":
        found, null = -found, -null
    p[tested] = empirical_p(found, null)
    return p, len(controls)


def matched_mean_p(tests: tuple[Values, Values, NDArray], controls: tuple[Values, Values, NDArray]) -> float:
    """Chance that tests and the controls that are like them differ in their means by as much, either way.

    The mean over tests minus the mean over the 50 nearest controls of each, over its standard error, by Student's t.
    The error is over clusters, such as the windows that sites lie in: residuals of tests and controls of one cluster
    are added before they are squared, so that what they share counts once (`statistics.clustered.mean_parts`).
    Degrees of freedom of the two are joined as by Welch.

    Parameters
    ----------
    tests, controls
        Values `(n,)`, features `(n, features)` and clusters `(n,)` of each; nan values are left out.

    Returns
    -------
    float
        nan without any value or control, or where either lie in one cluster.
    """
    value, features, cluster = (part[~np.isnan(tests[0])] for part in tests)
    control, control_features, control_cluster = (part[~np.isnan(controls[0])] for part in controls)
    if not len(value) or not len(control):
        return np.nan
    near = nearest(features, control_features)  # (tests, neighbours)
    weights = np.bincount(near.ravel(), minlength=len(control)) / near.size  # (controls,)
    names, group = np.unique(np.concatenate([cluster, control_cluster]), return_inverse=True)
    mine, theirs = group[: len(value)], group[len(value) :]
    if np.ptp(mine) == 0 or np.ptp(theirs[weights > 0]) == 0:
        return np.nan
    found = mean_parts(value, np.full(len(value), 1 / len(value)), mine, len(names))
    beside = mean_parts(control, weights, theirs, len(names))
    variance = float(((found.residual - beside.residual) ** 2).sum())
    parts = [(float((part.residual**2).sum()), part.freedom) for part in (found, beside)]
    spread = sum(square**2 / freedom for square, freedom in parts)
    if not variance > 0 or not spread > 0:
        return 1.0 if found.mean == beside.mean else 0.0
    freedom = (parts[0][0] + parts[1][0]) ** 2 / spread
    return float(2 * student_tail(abs(found.mean - beside.mean) / np.sqrt(variance), freedom))
