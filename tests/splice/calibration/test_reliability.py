"""Bins and calibration errors are those of a closed form, and scaling by the true temperature takes the error away."""

import numpy as np
import pytest

from cisgrammar.splice.calibration.reliability import bin_sums, candidate_sums, reliability, share_intervals
from cisgrammar.splice.calibration.temperature import Sample
from cisgrammar.statistics.bootstrap import Bootstrap
from cisgrammar.statistics.calibration_error import calibration_error
from toy_sample import simulated

DRAWS = Bootstrap(100, seed=2)


@pytest.mark.parametrize("temperature", [0.5, 2.5])
def test_the_true_temperature_takes_the_error_away(temperature):
    sample = simulated(temperature)
    before, after = (reliability(sample, 1, t, DRAWS) for t in (1.0, temperature))
    assert after.ece.lower == 0
    assert after.ece.value < 0.01
    assert after.ece.upper < before.ece.lower


def test_bins_are_those_of_plain_sums():
    # Acceptor: 100 positions at 0.25 of which 50 are sites, 100 at 0.75 of which 90 are; each gene has as many.
    acceptor = np.tile(np.repeat([0.25, 0.75], 10), 10)
    probs = np.stack([1 - acceptor - 0.001, acceptor, np.full(200, 0.001)], 1)
    label = np.tile(np.r_[np.repeat([1, 0], 5), np.repeat([1, 0], [9, 1])], 10).astype(np.uint8)
    gene = np.repeat(np.arange(10, dtype=np.int32), 20)
    sample = Sample(np.log(probs).astype(np.float32), label, gene, np.ones(200), 10)
    found = reliability(sample, 1, 1.0, DRAWS)
    filled = found.n > 0
    assert found.n[filled].tolist() == [100, 100]
    assert found.confidence[filled] == pytest.approx([0.25, 0.75], abs=1e-6)
    assert found.accuracy[filled] == pytest.approx([0.5, 0.9])
    # All genes are alike, so that chance plays no part: 0.25 and 0.15 off.
    assert found.ece.value == pytest.approx(np.sqrt((0.25**2 + 0.15**2) / 2), abs=1e-6)
    # Sure nulls, a thousand for each position, hide the error from all bases but not from candidates.
    nulls = np.tile(np.log([0.998, 0.001, 0.001]).astype(np.float32), (200, 1))
    hidden = Sample(
        np.concatenate([sample.log_probs, nulls]),
        np.r_[label, np.zeros(200, np.uint8)],
        np.r_[gene, gene],
        np.r_[np.ones(200), np.full(200, 1000.0)],
        10,
    )
    found = reliability(hidden, 1, 1.0, DRAWS)
    assert found.ece.value < 0.01
    assert found.ece_candidates.value == pytest.approx(np.sqrt((0.25**2 + 0.15**2) / 2), abs=1e-6)
    assert np.isnan(reliability(hidden, 2, 1.0, DRAWS).ece_candidates.value)


def test_errors_are_of_the_sums_over_genes():
    sample = simulated(2.0, n=2000)
    found = reliability(sample, 2, 1.3, DRAWS, 1)
    assert found.ece == calibration_error(bin_sums(sample, 2, 1.3), DRAWS, 1)
    assert found.ece_candidates == calibration_error(candidate_sums(sample, 2, 1.3), DRAWS, 1)
    assert bin_sums(sample, 2, 1.3)[:, 0].sum() == pytest.approx(2000)


def test_intervals_of_bins_cover_the_share_of_sites_and_shrink_with_genes():
    rng = np.random.default_rng(4)
    truth = np.array([0.3, 0.7, 0.95])

    def drawn(genes):
        n = rng.poisson(4, (genes, 3)).astype(float)
        return np.stack([n, n * 0.5, rng.binomial(n.astype(int), truth)], axis=1)  # (genes, 3, bins)

    found = np.array([share_intervals(drawn(30), DRAWS, turn) for turn in range(200)])  # (runs, 2, bins)
    covered = ((found[:, 0] <= truth) & (truth <= found[:, 1])).mean(axis=0)
    assert ((covered >= 0.92) & (covered <= 0.99)).all(), covered
    wide, narrow = (np.diff(share_intervals(drawn(genes), DRAWS), axis=0)[0] for genes in (10, 300))
    assert (narrow < 0.5 * wide).all()
    # Nothing tells how a bin of one gene would differ in another, and no draw has an empty one.
    one = drawn(5)
    one[1:, :, 1] = 0
    one[:, :, 2] = 0
    low, high = share_intervals(one, DRAWS)
    assert np.isfinite([low[0], high[0]]).all()
    assert np.isnan([*low[1:], *high[1:]]).all()
