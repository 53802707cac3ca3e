"""Paired differences of two predictions: the interval covers, and the best rival is the bar."""

import numpy as np
import pytest

from cisgrammar.profile.evaluate.paired import _correlation, _minus_error, counts_gains, gains_of_scores
from cisgrammar.profile.evaluate.scores import Scored, Scores
from cisgrammar.signal.table import Regions


def drawn(number, errors, seed=0):
    random = np.random.default_rng(seed)
    observed = random.normal(4, 1, number)
    return observed, [observed + random.normal(0, error, number) for error in errors]


def test_the_best_rival_is_the_bar_and_each_metric_has_its_own():
    observed, (model, close) = drawn(200, [0.3, 0.4])
    shifted = observed + 2
    gains = counts_gains(observed, model, {"close": close, "shifted": shifted, "nan": observed * np.nan})
    assert gains["log_counts_pearson"].rival == "shifted"
    assert gains["log_counts_pearson"].value == pytest.approx(np.corrcoef(model, observed)[0, 1] - 1)
    assert gains["log_counts_mse"].rival == "close"
    wanted = np.square(close - observed).mean() - np.square(model - observed).mean()
    assert gains["log_counts_mse"].value == pytest.approx(wanted)


def test_the_interval_is_paired_over_windows():
    """What both miss alike cancels; the coverage of the interval is simulated by `make calibration`."""
    observed, (model,) = drawn(200, [0.5])
    gain = counts_gains(observed, model, {"rival": model + 0.01})["log_counts_mse"]
    assert gain.high - gain.low < 0.01


def test_a_constant_rival_orders_nothing():
    observed, (model,) = drawn(50, [0.5])
    gain = counts_gains(observed, model, {"mean": np.full(50, 4.0)})["log_counts_pearson"]
    assert gain.value == pytest.approx(np.corrcoef(model, observed)[0, 1])


def test_nothing_is_compared_without_rivals_or_with_a_handful_of_windows():
    observed, (model,) = drawn(50, [0.5])
    assert counts_gains(observed, model, {}) == {}
    assert counts_gains(observed[:9], model[:9], {"m": model[:9]}) == {}


def _scores(values, heads=("a",), number=40):
    """Scores of made-up peaks, which are not in the order of their names; `values` is model -> counts, log_counts."""
    text = np.array(["x"] * number)
    chrom = np.repeat(["chr9", "chr10"], number // 2)
    start, kind = np.arange(number) * 10, np.array(["peak"] * number)
    regions = Regions(chrom, start, start + 10, text, kind, text, start, start.astype(float))
    scores = Scores(regions)
    for head in heads:
        for name, (counts, log_counts) in values.items():
            scored = Scored(name, head, "peak")
            scores.begin(scored, np.arange(number))
            blank = dict.fromkeys(["log_likelihood", "nll_per_cut", "jsd", "pearson", "spearman"], np.zeros(number))
            scores.add(scored, 0, {"counts": counts, "log_counts": log_counts, **blank})
    return scores


def test_a_part_is_compared_with_the_rivals_that_were_scored():
    observed, (model, rival) = drawn(40, [0.3, 0.6])
    counts = np.expm1(observed)
    found = _scores({"combined": (counts, model), "kmer_ridge": (counts, rival)})
    order = np.concatenate([np.arange(20, 40), np.arange(20)])
    expected = counts_gains(np.log1p(counts)[order], model[order], {"kmer_ridge": rival[order]})
    assert gains_of_scores(found, "combined", "peak", ["kmer_ridge", "absent"]) == expected
    assert gains_of_scores(found, "absent", "peak", ["kmer_ridge"]) == {}
    assert gains_of_scores(found, "combined", "background", ["kmer_ridge"]) == {}


def test_levels_of_heads_are_taken_off():
    observed, (model, rival) = drawn(40, [0.3, 0.6])
    counts = np.expm1(observed)
    both = _scores({"combined": (counts, model), "mean": (counts, rival)}, ("b", "a"))
    one = _scores({"combined": (counts, model), "mean": (counts, rival)})
    values = [gains_of_scores(each, "combined", "peak", ["mean"])["log_counts_mse"].value for each in (both, one)]
    assert values[0] == pytest.approx(values[1])


@pytest.mark.parametrize("score", [_minus_error, _correlation])
def test_influences_are_those_of_windows_that_count_a_little_more(score):
    observed, (model,) = drawn(30, [0.5])
    found, step = score(observed, model), 1e-6
    assert found.influence.sum() == pytest.approx(0, abs=1e-9)
    for at in (0, 17):
        # A million copies of the windows, and one more of this one.
        weights = np.full(30, (1 - step) / 30) + step * (np.arange(30) == at)
        means = [weights @ values for values in (observed, model)]
        x, y = observed - means[0], model - means[1]
        moved = (
            -weights @ (model - observed) ** 2
            if score is _minus_error
            else weights @ (x * y) / np.sqrt((weights @ x**2) * (weights @ y**2))
        )
        assert (moved - found.value) / step == pytest.approx(found.influence[at], abs=1e-3)
