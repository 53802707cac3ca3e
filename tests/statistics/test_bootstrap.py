"""Draws of genes, and percentile intervals of what is computed from them."""

import numpy as np
import pytest

from cisgrammar.statistics.bootstrap import Bootstrap
from cisgrammar.statistics.intervals import NORMAL_95


def test_as_many_genes_are_drawn_as_there_are_and_in_the_same_way_each_time():
    draws = np.array(list(Bootstrap(250, seed=3).weights(7)))
    assert draws.shape == (250, 7)
    assert (draws.sum(axis=1) == 7).all()
    assert draws.mean(axis=0) == pytest.approx(np.ones(7), abs=0.2)
    np.testing.assert_array_equal(draws, np.array(list(Bootstrap(250, seed=3).weights(7))))
    for other in (Bootstrap(250, seed=4).weights(7), Bootstrap(250, seed=3).weights(7, stream=1)):
        assert not np.array_equal(draws, np.array(list(other)))


def test_blocks_are_the_same_draws():
    bootstrap = Bootstrap(250, seed=3)
    blocks = list(bootstrap.blocks(7))
    assert [len(block) for block in blocks] == [100, 100, 50]
    np.testing.assert_array_equal(np.concatenate(blocks), np.array(list(bootstrap.weights(7))))


def test_the_interval_holds_the_share_asked_for():
    drawn = np.arange(101.0)
    assert Bootstrap(level=0.9).estimate(50, drawn) == pytest.approx((50, 5, 95))
    assert Bootstrap().estimate(50, drawn) == pytest.approx((50, 2.5, 97.5))


def test_replicates_without_a_value_are_left_out_unless_they_are_most():
    drawn = np.arange(101.0)
    half = np.concatenate([drawn, np.full(101, np.nan)])
    assert Bootstrap().estimate(50, half) == pytest.approx((50, 2.5, 97.5))
    for few in (np.append(half, np.nan), [1.0], []):
        found = Bootstrap().estimate(50, few)
        assert found.value == 50
        assert np.isnan([found.lower, found.upper]).all()


def test_the_interval_of_a_mean_is_that_of_its_formula():
    rng = np.random.default_rng(0)
    values = rng.normal(size=400)
    draws = Bootstrap(2000, seed=1)
    found = draws.estimate(values.mean(), [w @ values / 400 for w in draws.weights(400)])
    half = NORMAL_95 * values.std() / 20
    assert (found.upper - found.lower) / 2 == pytest.approx(half, rel=0.08)


def test_the_interval_of_a_share_holds_it_and_widens_where_genes_differ():
    """Coverage: `make calibration`."""
    right = np.array([9, 8, 9, 2, 9, 9, 1, 9])
    draws = Bootstrap(400, seed=1)
    weights = np.concatenate(list(draws.blocks(8)))
    uneven = draws.share(right.sum() / 72, weights @ right / 72, 72, 8)
    even = draws.share(right.sum() / 72, np.full(400, right.sum() / 72), 72, 8)
    assert uneven.lower < even.lower < even.value < even.upper < uneven.upper


def test_a_share_of_all_is_not_certain():
    # Nothing varies: as for 40 independent sites, with half of one on either side and Student's t of 7.
    found = Bootstrap().share(1.0, np.ones(100), 40, 8)
    assert found.upper == 1
    centre = 40.5 / 41
    half = 2.364624 / np.sqrt(centre * (1 - centre) * 41)
    assert found.lower == pytest.approx(1 / (1 + np.exp(-(np.log(centre / (1 - centre)) - half))), rel=1e-5)
    assert Bootstrap().share(0.0, np.zeros(100), 40, 8)[:2] == pytest.approx((0, 0))


def test_a_share_without_value_genes_or_replicates_has_no_interval():
    for value, drawn, genes in ((np.nan, np.ones(9), 8), (0.5, np.ones(9), 1), (0.5, [], 8), (0.5, [np.nan] * 9, 8)):
        assert np.isnan(Bootstrap().share(value, drawn, 10, genes)[1:]).all()
