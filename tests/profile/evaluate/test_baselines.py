"""Baselines: closed forms, a known enzyme, and the measured numbers of the yeast data."""

import gzip
from itertools import combinations

import numpy as np
import pytest
from scipy.special import logsumexp

from cisgrammar.config.schema import Simulate
from cisgrammar.profile.evaluate import baselines, metrics
from cisgrammar.sequence.alphabet import encode
from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.signal.store import cut_codes, cut_counts
from cisgrammar.simulate.cuts import preference_matrix
from cisgrammar.simulate.truth import simulate


def test_uniform_and_normalise_sum_to_one():
    assert np.exp(baselines.uniform(3, 2, 50)).sum(axis=(1, 2)) == pytest.approx(np.ones(3))
    weights = np.random.default_rng(0).normal(scale=400, size=(4, 2, 30))
    np.testing.assert_allclose(logsumexp(baselines.normalise(weights), axis=(1, 2)), 0, atol=1e-9)


def test_mean_profile_finds_the_summit_and_sums_to_one():
    counts = np.zeros((50, 2, 101), dtype=int)
    counts[:, 0, 50] = 7
    profile = np.exp(baselines.mean_profile(counts, smoothing=5))
    assert profile.shape == (2, 101)
    assert profile.sum() == pytest.approx(1)
    assert np.unravel_index(profile.argmax(), profile.shape) == (0, 50)
    assert profile[0, 45] == pytest.approx(profile[0, 55])


def test_position_weights_by_hand():
    # Three windows of 2 bp, read with one base on each side; every cut has a G before it.
    codes = np.stack([encode("GAAC"), encode("CGAT"), encode("TGAG")])
    counts = np.array([[[4, 0]], [[0, 2]], [[0, 0]]])
    weights = baselines.fit_position_weights(codes, counts, positions=3)
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
    weights = baselines.PositionWeights(matrix)
    assert (weights.log_weights(np.full((2, 20), 4, dtype=np.uint8)) == 0).all()
    codes = np.random.default_rng(2).integers(0, 4, size=(3, 20)).astype(np.uint8)
    both = weights.log_weights(codes)
    assert both.shape == (3, 2, 16)
    for task in (0, 1):
        alone = baselines.PositionWeights(matrix[task : task + 1]).log_weights(codes)
        np.testing.assert_allclose(both[:, task], alone[:, 0])


@pytest.mark.parametrize(("positions", "length"), [(4, 20), (5, 21)])
def test_codes_that_do_not_fit_the_counts_are_refused(positions, length):
    with pytest.raises(ValueError, match="wanted an odd number of positions"):
        baselines.fit_position_weights(np.zeros((3, length), np.uint8), np.ones((3, 1, 16)), positions)


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
    weights = baselines.fit_position_weights(codes, cut_counts(counts, starts, 1000))
    known = preference_matrix(1.0)
    learned = weights.matrix[0, 5:26] - weights.matrix[0, 5:26].mean(axis=1, keepdims=True)
    known = known - known.mean(axis=1, keepdims=True)
    assert np.corrcoef(learned.ravel(), known.ravel())[0, 1] > 0.99
    assert np.abs(weights.matrix[0, :5]).max() < 0.1
    sequences = baselines.preferred_sequences(weights, width=11, number=3)
    chosen = np.stack([encode(s) for s in sequences])
    score = preference_matrix(1.0)[5:16][np.arange(11), chosen].sum(axis=1)
    assert score[0] > preference_matrix(1.0)[5:16].max(axis=1).sum() - 0.2
    assert (np.diff(weights.matrix[0, 10:21][np.arange(11), chosen].sum(axis=1)) <= 1e-9).all()
    assert all((a != b).sum() >= 2 for a, b in combinations(chosen, 2))


def test_halves_add_up_and_are_the_same_for_the_same_seed():
    counts = np.random.default_rng(0).poisson(3, size=(40, 2, 100)).astype(np.uint16)
    first, second = baselines.thin(counts, seed=4)
    np.testing.assert_array_equal(first + second, counts)
    np.testing.assert_array_equal(first, baselines.thin(counts, seed=4)[0])
    assert abs(first.sum() / counts.sum() - 0.5) < 0.01


