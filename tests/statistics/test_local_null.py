"""Tests against nulls that each test has for itself."""

import numpy as np
import pytest

from cisgrammar.statistics.local_null import groups_of_like, studentised_test, widest_null

LAWS = {
    "normal": lambda rng, shape: rng.normal(size=shape),
    "exponential": lambda rng, shape: rng.exponential(size=shape),
}


def drawn(law, rng, tests, draws):
    """Values and nulls of one law, but of scales and locations that differ between tests."""
    scale, location = np.exp(rng.normal(0, 1.5, (tests, 1))), 3 * rng.normal(size=(tests, 1))
    return [LAWS[law](rng, (tests, many)) * scale + location for many in (1, draws)]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("effects", [0.0, 0.5])
def test_p_is_uniform_whatever_the_scales_and_whatever_others_do(law, effects):
    rng, hits = np.random.default_rng(1), []
    for _ in range(60):
        values, nulls = drawn(law, rng, 50, 8)
        real = int(effects * 50)
        values[:real] += 30 * nulls[:real].std(axis=1, keepdims=True)
        test = studentised_test(values[:, 0], nulls)
        hits.append(np.column_stack([test.p < 0.05, (values[:, 0] < test.low) | (values[:, 0] > test.high)])[real:])
    # 1,500 or 3,000 tests: within 3.5 binomial standard errors.
    assert (np.abs(np.concatenate(hits).mean(axis=0) - 0.05) < 0.02).all()


def test_an_effect_is_found_and_ties_are_no_effect():
    rng = np.random.default_rng(2)
    values, nulls = drawn("normal", rng, 40, 8)
    values[0] = nulls[0].mean() + 8 * nulls[0].std()
    assert studentised_test(values[:, 0], nulls).p[0] <= 0.01
    same = studentised_test(np.zeros(5), np.zeros((5, 8)))
    assert (same.p == 1).all()
    rounding = studentised_test(np.full(5, 2e-7), np.zeros((5, 8)))
    assert (rounding.p == 1).all()


def test_too_few_draws_are_no_test():
    nulls = np.full((2, 8), np.nan)
    nulls[0, :4] = [1, 2, 3, 4.5]
    nulls[1, :3] = [1, 2, 3]
    test = studentised_test(np.array([100.0, 100.0]), nulls)
    assert np.isfinite(test.p[0])
    assert np.isnan([test.p[1], test.low[1], test.mean[1]]).all()
    assert test.draws.tolist() == [4, 3]


def test_the_widest_null_takes_the_place_of_the_first_and_chance_seldom_does():
    rng, groups = np.random.default_rng(3), np.repeat([0, 1], 10)
    narrow, wide = rng.normal(size=(20, 8)), rng.normal(size=(20, 12)) * np.where(groups, 5, 0.1)[:, None]
    nulls, chosen = widest_null([narrow, wide], groups)
    assert chosen.tolist() == [0] * 10 + [1] * 10
    np.testing.assert_array_equal(nulls[:10, :8], narrow[:10])
    assert np.isnan(nulls[:10, 8:]).all()
    none = np.full((20, 8), np.nan)
    assert widest_null([none, narrow], groups)[1].tolist() == [1] * 20
    hits = []
    for _ in range(60):
        values, first = drawn("normal", rng, 50, 12)
        scale = first.std(axis=1, keepdims=True), first.mean(axis=1, keepdims=True)
        others = [rng.normal(size=(50, 12)) * scale[0] + scale[1] for _ in range(2)]
        null, _ = widest_null([first, *others], np.arange(50) // 10)
        hits.append(studentised_test(values[:, 0], null).p < 0.05)
    assert 0.035 <= np.mean(hits) <= 0.065


def test_groups_hold_neighbours_and_equals():
    assert groups_of_like(np.array([3, 1, 1, 2, 9, 9]), 2).tolist() == [1, 0, 0, 1, 2, 2]
    assert groups_of_like(np.array([1, 2, 3]), 2).tolist() == [0, 0, 0]
    assert groups_of_like(np.array([], dtype=int), 2).tolist() == []
