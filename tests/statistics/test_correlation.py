"""Correlations against scipy's, and the one rule for what is missing."""

import numpy as np
import pytest
from scipy import stats

from cisgrammar.statistics.correlation import (
    pearson,
    pearson_interval,
    pearson_rows,
    said_pearson,
    spearman,
    spearman_rows,
)

FORMS = [pearson, spearman]
ROWS = [pearson_rows, spearman_rows]


def some(columns=20, seed=0):
    rng = np.random.default_rng(seed)
    return rng.poisson(2.0, (4, columns)).astype(float), rng.normal(size=(4, columns))


@pytest.mark.parametrize(
    ("one", "rows", "scipy"),
    [(*pair, s) for pair, s in zip(zip(FORMS, ROWS, strict=True), (stats.pearsonr, stats.spearmanr), strict=True)],
)
def test_values_are_scipys(one, rows, scipy):
    a, b = some()
    expected = [scipy(*pair).statistic for pair in zip(a, b, strict=True)]
    assert [one(*pair) for pair in zip(a, b, strict=True)] == pytest.approx(expected)
    assert rows(a, b).tolist() == pytest.approx(expected)


@pytest.mark.parametrize("form", FORMS)
def test_pairs_that_are_not_finite_are_left_out(form):
    a, b = (part[0] for part in some())
    gaps = a.copy(), b.copy()
    gaps[0][3], gaps[1][7] = np.nan, np.inf
    assert form(*gaps) == form(*(np.delete(part, [3, 7]) for part in (a, b)))


@pytest.mark.parametrize("form", FORMS)
def test_two_pairs_or_a_constant_have_no_correlation(form):
    assert np.isnan(form([1.0, 2.0], [3.0, 5.0]))
    assert np.isnan(form([1.0, 2.0, np.nan], [3.0, 5.0, 7.0]))
    assert np.isnan(form([], []))
    # The mean of these is not 0.1, by a rounding.
    assert np.isnan(form([0.1] * 3, [1.0, 2.0, 4.0]))
    assert form([1.0, 2.0, 3.0], [2.0, 4.0, 6.0]) == pytest.approx(1)


@pytest.mark.parametrize("form", ROWS)
def test_rows_follow_the_same_rule(form):
    a, b = some(3)
    a[0], b[1] = 0.1, 7.0
    a[2, 0] = np.nan
    assert np.isnan(form(a, b)).tolist() == [True, True, True, False]
    assert np.isnan(form(a[:, :2], b[:, :2])).all()
    assert form(a[:0], b[:0]).shape == (0,)


def test_shapes_that_would_broadcast_are_refused():
    with pytest.raises(ValueError, match="wanted the same shape"):
        pearson_rows(np.ones((4, 3)), np.ones((1, 3)))
    with pytest.raises(ValueError, match="wanted the same shape"):
        pearson(np.ones(4), np.ones(1))


@pytest.mark.parametrize("kind", ["normal", "heavy", "skewed", "none"])
@pytest.mark.parametrize("n", [30, 300])
def test_intervals_hold_the_true_correlation(kind, n):
    """1,000 data sets each: of 95 % intervals at most 8 % miss, and at most 3 % of 300 normal pairs' are too wide."""
    rng = np.random.default_rng(1)

    def pairs(size):
        x, y = rng.normal(size=(2, size))
        y = y if kind == "none" else 0.8 * x + 0.6 * y
        # One scale for both sides of a pair: outliers lie on the line.
        scale = np.sqrt(5 / rng.chisquare(5, size)) if kind == "heavy" else 1.0
        return (np.exp(x / 2), np.exp(y / 2)) if kind == "skewed" else (scale * x, scale * y)

    true = 0.0 if kind == "none" else np.corrcoef(*pairs(400_000))[0, 1]
    ends = np.array([pearson_interval(*pairs(n)) for _ in range(1000)])
    missed = ((ends[:, 0] > true) | (ends[:, 1] < true)).mean()
    assert missed < (0.08 if n == 300 or kind in ("normal", "none") else 0.12)
    assert missed > 0.02 or kind != "normal"


def test_three_pairs_have_no_interval_and_a_line_has_no_width():
    assert np.isnan(pearson_interval([1, 2, 3], [1, 2, 4])).all()
    assert pearson_interval(range(5), range(5)) == pytest.approx((1, 1))
    assert said_pearson(range(3), [1, 2, 4]) == "r = 0.98"
    assert said_pearson(range(3), [1, 1, 1]) == ""
    assert said_pearson(range(6), [1, 0, 2, 1, 3, 4]).startswith("r = 0.84 (0.")
