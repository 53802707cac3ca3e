"""Known truths of the evaluation: how often the paired interval of two predictions of counts holds their difference."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cisgrammar.calibration.rates import tally
from cisgrammar.calibration.simulation import Once
from cisgrammar.profile.evaluate.paired import counts_gains

_ERRORS = (0.5, 0.7)
"""Standard deviation of the errors of the model and of its rival, ln counts; that of the truth is 1."""


def paired_gain(windows: int) -> Once:
    """Whether the intervals of the differences in squared error and in correlation hold the true ones."""
    truth = {
        "log_counts_mse": _ERRORS[1] ** 2 - _ERRORS[0] ** 2,
        "log_counts_pearson": (1 + _ERRORS[0] ** 2) ** -0.5 - (1 + _ERRORS[1] ** 2) ** -0.5,
    }

    def once(rng: np.random.Generator) -> Mapping[str, tuple[float, float]]:
        observed = rng.normal(4, 1, windows)
        model, rival = (observed + rng.normal(0, error, windows) for error in _ERRORS)
        gains = counts_gains(observed, model, {"rival": rival})
        return {name: tally(gains[name].low <= value <= gains[name].high) for name, value in truth.items()}

    return once
