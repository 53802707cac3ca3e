"""Intervals and tests of the frame checks on numbers whose answer is known."""

import numpy as np
import pytest

from cisgrammar.splice.frames.statistics import FrameStatistics, controlled_decrease, mean_effects
from cisgrammar.statistics.bootstrap import Bootstrap
from cisgrammar.statistics.intervals import NORMAL_95
from cisgrammar.statistics.p_values import benjamini_hochberg

FEW = FrameStatistics(Bootstrap(300, 1), 999)


def test_every_measured_number_counts_alike_and_nan_counts_for_nothing():
    effects = np.array([[[[1.0], [np.nan]], [[3.0], [5.0]], [[np.nan], [np.nan]]]])  # (1, 3 exons, 2 repeats, 1)
    found = mean_effects(effects, np.array([7, 7, 9]), FEW)
    assert found.value.tolist() == [3.0]
    assert (found.n_exons.tolist(), found.n_genes.tolist()) == ([2], [1])
    assert np.isnan(found.lower).all()
    assert found.p.tolist() == [1.0]


def test_copies_of_exons_do_not_make_a_mean_surer():
    rng = np.random.default_rng(0)
    by_gene = rng.normal(1, 1, 20)
    once = mean_effects(by_gene[None, :, None], np.arange(20), FEW)
    copied = mean_effects(np.repeat(by_gene, 10)[None, :, None], np.repeat(np.arange(20), 10), FEW)
    for name in ("value", "lower", "upper", "p"):
        assert getattr(copied, name) == pytest.approx(getattr(once, name))
    apart = mean_effects(np.repeat(by_gene, 10)[None, :, None], np.arange(200), FEW)
    assert (apart.upper - apart.lower)[0] < 0.6 * (once.upper - once.lower)[0]


def test_the_interval_is_that_of_a_mean_of_genes():
    values = np.random.default_rng(1).normal(0, 2, 400)
    found = mean_effects(values[None, :, None], np.arange(400), FrameStatistics(Bootstrap(2000, 1), 99))
    assert (found.upper - found.lower)[0] == pytest.approx(2 * NORMAL_95 * values.std() / 20, rel=0.08)


def test_a_test_of_nothing_is_1_and_of_ten_equal_genes_that_of_the_sign_test():
    effects = np.stack([np.zeros(10), np.full(10, -3.0)], axis=-1)[None]  # (1, 10, 2)
    found = mean_effects(effects, np.arange(10), FrameStatistics(Bootstrap(50, 1), 20_000))
    assert found.p[0] == 1.0
    assert found.p[1] == pytest.approx(2 / 2**10, rel=0.5)
    assert found.value.tolist() == [0.0, -3.0]


def test_p_values_of_noise_are_uniform():
    noise = np.random.default_rng(2).normal(size=(1, 60, 400))
    p = mean_effects(noise, np.repeat(np.arange(30), 2), FrameStatistics(Bootstrap(0), 499)).p
    assert 0.02 < (p < 0.05).mean() < 0.09
    assert (benjamini_hochberg(p) < 0.05).mean() < 0.01


def test_models_are_drawn_as_well_as_genes():
    effects = np.stack([np.zeros((8, 1)), np.full((8, 1), 10.0)])  # (2 models, 8 exons, 1)
    found = mean_effects(effects, np.arange(8), FEW)
    assert (found.value[0], found.lower[0], found.upper[0]) == (5.0, 0.0, 10.0)


def test_controlled_decrease_compares_with_the_nearest_open_exons():
    control = np.array([0.5, 0.5, 0.52, 0.9, 0.1])
    closed = np.array([True, False, False, False, False])
    predicted = np.array([1.0, 2.0, 0.0, 9.0, 9.0])
    assert controlled_decrease(predicted, control, closed, 2)[0] == 0.5
    assert controlled_decrease(predicted, control, closed, 1)[0] == 1.0
    assert controlled_decrease(predicted, control, closed, 4)[0] == 0.75
    assert np.isnan(controlled_decrease(predicted, control, closed, 2)[1:]).all()
    assert controlled_decrease(np.ones(5), control, closed, 3)[0] == 0.5
    with pytest.raises(ValueError, match="4 exons"):
        controlled_decrease(predicted, control, closed, 5)


def test_all_that_are_as_near_as_the_last_neighbour_are_compared():
    control, closed = np.array([0.5, 0.4, 0.6, 0.6]), np.array([True, False, False, False])
    assert controlled_decrease(np.array([1.0, 2, 0, 0]), control, closed, 1)[0] == pytest.approx(1 / 3)
