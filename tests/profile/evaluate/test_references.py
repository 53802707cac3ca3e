"""What a prediction would score if it were the truth: simulated truths lie there, worse predictions do not."""

import numpy as np
import pytest

from cisgrammar.profile.evaluate import references
from cisgrammar.profile.evaluate.metrics import region_metrics, summarise
from cisgrammar.profile.evaluate.references import DRAWS, ends_per_fragment, perfect_model

PROFILE = ("median_jsd", "nll_per_cut", "profile_pearson", "profile_spearman", "log_likelihood")
COUNTS = ("log_counts_pearson", "log_counts_mse")


def drawn_from(counts, log_p, log_counts, together, seed):
    totals = counts.sum(axis=(1, 2), dtype=np.int64)
    return perfect_model(totals, lambda rows: log_p[rows], log_counts, together, seed)


def truth(rng, windows=250, tasks=2, length=120):
    """Profiles with spikes, and ln counts that differ between windows."""
    weights = rng.normal(0, 1.2, (windows, tasks, length))
    weights -= np.log(np.exp(weights).sum(axis=(1, 2), keepdims=True))
    return weights, rng.normal(5, 0.4, windows)


def sample(rng, log_p, log_counts, ends=1):
    """Reads of a truth: `ends` 5' ends of each fragment fall into the window."""
    totals = ends * rng.poisson(np.exp(log_counts) / ends)
    flat = np.exp(log_p).reshape(len(log_p), -1)
    return rng.multinomial(totals, flat / flat.sum(axis=1, keepdims=True)).reshape(log_p.shape)


@pytest.mark.parametrize("ends", [1, 2])
def test_the_truth_lies_at_its_reference(ends):
    """Over 12 simulated data sets the mean standardised distance from the reference is that of chance.

    The difference of one sample and the mean of `DRAWS` has (1 + 1 / DRAWS) times the variance of one; the bars are
    four standard errors of a median of 12.
    """
    z = {name: [] for name in (*PROFILE, *COUNTS)}
    for seed in range(12):
        rng = np.random.default_rng(seed)
        log_p, log_counts = truth(rng)
        y = sample(rng, log_p, log_counts, ends)
        found = summarise(region_metrics(y, log_p, log_counts))
        drawn = drawn_from(y, log_p, log_counts, float(ends), seed)
        for name in z:
            z[name].append((found[name] - drawn.mean[name]) / drawn.sd[name])
    # Standard deviations are of five draws, so z has heavy tails: its median is looked at, whose standard error is 1.25
    # that of a mean.
    bar = 4 * 1.25 * np.sqrt((1 + 1 / DRAWS) / 12)
    assert {name: np.median(values) for name, values in z.items() if abs(np.median(values)) > bar} == {}


def test_a_worse_model_lies_above_its_reference():
    rng = np.random.default_rng(1)
    log_p, log_counts = truth(rng)
    y = sample(rng, log_p, log_counts)
    for noise in (0.3, 1.0):
        worse = log_p + rng.normal(0, noise, log_p.shape)
        worse -= np.log(np.exp(worse).sum(axis=(1, 2), keepdims=True))
        off = log_counts + rng.normal(0, noise, len(log_counts))
        found = summarise(region_metrics(y, worse, off))
        drawn = drawn_from(y, worse, off, 1.0, 0)
        assert found["median_jsd"] > drawn.mean["median_jsd"] + 4 * drawn.sd["median_jsd"]
        assert found["profile_pearson"] < drawn.mean["profile_pearson"] - 4 * drawn.sd["profile_pearson"]
        assert found["log_counts_mse"] > drawn.mean["log_counts_mse"] + 4 * drawn.sd["log_counts_mse"]


def test_depth_is_that_of_the_reads():
    rng = np.random.default_rng(2)
    log_p, log_counts = truth(rng, windows=40)
    few, many = (sample(rng, log_p, log_counts + add) for add in (-1.5, 1.5))
    shallow, deep = (drawn_from(y, log_p, log_counts, 1.0, 0) for y in (few, many))
    assert shallow.mean["median_jsd"] > deep.mean["median_jsd"] + 0.1
    np.testing.assert_array_equal(shallow.per_region["counts"], few.sum(axis=(1, 2)))
    assert np.isnan(shallow.per_region["log_counts"]).all()


def test_many_windows_are_thinned_evenly_and_parts_do_not_matter(monkeypatch):
    rng = np.random.default_rng(3)
    log_p, log_counts = truth(rng, windows=90)
    y = sample(rng, log_p, log_counts)
    whole = drawn_from(y, log_p, log_counts, 1.0, 0)
    monkeypatch.setattr(references, "_AT_ONCE", 7)
    parts = drawn_from(y, log_p, log_counts, 1.0, 0)
    assert parts.mean == whole.mean
    monkeypatch.setattr(references, "MOST_WINDOWS", 30)
    few = drawn_from(y, log_p, log_counts, 1.0, 0)
    assert len(few.windows) == 30
    assert (few.windows[0], few.windows[-1], few.mean["regions"]) == (0, 89, 30)


def test_a_model_without_counts_has_a_reference_of_profiles_alone():
    rng = np.random.default_rng(4)
    log_p, log_counts = truth(rng, windows=20)
    drawn = drawn_from(sample(rng, log_p, log_counts), log_p, np.full(20, np.nan), 1.0, 0)
    assert np.isnan(drawn.mean["log_counts_pearson"])
    assert np.isfinite(drawn.mean["median_jsd"])


@pytest.mark.parametrize(("ends", "low", "high"), [(1, 1.0, 1.15), (2, 1.7, 2.0)])
def test_ends_of_a_fragment_in_a_window_follow_from_the_halves(ends, low, high):
    """400 windows: the mean of 400 squared differences has a relative standard error of sqrt(2 / 400) = 0.07."""
    rng = np.random.default_rng(5)
    fragments = rng.poisson(100, 400)
    first = rng.binomial(fragments, 0.5)
    half, other = ends * first, ends * (fragments - first)
    assert low <= ends_per_fragment(half, other) <= high
    assert ends_per_fragment(0 * half, 0 * half) == 1
