"""Intervals in closed form."""

import pytest
from scipy.stats import binomtest, norm

from cisgrammar.statistics.intervals import NORMAL_95, wilson, wilson_lower


def test_half_width_of_a_normal_interval():
    assert norm.cdf(NORMAL_95) - norm.cdf(-NORMAL_95) == pytest.approx(0.95, abs=1e-4)


@pytest.mark.parametrize(("hits", "tests"), [(7, 100), (0, 20), (1, 3), (50, 50)])
def test_ends_are_those_of_scipy(hits, tests):
    expected = binomtest(hits, tests).proportion_ci(0.95, method="wilson")
    assert wilson(hits, tests) == pytest.approx((expected.low, expected.high), abs=1e-4)
    assert wilson_lower(hits, tests) == wilson(hits, tests)[0]


def test_no_test_bounds_nothing():
    assert wilson(0, 0) == (0, 1)
