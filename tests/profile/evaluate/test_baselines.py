"""Baselines: closed forms, and the measured numbers of the yeast data."""

import gzip

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import logsumexp, softmax

from cisgrammar.profile.evaluate import baselines, metrics
from cisgrammar.profile.evaluate.cut_weights import fit_cut_weights
from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.signal.store import cut_codes, cut_counts


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
    shares = baselines.fit_blend([(parts, spikes)])
    assert shares.sum() == pytest.approx(1)
    assert shares.argmax() == 1
    assert shares[1] > 0.9
    broad = np.exp(-0.5 * ((np.arange(200) - 100) / 30) ** 2)
    first, second = (rng.poisson(np.tile(0.3 * broad, (200, 1, 1))) for _ in range(2))
    parts = baselines.half_profiles(first, np.zeros(first.shape))
    shares = baselines.fit_blend([(parts, second)])
    assert shares[1] < 0.05
    nll = metrics.summarise(metrics.region_metrics(second, baselines.blend(parts, shares)))["nll_per_cut"]
    truth = baselines.normalise(np.log(np.tile(broad, (200, 1, 1))))
    least = metrics.summarise(metrics.region_metrics(second, truth))["nll_per_cut"]
    assert least < nll < least + 0.15


def test_blend_takes_the_preference_from_the_enzyme_and_not_from_the_half():
    rng = np.random.default_rng(0)
    log_weights = rng.normal(size=(100, 1, 300))
    first, second = (rng.poisson(0.2 * np.exp(log_weights)) for _ in range(2))
    shares = baselines.fit_blend([(baselines.half_profiles(first, log_weights), second)])
    with_preference = shares[3::2].sum()
    assert with_preference > 0.9


def test_shares_of_a_blend_are_those_of_the_highest_likelihood_whatever_the_pieces():
    """Beside a general optimiser on the softmax of the shares."""
    rng = np.random.default_rng(4)
    broad = rng.gamma(2.0, size=(60, 2, 50))
    first, second = (rng.poisson(broad) for _ in range(2))
    parts = baselines.half_profiles(first, rng.normal(0, 0.3, first.shape))
    whole = baselines.fit_blend([(parts, second)], rounds=3000)

    def loss(x):
        return -(second * np.log(np.tensordot(softmax(x), parts, 1))).sum()

    best = minimize(loss, np.zeros(len(parts)), method="BFGS").x
    np.testing.assert_allclose(whole, softmax(best), atol=0.02)
    pieces = [(parts[:, rows], second[rows]) for rows in (slice(0, 7), slice(7, 8), slice(8, None))]
    np.testing.assert_allclose(baselines.fit_blend(pieces, rounds=3000), whole, rtol=1e-9)


def test_a_blend_for_windows_without_reads_is_even_and_finite():
    nothing = np.zeros((2, 1, 10))
    parts = baselines.half_profiles(nothing, nothing)
    shares = baselines.fit_blend([(parts, nothing)])
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
    weights = fit_cut_weights(cut_codes(genome.codes, tiles[quiet] - 15, 1030), cut_counts(counts, tiles[quiet], 1000))
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
