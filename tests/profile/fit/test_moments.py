"""Ridge regression from sums: the closed form of the rows themselves."""

import numpy as np
import pytest

from cisgrammar.profile.fit.moments import Line, fit_line, moments, ridge, summed


def drawn(number, seed=0, noise=0.1):
    """Features of tiny spread around large means, as a trunk's are."""
    random = np.random.default_rng(seed)
    x = 0.3 + 0.001 * random.normal(size=(number, 5))
    return x, x @ [400.0, -300.0, 0.0, 100.0, 50.0] + random.normal(0, noise, number)


def test_without_penalty_it_is_least_squares_of_the_rows():
    x, y = drawn(300)
    line = ridge(moments(x, y), 0.0)
    wanted = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y, rcond=None)[0]
    np.testing.assert_allclose([*line.weights, line.intercept], wanted, rtol=1e-5)


def test_the_penalty_is_of_features_in_their_own_spread():
    x, y = drawn(300)
    scaled = x * [1, 10, 100, 1, 1e-3]
    a, b = ridge(moments(x, y), 0.3), ridge(moments(scaled, y), 0.3)
    np.testing.assert_allclose(x @ a.weights + a.intercept, scaled @ b.weights + b.intercept, rtol=1e-6)
    z, centred = (x - x.mean(0)) / x.std(0), y - y.mean()
    wanted = np.linalg.solve(z.T @ z / len(z) + 0.3 * np.eye(5), z.T @ centred / len(z)) / x.std(0)
    np.testing.assert_allclose(a.weights, wanted, rtol=1e-6)


def test_errors_of_sums_are_those_of_the_rows():
    x, y = drawn(50)
    line = Line(np.array([1.0, 2.0, -3.0, 0.5, 0.0]), 0.7)
    assert moments(x, y).error(line) == pytest.approx(np.square(x @ line.weights + 0.7 - y).mean(), rel=1e-9)
    parts = summed([moments(x[:20], y[:20]), moments(x[20:], y[20:])])
    assert parts.error(line) == pytest.approx(moments(x, y).error(line), rel=1e-12)


def test_a_feature_that_does_not_vary_has_no_weight():
    x, y = drawn(100)
    x[:, 2] = 0.25
    line = ridge(moments(x, y), 1e-6)
    assert line.weights[2] == 0
    assert np.isfinite(line.weights).all()
    flat = ridge(moments(np.full((10, 5), 0.2), np.arange(10.0)), 1e-6)
    np.testing.assert_array_equal(flat.weights, 0)
    assert flat.intercept == pytest.approx(4.5)


def test_signal_gets_a_small_penalty_and_noise_a_large_one():
    x, y = drawn(500)
    noise = np.random.default_rng(3).normal(size=500)
    of_signal, of_noise = (
        fit_line([moments(x[part], target[part]) for part in np.array_split(np.arange(500), 5)])
        for target in (y, noise)
    )
    new, truth = drawn(500, seed=9, noise=0.0)
    assert np.square(new @ of_signal.weights + of_signal.intercept - truth).mean() < 0.01
    assert (new @ of_noise.weights).std() < 0.1


def test_of_penalties_that_err_alike_the_largest_is_taken():
    """Few windows and much noise: the weights are smaller than those of the least error left out."""
    smaller = 0
    for seed in range(10):
        x, y = drawn(60, seed=seed, noise=1.0)
        stretches = [moments(x[part], y[part]) for part in np.array_split(np.arange(60), 5)]
        others = [summed([s for s in stretches if s is not stretch]) for stretch in stretches]
        penalties = 10.0 ** np.arange(-6.0, 2.01, 0.5)
        errors = [
            np.mean([s.error(ridge(rest, p)) for s, rest in zip(stretches, others, strict=True)]) for p in penalties
        ]
        best = ridge(summed(stretches), float(penalties[int(np.argmin(errors))]))
        taken = fit_line(stretches)
        assert np.linalg.norm(taken.weights) <= np.linalg.norm(best.weights) * (1 + 1e-9)
        smaller += np.linalg.norm(taken.weights) < 0.999 * np.linalg.norm(best.weights)
    assert smaller >= 5
