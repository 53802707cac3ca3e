"""Weights of several predictions: never negative, near equal with few windows, the truth where many do."""

import numpy as np
import pytest

from cisgrammar.profile.fit.blend import choose_blend, fit_blend


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
    few, many = members(3), members(30_000)
    assert fit_blend(few, 5 * few[:, 0]).weights.max() < 2
    assert fit_blend(many, 5 * many[:, 0]).weights.max() > 4.9


def test_the_mean_error_is_zero_and_a_constant_member_is_left_out():
    x = members(50)
    x[:, 2] = 7
    y = x[:, 0] + np.random.default_rng(1).normal(size=50)
    blend = fit_blend(x, y)
    assert blend.weights[2] == 0
    assert (x @ blend.weights + blend.offset - y).mean() == pytest.approx(0, abs=1e-12)


def drawn(number, qualities, random):
    """Observed ln N of spread 0.65, and calibrated predictions with these correlations and correlated errors."""
    y, shared = random.normal(0, 0.65, number), random.normal(0, 1, number)
    errors = [0.6 * shared + 0.8 * random.normal(0, 1, number) for _ in qualities]
    spreads = [0.65 * r * np.sqrt(1 - r**2) for r in qualities]
    parts = zip(qualities, spreads, errors, strict=True)
    return np.stack([r**2 * y + spread * error for r, spread, error in parts], axis=1), y


@pytest.mark.parametrize("qualities", [(0.1, 0.5, 0.5), (0.8, 0.75, 0.6), (0.5, 0.2, 0.3)])
def test_with_fifteen_windows_it_errs_at_most_a_tenth_more_than_the_best_member(qualities):
    """The best member is chosen with the truth; 200 draws, whose mean ratio has a standard error below 0.02."""
    random, ratios = np.random.default_rng(0), []
    for _ in range(200):
        x, y = drawn(15, qualities, random)
        blend = fit_blend(x, y)
        new, truth = drawn(1000, qualities, random)
        blended = np.square(new @ blend.weights + blend.offset - truth).mean()
        level = y.mean() - x.mean(axis=0)
        ratios.append(blended / np.square(new + level - truth[:, None]).mean(axis=0).min())
    assert np.mean(ratios) < 1.1
    assert np.std(ratios) / np.sqrt(200) < 0.02


@pytest.mark.parametrize("seed", range(3))
def test_a_better_member_is_blended_in_and_the_gain_is_of_windows_left_out(seed):
    x, y = drawn(200, (0.4, 0.8, 0.4), np.random.default_rng(seed))
    choice = choose_blend(x, y)
    assert choice.blended
    assert choice.windows == 200
    assert choice.weights["networks"] > choice.weights["trunk"]
    inside = (
        np.square(x[:, 0] - y).mean()
        - np.square(
            x @ [choice.weights[name] for name in ("trunk", "networks", "kmers")] + choice.weights["offset"] - y
        ).mean()
    )
    assert inside > choice.gain > choice.gain_error > 0


def test_members_of_noise_leave_the_own_head_as_it_is():
    """A blend of noise with a calibrated head gains nothing; at one standard error about one in six would be taken."""
    random, taken = np.random.default_rng(3), 0
    for _ in range(100):
        x, y = drawn(60, (0.8, 0.01, 0.01), random)
        choice = choose_blend(x, y)
        taken += choice.blended
        if not choice.blended:
            assert choice.weights == {"trunk": 1, "networks": 0, "kmers": 0, "offset": 0}
    assert taken <= 20


def test_nine_windows_are_too_few_to_choose_by():
    x, y = drawn(9, (0.1, 0.9, 0.9), np.random.default_rng(0))
    choice = choose_blend(x, y)
    assert (choice.blended, choice.gain, choice.gain_error) == (False, None, None)
