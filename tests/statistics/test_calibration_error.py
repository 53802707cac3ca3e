"""The calibration error of simulated models: unbiased in its square, and an interval that holds the estimate."""

import numpy as np
import pytest
from scipy.special import expit

from cisgrammar.calibration.splice import BINS, LAWS, binned, true_error
from cisgrammar.statistics.bootstrap import Bootstrap
from cisgrammar.statistics.calibration_error import calibration_error, squared_error, squared_error_change

RUNS = 250


@pytest.mark.parametrize(("genes", "candidates"), [(20, 20), (50, 40)])
@pytest.mark.parametrize("law", LAWS)
def test_the_interval_holds_the_estimate_and_the_square_is_unbiased(genes, candidates, law):
    """Coverage: `make calibration`."""
    rng, truth = np.random.default_rng(1), true_error(law)
    function, size = LAWS[law]
    squares, plain = [], []
    for run in range(RUNS):
        logit = rng.normal(0, 2, (genes, candidates))
        sums = binned(expit(logit), (rng.random(logit.shape) < function(logit, size)).astype(float))
        squares.append(squared_error(sums))
        number, shown, right = sums.sum(axis=0)
        plain.append(((shown - right) ** 2 / np.where(number, number, 1)).sum() / number.sum())
        if run % 10 == 0:
            found = calibration_error(sums, Bootstrap(100, seed=run))
            assert found.lower <= found.value <= found.upper
            assert found.value == pytest.approx(np.sqrt(max(0, squares[-1])))
    # Eight of them: four standard errors, which chance exceeds once in 2,000 runs of all.
    assert abs(np.mean(squares) - truth**2) < 4 * np.std(squares) / np.sqrt(RUNS)
    assert np.mean(plain) - truth**2 > 4 * np.std(plain) / np.sqrt(RUNS), "what is taken off is no trifle"


def test_two_bins_against_the_formula():
    # 40 genes that are all alike have no variance: 0.25 and 0.15 off, half of the positions each.
    sums = np.tile(np.array([[10.0, 10.0], [2.5, 7.5], [5.0, 9.0]]), (40, 1, 1))
    found = calibration_error(sums, Bootstrap(50))
    assert found == pytest.approx([np.sqrt((0.25**2 + 0.15**2) / 2)] * 3, abs=2e-3)
    assert calibration_error(sums, Bootstrap(0))[1:] == pytest.approx((np.nan, np.nan), nan_ok=True)


def test_genes_that_say_the_same_count_once():
    rng = np.random.default_rng(2)
    logit = rng.normal(0, 2, (12, 20))
    one = binned(expit(logit), (rng.random(logit.shape) < expit(logit + 0.8)).astype(float))
    few, many = (calibration_error(sums, Bootstrap(300)) for sums in (one, 10 * one))
    assert many == pytest.approx(few, rel=1e-9)


def test_without_positions_or_with_one_gene_there_is_none():
    for sums in (np.zeros((5, 3, BINS)), np.ones((1, 3, BINS))):
        assert np.isnan(calibration_error(sums, Bootstrap(20))).all()
        assert np.isnan(squared_error(sums))


def test_the_error_of_a_paired_change_is_no_less_than_its_spread_and_at_most_twice():
    """A temperature of 1.2 on logits that need none: over runs the change varies by what each run states."""
    rng, found = np.random.default_rng(4), []
    for _ in range(80):
        logit = rng.normal(0, 2, (20, 20))
        right = (rng.random(logit.shape) < expit(logit)).astype(float)
        found.append(squared_error_change(binned(expit(logit), right), binned(expit(logit / 1.2), right)))
    change, error = np.array(found).T
    assert 0.9 < np.sqrt(np.mean(error**2)) / change.std() < 2
    same = binned(expit(logit), right)
    assert squared_error_change(same, same) == (0, 0)
    assert np.isnan(squared_error_change(same[:2], same[:2])[1])
