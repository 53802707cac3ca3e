"""The calibration error of simulated models: unbiased in its square, and its interval covers the true one.

Bounds of coverage: 0.95 plus or minus three binomial errors of the number of simulations.
"""

import numpy as np
import pytest
from scipy.stats import norm

from cisgrammar.statistics.bootstrap import Bootstrap
from cisgrammar.statistics.calibration_error import calibration_error, squared_error

BINS = 15
RUNS = 250
SLACK = 3 * np.sqrt(0.95 * 0.05 / RUNS)  # 0.041


def probability(logit):
    return 1 / (1 + np.exp(-logit))


def binned(shown, seen):
    """`(genes, candidates)` probabilities and sites (or their expectation) as sums `(genes, 3, bins)`."""
    genes = len(shown)
    at = np.arange(genes)[:, None] * BINS + np.minimum((shown * BINS).astype(int), BINS - 1)
    parts = (np.ones(shown.shape), shown, seen)
    return np.stack([np.bincount(at.ravel(), p.ravel(), genes * BINS).reshape(genes, BINS) for p in parts], 1)


def shifted(logit, shift):
    return probability(logit + shift)


def sure_at_the_top(logit, excess):
    """Calibrated below 0.8, too sure of itself above: an error in few bins."""
    shown = probability(logit)
    return np.where(shown > 0.8, shown - excess, shown)


def true_error(law, size):
    logit = 2 * norm.ppf((np.arange(400_000) + 0.5) / 400_000)[None]
    number, shown, seen = binned(probability(logit), law(logit, size)).sum(axis=0)
    return np.sqrt((((shown - seen) ** 2) / number).sum() / number.sum()) if size else 0.0


@pytest.mark.parametrize(("genes", "candidates"), [(20, 20), (50, 40)])
@pytest.mark.parametrize(("law", "size"), [(shifted, 0.0), (shifted, 0.5), (shifted, 1.0), (sure_at_the_top, 0.3)])
def test_the_interval_covers_and_holds_the_estimate_and_the_square_is_unbiased(genes, candidates, law, size):
    rng, truth = np.random.default_rng(1), true_error(law, size)
    held, squares, plain = 0, [], []
    for run in range(RUNS):
        logit = rng.normal(0, 2, (genes, candidates))
        seen = (rng.random(logit.shape) < law(logit, size)).astype(float)
        sums = binned(probability(logit), seen)
        found = calibration_error(sums, Bootstrap(200, seed=run))
        assert found.lower <= found.value <= found.upper
        held += found.lower <= truth <= found.upper
        squares.append(squared_error(sums))
        number, shown, right = sums.sum(axis=0)
        plain.append(((shown - right) ** 2 / np.where(number, number, 1)).sum() / number.sum())
        assert found.value == pytest.approx(np.sqrt(max(0, squares[-1])))
    assert 0.95 - SLACK <= held / RUNS <= 0.95 + SLACK
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
    one = binned(probability(logit), (rng.random(logit.shape) < probability(logit + 0.8)).astype(float))
    few, many = (calibration_error(sums, Bootstrap(300)) for sums in (one, 10 * one))
    assert many == pytest.approx(few, rel=1e-9)


def test_without_positions_or_with_one_gene_there_is_none():
    for sums in (np.zeros((5, 3, BINS)), np.ones((1, 3, BINS))):
        assert np.isnan(calibration_error(sums, Bootstrap(20))).all()
        assert np.isnan(squared_error(sums))
