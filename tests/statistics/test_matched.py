"""Tests against like controls: the level under nulls whose spread depends on features, and with clustered values."""

import numpy as np
import pytest
from scipy.stats import ttest_ind

from cisgrammar.statistics.matched import NEIGHBOURS, matched_mean_p, matched_p, nearest
from cisgrammar.statistics.p_values import empirical_p


def test_one_place_is_the_plain_empirical_p():
    rng = np.random.default_rng(0)
    controls, values = rng.normal(size=40), rng.normal(size=30)
    p, number = matched_p(values, np.zeros((30, 1)), controls, np.zeros((40, 1)), "both")
    # All 40 controls are the neighbours of every test; a control's own scale leaves itself out.
    whole = np.abs(controls).mean()
    scale = (np.abs(controls).sum() + 0.02 * whole) / 40.02
    own = (np.abs(controls).sum() - np.abs(controls) + 0.02 * whole) / 39.02
    np.testing.assert_allclose(p, empirical_p(np.abs(values) / scale, np.abs(controls) / own))
    assert number == 40


def test_sides_nan_and_nothing():
    controls, place = np.linspace(-1, 1, 99), np.zeros((99, 1))
    values, here = np.array([3.0, -3.0, np.nan]), np.zeros((3, 1))
    expected = {"both": [0.01, 0.01], "greater": [0.01, 1.0], "less": [1.0, 0.01], "excess": [0.01, 1.0]}
    for side, p in expected.items():
        np.testing.assert_allclose(matched_p(values, here, controls, place, side)[0], [*p, np.nan])
    # A control without an effect is none; effects of 0 among zeros are like them, any other is beyond all.
    holed = np.where(np.arange(99) < 50, np.nan, 0.0)
    p, number = matched_p(np.array([0.0, 1e-9]), here[:2], holed, place, "both")
    np.testing.assert_allclose(p, [1.0, 1 / 50])
    assert number == 49
    assert np.isnan(matched_p(values, here, np.full(99, np.nan), place, "both")[0]).all()
    assert matched_p(values, here, controls[:1], place[:1], "both")[0][0] == 0.5


def test_a_control_is_not_its_own_neighbour_and_few_are_all():
    features = np.random.default_rng(0).normal(size=(200, 3))
    brute = np.linalg.norm(features[:7, None] - features, axis=2).argsort(axis=1)[:, :NEIGHBOURS]
    np.testing.assert_array_equal(nearest(features[:7], features), brute)
    assert nearest(features[:7], features[:3]).shape == (7, 3)
    # One control far beyond all others must not be the scale of itself.
    controls = np.append(np.full(99, 1.0), 1000.0)
    p, _ = matched_p(np.array([500.0]), np.zeros((1, 3)), controls, np.zeros((100, 3)), "both")
    assert p[0] == pytest.approx(2 / 101)


@pytest.mark.parametrize("spread", [1.0, 2.0, 4.0])
def test_a_minority_of_another_spread_holds_the_level(spread):
    """0.24 and 0.43 against all controls of a class of widths. 16,000 tests: the binomial error is 0.0017."""
    rng, hits = np.random.default_rng(3), []
    kind = np.repeat([0.0, 2.0], [400, 400])
    for _ in range(400):
        tests, controls = rng.normal(size=40) * spread, rng.normal(size=800) * np.where(kind > 0, spread, 1)
        p, _ = matched_p(tests, np.full((40, 1), 2.0), controls, kind[:, None], "both")
        hits.append((p < 0.05).mean())
    assert 0.04 < np.mean(hits) < 0.06


def test_a_mean_beside_controls_of_their_own_windows_is_welchs_test():
    """All in windows of their own, controls of equal weight: unequal variances, Welch's degrees of freedom."""
    rng = np.random.default_rng(5)
    value, control = rng.normal(size=30), 2 * rng.normal(size=50)
    tests, controls = ((v, np.zeros((len(v), 1)), at + np.arange(len(v))) for v, at in ((value, 0), (control, 100)))
    assert matched_mean_p(tests, controls) == pytest.approx(ttest_ind(value, control, equal_var=False).pvalue, rel=0.02)


def test_what_sites_and_controls_share_counts_once():
    """Windows differ by ten standard deviations, which cancels where sites and controls lie in the same ones."""
    rng = np.random.default_rng(6)
    window = np.arange(50)
    common = 10 * rng.normal(size=50)
    tests, controls = ((common + rng.normal(size=50) + shift, np.zeros((50, 1)), window) for shift in (1.0, 0.0))
    assert matched_mean_p(tests, controls) < 0.001
    assert matched_mean_p(tests, (*controls[:2], window + 100)) > 0.3


def test_the_mean_is_that_above_like_controls_and_nan_without_any():
    rng = np.random.default_rng(2)
    kind = np.repeat([0.0, 5.0], 100)
    controls = (kind + 0.1 * rng.normal(size=200), kind[:, None], np.arange(200))
    like = (5 + 0.1 * rng.normal(size=40), np.full((40, 1), 5.0), 1000 + np.arange(40))
    assert matched_mean_p(like, controls) > 0.05
    assert matched_mean_p((like[0], np.zeros((40, 1)), like[2]), controls) < 1e-6
    assert np.isnan(matched_mean_p((np.full(40, np.nan), *like[1:]), controls))
    assert np.isnan(matched_mean_p((*like[:2], np.zeros(40)), controls)), "one window says nothing of windows"
    assert np.isnan(matched_mean_p(like, (np.full(200, np.nan), *controls[1:])))
