"""Paired gains: the truth, and that an interval which is too short is seen."""

import numpy as np
import pytest

from cisgrammar.calibration import counts
from cisgrammar.calibration.rates import stack


def shares(once, runs=60):
    rng = np.random.default_rng(1)
    found = stack([once(rng) for _ in range(runs)])
    return {name: part[:, 0].sum() / part[:, 1].sum() for name, part in found.items()}


def test_both_differences_are_held_and_no_other(monkeypatch):
    once = counts.paired_gain(300)
    assert min(shares(once).values()) > 0.85
    monkeypatch.setattr(counts, "_ERRORS", (0.5, 0.5))
    assert max(shares(once).values()) < 0.2


def test_the_true_differences_are_those_of_many_windows():
    rng = np.random.default_rng(2)
    observed = rng.normal(4, 1, 400_000)
    model, rival = (observed + rng.normal(0, error, len(observed)) for error in (0.5, 0.7))
    wanted = np.corrcoef(observed, model)[0, 1] - np.corrcoef(observed, rival)[0, 1]
    assert wanted == pytest.approx((1 + 0.25) ** -0.5 - (1 + 0.49) ** -0.5, abs=2e-3)
