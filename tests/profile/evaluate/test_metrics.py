"""Metrics against closed forms and scipy, one region at a time."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.spatial.distance import jensenshannon

from cisgrammar.profile.evaluate import metrics

RNG = np.random.default_rng(7)


def _example(regions=5, tasks=2, length=30):
    counts = RNG.poisson(0.7, size=(regions, tasks, length)).astype(np.uint16)
    logits = RNG.normal(size=(regions, tasks, length))
    log_p = logits - np.log(np.exp(logits).sum(axis=(1, 2), keepdims=True))
    return counts, log_p


def test_profile_metrics_match_scipy_region_by_region():
    counts, log_p = _example()
    found = metrics.region_metrics(counts, log_p, np.arange(5.0))
    for i in range(5):
        y, p = counts[i].ravel().astype(float), np.exp(log_p[i].ravel())
        likelihood = stats.multinomial.logpmf(y, int(y.sum()), p / p.sum())
        assert found["log_likelihood"][i] == pytest.approx(likelihood)
        assert found["jsd"][i] == pytest.approx(jensenshannon(y, p, base=2))
        assert found["pearson"][i] == pytest.approx(stats.pearsonr(y, p)[0])
        assert found["spearman"][i] == pytest.approx(stats.spearmanr(y, p)[0])
        assert found["nll_per_cut"][i] == pytest.approx(-(y * np.log(p)).sum() / y.sum())


def test_nll_per_cut_is_pooled_over_reads_not_averaged_over_regions():
    counts = np.array([[[3, 0]], [[0, 1]]])
    log_p = np.log(np.array([[[0.5, 0.5]], [[0.75, 0.25]]]))
    summary = metrics.summarise(metrics.region_metrics(counts, log_p))
    assert summary["nll_per_cut"] == pytest.approx((3 * np.log(2) + np.log(4)) / 4)


def test_jsd_limits():
    counts = np.array([[[4, 0, 0, 0]]] * 3)
    predicted = np.array([[[1, 0, 0, 0]], [[0, 1 / 3, 1 / 3, 1 / 3]], [[0.25] * 4]])
    with np.errstate(divide="ignore"):
        jsd = metrics.profile_jsd(counts, np.log(predicted))
    # The third by hand: m = (5, 1, 1, 1) / 8.
    by_hand = 0.5 * np.log2(8 / 5) + 0.5 * (0.25 * np.log2(0.4) + 0.75 * np.log2(2))
    np.testing.assert_allclose(jsd, [0, 1, np.sqrt(by_hand)], atol=1e-7)


def test_probability_zero_where_no_read_fell_costs_nothing():
    counts = np.array([[[2, 0]]])
    with np.errstate(divide="ignore"):
        log_p = np.log(np.array([[[1.0, 0.0]]]))
    assert metrics.nll_per_cut(counts, log_p)[0] == 0
    assert metrics.nll_per_cut(counts[..., ::-1], log_p)[0] == np.inf


def test_regions_without_reads_are_nan_left_out_and_counted():
    counts, log_p = _example()
    counts[2] = 0
    found = metrics.region_metrics(counts, log_p, np.zeros(5))
    for name in ("jsd", "pearson", "spearman", "log_likelihood", "nll_per_cut"):
        assert np.isnan(found[name]).tolist() == [False, False, True, False, False]
    with_empty = metrics.summarise(found)
    without = metrics.summarise(metrics.region_metrics(np.delete(counts, 2, 0), np.delete(log_p, 2, 0)))
    assert with_empty["regions_without_reads"] == 1
    for name in ("median_jsd", "profile_pearson", "nll_per_cut", "log_likelihood"):
        assert with_empty[name] == pytest.approx(without[name])


def test_all_empty_and_no_regions_give_nan_and_no_warning():
    counts, log_p = _example()
    for part in (slice(0, 0), slice(0, 3)):
        summary = metrics.summarise(metrics.region_metrics(0 * counts[part], log_p[part]))
        assert np.isnan(summary["median_jsd"])
        assert np.isnan(summary["nll_per_cut"])
        assert np.isnan(summary["log_counts_pearson"])


def test_a_constant_prediction_has_no_correlation():
    counts, log_p = _example()
    flat = np.full_like(log_p, -np.log(60))
    found = metrics.region_metrics(counts, flat, np.full(5, 3.3))
    assert np.isnan(found["pearson"]).all()
    summary = metrics.summarise(found)
    assert summary["regions_without_pearson"] == 5
    assert np.isnan(summary["log_counts_pearson"])
    assert summary["median_jsd"] > 0


def test_counts_are_compared_as_ln_of_one_plus_n():
    totals = np.array([0.0, 3.0, 10.0, 200.0])
    predicted = np.array([0.1, 2.0, 1.5, 6.0])
    pearson, spearman = metrics.counts_correlations(totals, predicted)
    assert pearson == pytest.approx(stats.pearsonr(np.log1p(totals), predicted)[0])
    assert spearman == pytest.approx(stats.spearmanr(totals, predicted)[0])
    counts = totals.astype(int).reshape(4, 1, 1)
    summary = metrics.summarise(metrics.region_metrics(counts, np.zeros((4, 1, 1)), predicted))
    assert summary["log_counts_mse"] == pytest.approx(np.mean((np.log1p(totals) - predicted) ** 2))


@pytest.mark.parametrize("bad", [np.zeros((5, 1)), np.zeros(4), np.zeros((1,))])
def test_a_shape_that_would_broadcast_is_refused(bad):
    counts, log_p = _example()
    with pytest.raises(ValueError, match="wanted the same shape"):
        metrics.region_metrics(counts, log_p, bad)
    with pytest.raises(ValueError, match="wanted the same shape"):
        metrics.counts_correlations(np.zeros(5), bad)
    with pytest.raises(ValueError, match="wanted the same shape"):
        metrics.nll_per_cut(counts, log_p[:1])
    with pytest.raises(ValueError, match="wanted the same shape"):
        metrics.nll_per_cut(counts, log_p[:, :1])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 6), min_size=2, max_size=12), st.integers(0, 1000))
def test_jsd_is_a_distance_between_0_and_1_and_0_only_for_the_profile_itself(reads, seed):
    counts = np.array(reads)[None, None]
    if counts.sum() == 0:
        counts[0, 0, 0] = 1
    p = np.random.default_rng(seed).dirichlet(np.ones(counts.size))[None, None]
    assert 0 <= metrics.profile_jsd(counts, np.log(p))[0] <= 1
    with np.errstate(divide="ignore"):
        itself = metrics.profile_jsd(counts, np.log(counts / counts.sum()))
    assert itself[0] == pytest.approx(0, abs=1e-7)


def test_chunks_give_the_same_as_the_whole(monkeypatch):
    counts, log_p = _example(regions=11)
    whole = metrics.region_metrics(counts, log_p)
    monkeypatch.setattr(metrics, "_REGIONS_AT_ONCE", 4)
    for name, values in metrics.region_metrics(counts, log_p).items():
        np.testing.assert_array_equal(values, whole[name])
