"""The files of a simulation, read as a user would read them."""

import gzip
import hashlib
import json

import numpy as np
import pytest

from cisgrammar.config.schema import Simulate
from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.simulate import truth

SETTINGS = Simulate(chromosomes=3, chromosome_length=60_000, peaks_per_chromosome=20, fragments=60_000, seed=5)


def _write(folder, simulation):
    truth.write_fasta(folder / "genome.fa", simulation.genome)
    truth.write_peaks(folder / "peaks.narrowPeak", simulation)
    truth.write_fragments(folder / "fragments.tsv.gz", simulation)
    truth.write_truth(folder / "truth.json", simulation)
    truth.write_sites(folder / "truth_sites.tsv", simulation.genome)
    truth.write_rates(folder / "truth_rates.h5", simulation)
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulation")
    simulation = truth.simulate(SETTINGS)
    return folder, simulation, _write(folder, simulation)


def test_the_same_settings_give_the_same_bytes_and_another_seed_does_not(written, tmp_path):
    _, _, digests = written
    assert len(digests) == 6
    (tmp_path / "again").mkdir()
    (tmp_path / "other").mkdir()
    assert _write(tmp_path / "again", truth.simulate(SETTINGS)) == digests
    other = _write(tmp_path / "other", truth.simulate(SETTINGS.model_copy(update={"seed": 6})))
    assert not set(other.values()) & set(digests.values())


def test_fasta_holds_the_genome(written):
    folder, simulation, _ = written
    genome = read_fasta(folder / "genome.fa")
    assert genome.names == ("chr1", "chr2", "chr3")
    np.testing.assert_array_equal(genome.codes, simulation.genome.codes.reshape(-1))


def test_unshifted_fragment_file_shows_the_preference_at_plus_4_and_minus_4(written):
    folder, simulation, _ = written
    with gzip.open(folder / "fragments.tsv.gz", "rt") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines]
    assert len(rows) == 60_000
    assert {row[4] for row in rows} == {"1"}
    assert all(len(row[3]) == 18 for row in rows[:50])
    codes, names = simulation.genome.codes, list(simulation.genome.names)
    chrom = np.array([names.index(row[0]) for row in rows])
    start, end = (np.array([int(row[i]) for row in rows]) for i in (1, 2))
    log_background = np.log(np.bincount(codes.reshape(-1), minlength=4)[:4] / codes.size)
    known = truth.preference_matrix(1.0)[5:16]
    known = known - known.mean(axis=1, keepdims=True)
    for cut in (start + 4, end - 4 - 1):
        around = codes[chrom[:, None], cut[:, None] + np.arange(-5, 6)]
        frequencies = (around[..., None] == np.arange(4)).mean(axis=0)
        learned = np.log(frequencies) - log_background
        learned -= learned.mean(axis=1, keepdims=True)
        assert np.corrcoef(learned.ravel(), known.ravel())[0, 1] > 0.95


def test_peak_file_has_every_peak_with_its_summit_nearly_right(written):
    folder, simulation, _ = written
    rows = [line.split("\t") for line in (folder / "peaks.narrowPeak").read_text().splitlines()]
    assert len(rows) == 60
    assert {len(row) for row in rows} == {10}
    summit = np.array([int(row[1]) + int(row[9]) for row in rows])
    off = summit - simulation.genome.peaks.summit
    assert 2 < off.std() < 6
    assert all(int(row[1]) < s < int(row[2]) for row, s in zip(rows, summit, strict=True))


def test_truth_reads_back_and_rates_match_the_reads(written):
    folder, simulation, _ = written
    known = truth.read_truth(folder / "truth.json", folder / "truth_rates.h5")
    np.testing.assert_allclose(known.preference, truth.preference_matrix(1.0), atol=1e-6)
    assert list(known.factors) == ["REB1", "CBF1", "GATA"]
    assert known.expected.dtype == np.float16
    assert known.expected.sum(dtype=np.float64) == pytest.approx(120_000, rel=1e-3)
    assert known.unbiased.sum(dtype=np.float64) == pytest.approx(120_000, rel=1e-3)
    settings = json.loads((folder / "truth.json").read_text())["settings"]
    assert Simulate.model_validate(settings) == SETTINGS
    sites = (folder / "truth_sites.tsv").read_text().splitlines()
    assert len(sites) == 1 + len(simulation.genome.bound().start)
    assert sites[0] == "chrom\tstart\tend\tstrand\tfactor\tpeak\tintact\tacts"


def test_without_preference_both_rates_agree():
    plain = truth.simulate(SETTINGS.model_copy(update={"bias_strength": 0.0}))
    np.testing.assert_allclose(plain.expected, plain.unbiased, rtol=1e-12)
