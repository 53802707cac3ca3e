"""Position weights around cuts: a closed form, and a known enzyme."""

from itertools import combinations

import numpy as np
import pytest
from scipy.special import logsumexp

from cisgrammar.config.schema import Simulate
from cisgrammar.profile.evaluate.cut_weights import (
    CutWeights,
    fit_cut_weights,
    fit_cut_weights_to,
    preferred_sequences,
)
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


@pytest.mark.parametrize("places", [400, 4], ids=["spread", "favourite places"])
def test_errors_are_the_spread_of_the_log_odds_over_windows(places):
    """60 data sets of 80 windows: ends all over a window, or on 4 places of it, which are no independent draws."""
    rng = np.random.default_rng(5)
    found, errors = [], []
    for _ in range(60):
        codes = rng.integers(0, 4, (80, 404)).astype(np.uint8)
        counts = np.zeros((80, 1, 400))
        for window in counts[:, 0]:
            chosen = rng.choice(400, places, replace=False)
            window[chosen] = rng.poisson(100 / places, places)
        weights = fit_cut_weights(codes, counts, positions=5)
        found.append(weights.matrix[0] - weights.matrix[0].mean(axis=1, keepdims=True))
        errors.append(weights.errors[0])
    assert weights.ends[0].sum(axis=1).tolist() == [counts.sum()] * 5
    spread = np.std(found, axis=0, ddof=1).mean()
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(spread, rel=0.1)
    assert np.mean(np.abs(found) > 1.96 * np.array(errors)) == pytest.approx(0.05, abs=0.025)


def test_one_window_has_no_error_and_pieces_change_nothing():
    codes = np.random.default_rng(6).integers(0, 5, (6, 44)).astype(np.uint8)
    counts = np.random.default_rng(7).poisson(1.0, (6, 2, 40))
    assert np.isnan(fit_cut_weights(codes[:1], counts[:1], positions=5).errors).all()
    whole = fit_cut_weights(codes, counts, positions=5)
    pieces = fit_cut_weights_to([(codes[:2], counts[:2]), (codes[2:], counts[2:])], 2, positions=5)
    np.testing.assert_allclose(pieces.matrix, whole.matrix)
    np.testing.assert_allclose(pieces.errors, whole.errors)


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
