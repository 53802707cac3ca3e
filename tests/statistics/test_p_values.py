"""p-values against counting, exact tests and simulated nulls; q-values against a worked example."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.statistics.p_values import (
    benjamini_hochberg,
    benjamini_hochberg_of_counts,
    empirical_p,
    sign_flip_p,
)


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=30), st.lists(st.floats(-5, 5), min_size=1, max_size=10))
def test_empirical_p_counts_the_controls_that_are_as_large(controls, values):
    expected = [(1 + sum(c >= v for c in controls)) / (1 + len(controls)) for v in values]
    np.testing.assert_allclose(empirical_p(values, controls), expected)


def test_empirical_p_is_never_zero_and_leaves_nan_out():
    p = empirical_p([9.0, np.nan, -9.0], [1.0, 2.0, np.nan, 3.0])
    np.testing.assert_allclose(p, [0.25, np.nan, 1.0])
    assert np.isnan(empirical_p([1.0], [])).all()


def test_p_values_are_uniform_where_values_are_like_controls():
    rng = np.random.default_rng(0)
    p = empirical_p(rng.normal(size=4000), rng.normal(size=4000))
    assert np.abs(np.quantile(p, [0.05, 0.5, 0.95]) - [0.05, 0.5, 0.95]).max() < 0.03


def test_sign_flips_of_equal_sums_are_the_sign_test():
    sums = np.stack([np.full(10, -3.0), np.zeros(10)], axis=1)
    p = sign_flip_p(sums, 20_000, np.random.default_rng(1))
    assert p[0] == pytest.approx(2 / 2**10, rel=0.5)
    assert p[1] == 1


def test_sign_flips_of_one_group_and_of_rounding_say_nothing():
    assert sign_flip_p(np.array([[5.0]]), 99, np.random.default_rng(1)) == 1
    # The total is 0 but for a rounding, which is no effect.
    sums = np.array([[0.1], [0.2], [-0.3]])
    assert sign_flip_p(sums, 999, np.random.default_rng(1)) == 1


def test_sign_flips_of_noise_are_uniform():
    p = sign_flip_p(np.random.default_rng(2).normal(size=(40, 1000)), 499, np.random.default_rng(3))
    assert np.abs(np.quantile(p, [0.05, 0.5, 0.95]) - [0.05, 0.5, 0.95]).max() < 0.04


def test_q_values_of_a_worked_example():
    p = [0.01, 0.04, np.nan, 0.03, 0.005]
    assert benjamini_hochberg(p) == pytest.approx([0.02, 0.04, np.nan, 0.04, 0.02], nan_ok=True)


@given(st.lists(st.floats(0, 1), max_size=40))
def test_q_values_are_the_least_rate_of_any_list_that_holds_the_test(p):
    lists = [(bar, bar * len(p) / sum(v <= bar for v in p)) for bar in p]
    expected = [min(1.0, *(rate for bar, rate in lists if bar >= v)) for v in p]
    np.testing.assert_allclose(benjamini_hochberg(p), expected, atol=1e-12)


def test_tests_that_were_not_made_count_for_nothing():
    np.testing.assert_allclose(benjamini_hochberg([0.01, np.nan, 0.02]), [0.02, np.nan, 0.02])
    np.testing.assert_array_equal(benjamini_hochberg([np.nan, np.nan]), [np.nan, np.nan])
    assert benjamini_hochberg([]).shape == (0,)


@pytest.mark.parametrize("wrong", [1.2, -0.1, np.inf])
def test_p_values_beyond_0_and_1_are_refused(wrong):
    with pytest.raises(ValueError, match=rf"p-values must be in \[0, 1\], got {wrong:g}"):
        benjamini_hochberg([0.1, np.nan, wrong])


def test_q_values_of_counts_are_those_of_all_tests():
    rng = np.random.default_rng(5)
    p = rng.choice([0.01, 0.02, 0.04, 0.3, 0.9, 1.0], 300, p=[0.05, 0.1, 0.1, 0.25, 0.3, 0.2])
    values, counts = np.unique(p, return_counts=True)
    order = rng.permutation(len(values))
    found = benjamini_hochberg_of_counts(values[order], counts[order])
    wanted = benjamini_hochberg(p)
    for value, q in zip(values[order], found, strict=True):
        np.testing.assert_allclose(wanted[p == value], q, rtol=1e-12)
    assert benjamini_hochberg_of_counts([], []).shape == (0,)
