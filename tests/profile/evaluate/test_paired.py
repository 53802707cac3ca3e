"""Paired differences of two predictions: the interval covers, and the best rival is the bar."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.profile.evaluate.paired import _correlation, _minus_error, counts_gains, gains_of_table


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


def test_rows_of_a_table_are_paired_by_window():
    observed, (model, rival) = drawn(40, [0.3, 0.6])
    place = {"chrom": "chr1", "start": np.arange(40) * 10, "kind": "peak", "head": "a", "counts": np.expm1(observed)}
    rows = [
        pd.DataFrame({**place, "model": name, "log_counts": values})
        for name, values in (("combined", model), ("kmer_ridge", rival))
    ]
    table = pd.concat([rows[0], rows[1].sample(frac=1, random_state=0)])
    assert gains_of_table(table, "combined", "peak", ["kmer_ridge", "absent"]) == counts_gains(
        observed, model, {"kmer_ridge": rival}
    )
    assert gains_of_table(table, "absent", "peak", ["kmer_ridge"]) == {}


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
