"""Nulls and truths of motifs: p of the mean over sites that share windows, intervals of that mean and of insertions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm

from cisgrammar.ablation.tables.motif_table import mean_scale
from cisgrammar.calibration.rates import tally
from cisgrammar.calibration.simulation import Once
from cisgrammar.statistics.clustered import clustered_interval
from cisgrammar.statistics.matched import matched_mean_p

LEVEL = 0.05
_BETWEEN = 0.3
"""Part of the variance of effects that is between windows."""
_WINDOWS, _CONTROLS = 100, 400
_BASELINE, _TRUTH = -2.0, 100_000
Values = NDArray[np.float64]


def counts(values: Values) -> Values:
    """Effects on counts: as they are."""
    return values


def profile(values: Values) -> Values:
    """Distances of profiles, on the scale that their means are compared on: log-normal (sd of the log 0.4)."""
    return mean_scale("profile_jsd", np.exp(0.4 * values))


def mean_type_i(sites: int, windows: int, shared: bool, law: Callable[[Values], Values]) -> Once:
    """Motifs without effect whose mean over sites has p < 0.05 against 400 controls in 100 windows.

    Parameters
    ----------
    sites, windows
        Sites of the motif, and windows that they are drawn into.
    shared
        Whether they lie in windows of the controls, or in others.
    law
        What is made of normal effects.
    """

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        common = np.sqrt(_BETWEEN) * rng.normal(size=2 * _WINDOWS)
        where = [rng.integers(windows, size=sites), rng.integers(_WINDOWS, size=_CONTROLS)]
        if not shared:
            where[1] = where[1] + _WINDOWS
        values = [law(common[at] + np.sqrt(1 - _BETWEEN) * rng.normal(size=len(at))) for at in where]
        tests, controls = ((v, np.zeros((len(v), 1)), at) for v, at in zip(values, where, strict=True))
        return {"": tally(matched_mean_p(tests, controls) < LEVEL)}

    return once


def necessity(sites: int, windows: int) -> Once:
    """Whether the interval of a motif's mean effect holds the mean of all sites that there could be."""

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        at = rng.integers(windows, size=sites)
        common = np.sqrt(_BETWEEN) * rng.normal(size=windows)
        values = 1 + common[at] + np.sqrt(1 - _BETWEEN) * rng.normal(size=sites)
        _, low, high = clustered_interval(values, at)
        return {"": tally(low <= 1 <= high)}

    return once


@cache
def _saturating_mean() -> float:
    return float(_saturating(_BASELINE + norm.ppf((np.arange(_TRUTH) + 0.5) / _TRUTH)).mean())


def _saturating(baseline: Values) -> Values:
    """What a motif of 2 logits adds to ln counts that saturate: softplus of the logits with minus without it."""
    return np.logaddexp(0, baseline + 2) - np.logaddexp(0, baseline)


def sufficiency(backgrounds: int) -> Once:
    """Whether the interval of a motif's effect in background holds the mean over all backgrounds.

    Effects are skewed, for backgrounds differ (standard deviation of 1 logit) and the model saturates.
    """

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        values = _saturating(_BASELINE + rng.normal(size=backgrounds))
        _, low, high = clustered_interval(values, np.arange(backgrounds))
        return {"": tally(low <= _saturating_mean() <= high)}

    return once
