"""When the learning rate falls, and when training stops."""

import pytest

from cisgrammar.config.training import Training
from cisgrammar.training.schedule import learning_rate, plateau, should_stop


def test_cosine_warms_up_and_ends_near_zero():
    settings = Training(learning_rate=1.0, schedule="cosine")
    assert learning_rate(settings, 0, 0.025) == pytest.approx(0.5, abs=1e-6)
    assert learning_rate(settings, 0, 0.525) == pytest.approx(0.5, abs=1e-6)
    assert learning_rate(settings, 0, 1.0) == pytest.approx(0, abs=1e-6)


def test_patience():
    settings = Training(schedule="plateau", plateau_patience=2, early_stopping_patience=4)
    assert not plateau(1, 5, settings)
    assert not plateau(5, 1, settings)
    assert plateau(2, 2, settings)
    assert not should_stop(3, settings)
    assert should_stop(4, settings)


def test_each_cut_of_a_plateau_halves_the_rate():
    settings = Training(learning_rate=0.08, schedule="plateau")
    assert [learning_rate(settings, cuts, 0.9) for cuts in range(3)] == pytest.approx([0.08, 0.04, 0.02])
    assert not plateau(9, 9, Training(schedule="cosine", plateau_patience=2))
