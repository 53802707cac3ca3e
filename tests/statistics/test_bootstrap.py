"""Intervals of the bootstrap are those of a formula."""

import numpy as np
import pytest

from cisgrammar.statistics.bootstrap import Bootstrap


def test_the_interval_of_a_mean_is_that_of_its_formula():
    rng = np.random.default_rng(0)
    values = rng.normal(size=400)
    draws = Bootstrap(2000, seed=1)
    found = draws.estimate(values.mean(), [w @ values / 400 for w in draws.weights(400)])
    half = 1.96 * values.std() / 20
    assert (found.upper - found.lower) / 2 == pytest.approx(half, rel=0.08)
