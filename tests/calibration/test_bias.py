"""Summit gains of peak-free truths and of one that holds peaks, against arithmetic."""

import numpy as np
import pytest

from cisgrammar.calibration import bias
from cisgrammar.profile.evaluate.choose_bias import MOST_SUMMIT_GAIN


def gains(composition, pair_sd, at_summit=0.0, number=6):
    rng = np.random.default_rng(3)
    return np.array([bias.summit_gain(rng, bias.COMPOSITIONS[composition], pair_sd, at_summit) for _ in range(number)])


def test_position_weights_hold_a_preference_of_single_bases():
    """Whatever summits are made of; composition alone is no peak."""
    for composition in bias.COMPOSITIONS:
        assert np.abs(gains(composition, 0.0)).max() < 0.04


def test_neighbours_that_interact_give_gains_that_are_no_peaks():
    found = gains("a_tracts", bias.PAIR_SD, number=12)
    assert 0.005 < found.std() < MOST_SUMMIT_GAIN


def test_a_model_of_twice_the_rate_has_the_gain_of_arithmetic():
    """A fifth of the window with twice the rate: from 0.2 to 0.4 / 1.2 of the profile."""
    assert gains("even", 0.0, np.log(2)).mean() == pytest.approx(0.4 / 1.2 / 0.2 - 1, abs=0.02)


def test_windows_hold_tracts_and_gc_where_they_are_asked_for():
    rng = np.random.default_rng(4)
    gc, tracts = np.repeat([0.2, 0.6], 500), np.repeat([0.3, 0.0], 500)
    codes = bias._drawn(rng, gc, tracts)
    assert np.isin(codes, (1, 2))[:, 520:].mean() == pytest.approx(0.6, abs=0.02)
    same = np.stack([codes[:, i : i + 488] for i in range(bias.TRACT)])
    whole = (same == same[0]).all(axis=0) & np.isin(same[0], (0, 3))
    assert 0.005 < whole.mean() < 0.06


def test_each_truth_is_one_test():
    once = bias.above_bar("even", 0.0)
    assert once(np.random.default_rng(5)) == {"": (0.0, 1.0)}
    assert bias.above_bar("even", 0.0, np.log(2))(np.random.default_rng(5)) == {"": (1.0, 1.0)}
