"""Position weights around cuts: a closed form, and a known enzyme."""

from itertools import combinations

import numpy as np
import pytest
from scipy.special import logsumexp

from cisgrammar.config.schema import Simulate
from cisgrammar.profile.evaluate.cut_weights import CutWeights, fit_cut_weights, preferred_sequences
from cisgrammar.sequence.alphabet import encode
from cisgrammar.signal.store import cut_codes, cut_counts
from cisgrammar.simulate.cuts import preference_matrix
from cisgrammar.simulate.truth import simulate


def test_position_weights_by_hand():
    # Three windows of 2 bp, read with one base on each side; every cut has a G before it.
    codes = np.stack([encode("GAAC"), encode("CGAT"), encode("TGAG")])
    counts = np.array([[[4, 0]], [[0, 2]], [[0, 0]]])
    weights = fit_cut_weights(codes, counts, positions=3)
    assert weights.matrix.shape == (1, 3, 4)
    # Before a cut: G in 6 of 6; in the windows, weighted by their mean count of 2 and 1: G A | C G.
    at_cuts = (np.array([0, 0, 6, 0]) + 1) / 10
    beside = (np.array([2, 1, 3, 0]) + 1) / 10
    np.testing.assert_allclose(weights.matrix[0, 0], np.log(at_cuts / beside))
    log_weights = weights.log_weights(codes[:1])
    by_hand = weights.matrix[0, [0, 1, 2], [2, 0, 0]].sum(), weights.matrix[0, [0, 1, 2], [0, 0, 1]].sum()
    np.testing.assert_allclose(log_weights[0, 0], by_hand)
    log_p, log_sum = weights.predict(codes[:1])
    assert log_sum[0] == pytest.approx(logsumexp(by_hand))
    np.testing.assert_allclose(log_p[0, 0], np.array(by_hand) - logsumexp(by_hand))


def test_position_weights_of_two_strands_are_apart_and_n_counts_nothing():
    matrix = np.random.default_rng(1).normal(size=(2, 5, 4))
    weights = CutWeights(matrix)
    assert (weights.log_weights(np.full((2, 20), 4, dtype=np.uint8)) == 0).all()
    codes = np.random.default_rng(2).integers(0, 4, size=(3, 20)).astype(np.uint8)
    both = weights.log_weights(codes)
    assert both.shape == (3, 2, 16)
    for task in (0, 1):
        alone = CutWeights(matrix[task : task + 1]).log_weights(codes)
        np.testing.assert_allclose(both[:, task], alone[:, 0])


@pytest.mark.parametrize(("positions", "length"), [(4, 20), (5, 21)])
def test_codes_that_do_not_fit_the_counts_are_refused(positions, length):
    with pytest.raises(ValueError, match="wanted an odd number of positions"):
        fit_cut_weights(np.zeros((3, length), np.uint8), np.ones((3, 1, 16)), positions)


def test_known_enzyme_is_learned_and_its_best_sequence_found():
    settings = Simulate(
        chromosomes=3,
        chromosome_length=100_000,
        peaks_per_chromosome=1,
        fragments=200_000,
        fraction_in_peaks=0.01,
    )
    made = simulate(settings)
    size = made.genome.codes.size
    cuts = made.fragments.chrom * 100_000 + np.stack([made.fragments.start + 4, made.fragments.end - 5])
    counts = np.bincount(cuts.ravel(), minlength=size)[None]
    starts = np.arange(3000, size - 3000, 1000)
    codes = cut_codes(made.genome.codes.reshape(-1), starts - 15, 1030)
    weights = fit_cut_weights(codes, cut_counts(counts, starts, 1000))
    known = preference_matrix(1.0)
    learned = weights.matrix[0, 5:26] - weights.matrix[0, 5:26].mean(axis=1, keepdims=True)
    known = known - known.mean(axis=1, keepdims=True)
    assert np.corrcoef(learned.ravel(), known.ravel())[0, 1] > 0.99
    assert np.abs(weights.matrix[0, :5]).max() < 0.1
    sequences = preferred_sequences(weights, width=11, number=3)
    chosen = np.stack([encode(s) for s in sequences])
    score = preference_matrix(1.0)[5:16][np.arange(11), chosen].sum(axis=1)
    assert score[0] > preference_matrix(1.0)[5:16].max(axis=1).sum() - 0.2
    assert (np.diff(weights.matrix[0, 10:21][np.arange(11), chosen].sum(axis=1)) <= 1e-9).all()
    assert all((a != b).sum() >= 2 for a, b in combinations(chosen, 2))
