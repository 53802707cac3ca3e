"""A rate, its interval, and whether it lies in the bar."""

import numpy as np
import pytest

from cisgrammar.calibration.rates import AT_MOST_LEVEL, COVERAGE, POWER, TYPE_I, rate, stack, tally
from cisgrammar.statistics.intervals import wilson


def counted(hits, tests):
    return np.column_stack([hits, tests]).astype(float)


def test_independent_tests_have_the_binomial_interval():
    found = rate("x", counted([1] * 5 + [0] * 95, [1] * 100), TYPE_I)
    assert (found.value, found.low, found.high) == pytest.approx((0.05, *wilson(5, 100)), rel=0.01)
    assert (found.verdict, found.bar_low, found.bar_high, found.n, found.simulations) == ("pass", 0.04, 0.06, 100, 100)


def test_tests_that_depend_on_each_other_count_once():
    """20 tests of a simulation are all hits or none: as 100 tests, not 2,000."""
    hits = np.repeat([20, 0], [5, 95])
    found = rate("x", counted(hits, np.full(100, 20)), TYPE_I)
    assert (found.low, found.high) == pytest.approx(wilson(5, 100), rel=0.02)
    assert found.n == 2000


@pytest.mark.parametrize(
    ("hits", "bar", "full", "quick"),
    [
        (50, TYPE_I, "pass", "pass"),
        (35, TYPE_I, "fail", "pass"),
        (25, TYPE_I, "fail", "fail"),
        (65, TYPE_I, "fail", "pass"),
        (75, TYPE_I, "fail", "fail"),
        (930, COVERAGE, "pass", "pass"),
        (975, COVERAGE, "fail", "pass"),
        (1000, COVERAGE, "fail", "fail"),
        (749, POWER, "fail", "fail"),
        (1000, POWER, "pass", "pass"),
        (0, AT_MOST_LEVEL, "pass", "pass"),
        (51, AT_MOST_LEVEL, "fail", "pass"),
    ],
)
def test_the_value_must_lie_in_the_bar(hits, bar, full, quick):
    one = counted([hits], [1000])
    assert [rate("x", one, bar, form).verdict for form in (False, True)] == [full, quick]


def test_no_test_is_no_rate():
    with pytest.raises(ValueError, match="x: no test was made"):
        rate("x", counted([0], [0]), TYPE_I)


def test_simulations_are_stacked_by_figure():
    found = stack([{"a": tally([True, False])}, {"a": tally(True), "b": tally([])}])
    assert found["a"].tolist() == [[1, 2], [1, 1]]
    assert found["b"].tolist() == [[0, 0]]


def test_all_or_none_lies_within_its_interval():
    for hits in (0, 20):
        found = rate("x", counted([hits], [20]), POWER)
        assert found.low <= found.value <= found.high