def test_blend_takes_the_half_itself_where_it_is_right_and_the_shape_where_it_is_not():
    rng = np.random.default_rng(0)
    spikes = np.zeros((30, 1, 200))
    spikes[np.arange(30), 0, rng.integers(0, 200, 30)] = 40
    parts = baselines.half_profiles(spikes, np.zeros_like(spikes))
    np.testing.assert_allclose(parts.sum(axis=(2, 3)), 1)
    shares = baselines.fit_blend(parts, spikes)
    assert shares.sum() == pytest.approx(1)
    assert shares.argmax() == 1
    assert shares[1] > 0.9
    broad = np.exp(-0.5 * ((np.arange(200) - 100) / 30) ** 2)
    first, second = (rng.poisson(np.tile(0.3 * broad, (200, 1, 1))) for _ in range(2))
    parts = baselines.half_profiles(first, np.zeros(first.shape))
    shares = baselines.fit_blend(parts, second)
    assert shares[1] < 0.05
    nll = metrics.summarise(metrics.region_metrics(second, baselines.blend(parts, shares)))["nll_per_cut"]
    truth = baselines.normalise(np.log(np.tile(broad, (200, 1, 1))))
    least = metrics.summarise(metrics.region_metrics(second, truth))["nll_per_cut"]
    assert least < nll < least + 0.15


def test_blend_takes_the_preference_from_the_enzyme_and_not_from_the_half():
    rng = np.random.default_rng(0)
    log_weights = rng.normal(size=(100, 1, 300))
    first, second = (rng.poisson(0.2 * np.exp(log_weights)) for _ in range(2))
    shares = baselines.fit_blend(baselines.half_profiles(first, log_weights), second)
    with_preference = shares[3::2].sum()
    assert with_preference > 0.9


def test_a_blend_for_windows_without_reads_is_even_and_finite():
    nothing = np.zeros((2, 1, 10))
    parts = baselines.half_profiles(nothing, nothing)
    shares = baselines.fit_blend(parts, nothing)
    np.testing.assert_allclose(baselines.blend(parts, shares), -np.log(10))


@pytest.mark.yeast
def test_yeast_baselines_reproduce_the_measured_numbers(data):
    genome = read_fasta(data / "sacCer3" / "sacCer3.fa.gz")
    counts = _yeast_cuts(data, genome)
    with (data / "yeast_atac" / "test_windows.tsv").open() as lines:
        rows = [line.split("\t") for line in list(lines)[1:]]
    found = {}
    held_out = ("chrXII", "chrXV", "chrXVI")
    tiles = [
        genome.position(name, start)
        for name in genome.names
        if name not in held_out
        for start in range(1000, genome.length(name) - 2000, 1000)
    ]
    tiles = np.array(tiles)
    quiet = cut_counts(counts, tiles, 1000).sum(axis=(1, 2)) <= 60
    weights = baselines.fit_position_weights(
        cut_codes(genome.codes, tiles[quiet] - 15, 1030), cut_counts(counts, tiles[quiet], 1000)
    )
    for kind in ("test_peaks", "test_nonpeaks"):
        starts = np.array([genome.position(row[1], int(row[2])) for row in rows if row[0] == kind])
        y = cut_counts(counts, starts, 1000)
        assert y.sum(axis=(1, 2)).tolist() == [int(row[5]) for row in rows if row[0] == kind]
        log_p, log_sums = weights.predict(cut_codes(genome.codes, starts - 15, 1030))
        found[kind] = metrics.summarise(metrics.region_metrics(y, log_p, log_sums))
        flat = metrics.summarise(metrics.region_metrics(y, baselines.uniform(*y.shape)))
        measured = {"test_peaks": 0.861, "test_nonpeaks": 0.952}[kind]
        assert flat["median_jsd"] == pytest.approx(measured, abs=6e-4)
    assert found["test_peaks"]["median_jsd"] == pytest.approx(0.746, abs=0.005)
    assert found["test_peaks"]["profile_pearson"] == pytest.approx(0.424, abs=0.006)
    assert found["test_peaks"]["log_counts_pearson"] == pytest.approx(0.479, abs=0.04)
    assert found["test_nonpeaks"]["median_jsd"] == pytest.approx(0.900, abs=0.005)


def _yeast_cuts(data, genome):
    counts = np.zeros((1, genome.size), dtype=np.uint16)
    cuts = []
    with gzip.open(data / "yeast_atac" / "SRR1822137.bedpe.gz", "rt") as lines:
        for line in lines:
            chrom, start, end = line.split("\t")[:3]
            if chrom in genome.names:
                offset = genome.position(chrom, 0)
                cuts += [offset + int(start) + 4, offset + int(end) - 5]
    np.add.at(counts[0], cuts, 1)
    return counts
