"""Means whose values depend on each other within clusters."""

import numpy as np
import pytest
from scipy.stats import t as student

from cisgrammar.statistics.clustered import clustered_interval, clustered_mean, mean_interval, mean_parts


def test_the_mean_of_a_cluster_counts_once():
    values = np.array([1.0, 1.0, 1.0, 3.0])
    mean, error, many = clustered_mean(values, np.array([0, 0, 0, 1]))
    assert (mean, many) == (1.5, 2)
    # Residual sums -1.5 and 1.5 of 4 values, weights 3/4 and 1/4: sqrt((1.5 / 4)^2 (4 + 4 / 3)).
    assert error == pytest.approx(np.sqrt(0.75))
    alone = clustered_mean(values, np.arange(4))
    assert alone[1] == pytest.approx(values.std(ddof=1) / 2)
    assert np.isnan(clustered_mean(np.array([1.0]), np.array([0]))[1])
    assert clustered_mean(np.array([np.nan]), np.array([0]))[2] == 0


def test_missing_values_are_left_out_with_their_clusters():
    values, clusters = np.array([1.0, np.nan, 2.0, 4.0]), np.array(["a", "b", "a", "c"])
    assert clustered_mean(values, clusters) == clustered_mean(values[[0, 2, 3]], clusters[[0, 2, 3]])
    assert clustered_mean(values, clusters)[2] == 2


def test_the_interval_of_single_values_is_students():
    values = np.random.default_rng(1).normal(size=12)
    mean, low, high = clustered_interval(values, np.arange(12))
    half = student.ppf(0.975, 11) * values.std(ddof=1) / np.sqrt(12)
    assert (mean, low, high) == pytest.approx((values.mean(), values.mean() - half, values.mean() + half))
    assert np.isnan(clustered_interval(values, np.zeros(12))[1:]).all()
    assert np.isnan(clustered_interval(values * np.nan, np.arange(12))).all()


def test_degrees_of_freedom_are_satterthwaites_of_the_residuals():
    rng = np.random.default_rng(2)
    group, weights = np.sort(rng.integers(0, 7, 30)), rng.dirichlet(np.ones(30))
    found = mean_parts(rng.normal(size=30), weights, group, 7)
    weight, own = (np.bincount(group, part, 7) for part in (weights, weights**2))
    # Working variance of a cluster's sum: 0.3 of it between clusters. Residuals are (I - w 1') sums, over sqrt(1 - w).
    away = (np.eye(7) - np.outer(weight, np.ones(7))) / np.sqrt(1 - weight)[:, None]
    covariance = away @ np.diag(0.7 * own + 0.3 * weight**2) @ away.T
    assert found.freedom == pytest.approx(np.trace(covariance) ** 2 / np.trace(covariance @ covariance))


def test_intervals_by_t_cover_and_one_unit_has_none():
    rng = np.random.default_rng(4)
    values = rng.exponential(size=(32, 4000))
    mean, error, low, high = mean_interval(values)
    np.testing.assert_allclose(mean, values.mean(axis=0))
    assert 0.92 <= ((low <= 1) & (high >= 1)).mean() <= 0.97
    np.testing.assert_allclose((high - low) / 2, 2.0395 * error, rtol=1e-4)
    assert np.isnan(mean_interval(values[:1])[2]).all()


def test_clustered_intervals_cover_where_clusters_share_an_effect():
    rng, hits, clusters = np.random.default_rng(5), 0, np.repeat(np.arange(20), 3)
    for _ in range(400):
        values = np.repeat(rng.normal(size=20), 3) + rng.normal(size=60)
        _, low, high = clustered_interval(values, clusters)
        hits += low <= 0 <= high
    # 400 intervals: 0.95 within 3 binomial standard errors of 0.011.
    assert 0.917 <= hits / 400 <= 0.983
    assert np.isnan(clustered_interval(np.ones(3), np.zeros(3))[1])
