"""Weights of several predictions: never negative, near equal where few windows speak, the truth where many do."""

import numpy as np
import pytest

from cisgrammar.profile.fit.blend import fit_blend


def members(number, seed=0):
    random = np.random.default_rng(seed)
    return random.normal(0, 1, (number, 3)) + random.normal(0, 1, (number, 1))


def test_with_many_windows_it_finds_the_weights():
    x = members(20_000)
    blend = fit_blend(x, x @ [0.6, 0.0, 0.3] + 2)
    np.testing.assert_allclose(blend.weights, [0.6, 0, 0.3], atol=0.01)
    assert blend.offset == pytest.approx(2, abs=0.05)


def test_a_harmful_member_gets_no_weight():
    x = members(2000)
    assert fit_blend(x, x @ [1.0, -0.8, 0.0]).weights[1] == 0


def test_with_three_windows_it_stays_near_equal_weights():
    few, many = members(3), members(3000)
    assert fit_blend(few, 5 * few[:, 0]).weights.max() < 2
    assert fit_blend(many, 5 * many[:, 0]).weights.max() > 4.9


def test_the_mean_error_is_zero_and_a_constant_member_is_left_out():
    x = members(50)
    x[:, 2] = 7
    y = x[:, 0] + np.random.default_rng(1).normal(size=50)
    blend = fit_blend(x, y)
    assert blend.weights[2] == 0
    assert (x @ blend.weights + blend.offset - y).mean() == pytest.approx(0, abs=1e-12)
