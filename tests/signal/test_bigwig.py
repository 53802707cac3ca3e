"""bigWigs in and out."""

import logging

import numpy as np
import pyBigWig
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.signal.bigwig import (
    peek_bigwig,
    read_bigwigs,
    write_counts_bigwig,
    write_profile_bigwig,
    write_sparse_bigwig,
)
from prepare_toys import random_genome, store_nan, write_bigwig, write_text

GENOME = random_genome({"chr1": 1000, "chr2": 500})
LENGTHS = {"chr1": 1000, "chr2": 500}


def dense(counts):
    return np.stack([counts[task, slice(0, counts.bases)] for task in range(counts.shape[0])])


def test_counts_come_back(tmp_path):
    counts = np.random.default_rng(0).poisson(0.2, (2, 1500))
    paths = [tmp_path / "plus.bw", tmp_path / "minus.bw"]
    for path, row in zip(paths, counts, strict=True):
        write_counts_bigwig(path, GENOME, row)
    found, reports = read_bigwigs(paths, GENOME)
    np.testing.assert_array_equal(dense(found), counts)
    assert found.dtype == np.uint16
    assert [report.records for report in reports] == counts.sum(axis=1).tolist()
    assert [report.plus for report in reports] == [counts[0].sum(), 0]


def test_one_file_is_one_task_and_any_order_of_chromosomes_will_do(tmp_path):
    path = write_bigwig(
        tmp_path / "a.bw", {"chr2": 500, "chrM": 90, "chr1": 1000}, {"chr2": {7: 3}, "chrM": {1: 5}, "chr1": {0: 2}}
    )
    found, (report,) = read_bigwigs([path], GENOME)
    assert found.shape == (1, 1500)
    assert {i: int(v) for i, v in enumerate(dense(found)[0]) if v} == {0: 2, 1007: 3}
    assert report.unknown_chromosomes == {"chrM": 5}


def test_a_negated_minus_strand_is_taken_without_sign(tmp_path):
    plus = write_bigwig(tmp_path / "p.bw", LENGTHS, {"chr1": {3: 1}})
    minus = write_bigwig(tmp_path / "m.bw", LENGTHS, {"chr1": {5: -2}, "chr2": {1: -1}})
    found, reports = read_bigwigs([plus, minus], GENOME)
    assert dense(found)[1, [5, 1001]].tolist() == [2, 1]
    assert "without sign" in reports[1].notes[0]
    with pytest.raises(ValueError, match=r"m\.bw: negative value -2 at chr1:5; counts must not be negative$"):
        read_bigwigs([minus], GENOME)


def test_mixed_signs_are_an_error_on_either_strand(tmp_path):
    plus = write_bigwig(tmp_path / "p.bw", LENGTHS, {"chr1": {3: 1}})
    mixed = write_bigwig(tmp_path / "m.bw", LENGTHS, {"chr1": {5: 2}, "chr2": {1: -1}})
    with pytest.raises(ValueError, match=r"m\.bw: negative value -1 at chr2:1; .* all of them"):
        read_bigwigs([plus, mixed], GENOME)


def test_stored_nan_is_an_error_but_gaps_are_zero(tmp_path):
    path = write_bigwig(tmp_path / "a.bw", LENGTHS, {"chr1": {3: 1, 8: 1.7182818, 12: 5}})
    store_nan(path, 1.7182818)
    with pyBigWig.open(str(path)) as file:
        assert np.isnan(file.intervals("chr1")[1][2])
    with pytest.raises(ValueError, match=r"a\.bw: NaN is stored at chr1:8; leave bases without reads out"):
        read_bigwigs([path], GENOME)


@pytest.mark.parametrize("value", [0.25, 1.01, float("inf")])
def test_fractions_are_an_error(tmp_path, value):
    path = write_bigwig(tmp_path / "a.bw", LENGTHS, {"chr1": {3: 1}, "chr2": {9: value}})
    with pytest.raises(ValueError, match=rf"a\.bw: {value:g} at chr2:9 is not a whole number; give raw counts"):
        read_bigwigs([path], GENOME)


@pytest.mark.parametrize("value", [1e30, 2.0**60])
def test_what_is_too_large_for_a_count_is_named(tmp_path, value):
    path = write_bigwig(tmp_path / "a.bw", LENGTHS, {"chr1": {3: 1}, "chr2": {9: value}})
    with pytest.raises(ValueError, match=r"a\.bw: .* at chr2:9 is too large for a count of 5' ends"):
        read_bigwigs([path], GENOME)


def test_large_counts_are_kept_whole(tmp_path):
    path = write_bigwig(tmp_path / "a.bw", LENGTHS, {"chr1": {3: 5e9, 4: 132}, "chr2": {9: 7}})
    found, (report,) = read_bigwigs([path], GENOME)
    assert found.dtype == np.uint64
    assert {i: int(v) for i, v in enumerate(dense(found)[0]) if v} == {3: 5_000_000_000, 4: 132, 1009: 7}
    assert report.records == found.total == 5_000_000_139


@pytest.mark.parametrize("value", [float("inf"), 1e30, 0.25])
def test_values_on_chromosomes_that_are_not_used_do_not_matter(tmp_path, value):
    path = write_bigwig(tmp_path / "a.bw", LENGTHS | {"chrM": 90}, {"chr1": {3: 2}, "chrM": {5: value, 6: 4}})
    found, (report,) = read_bigwigs([path], GENOME)
    assert found.total == 2
    assert 4 <= report.unknown_chromosomes["chrM"] <= 5


def test_the_same_counts_for_both_strands_are_refused(tmp_path):
    paths = [write_bigwig(tmp_path / name, LENGTHS, {"chr1": {3: 1, 9: 4}}) for name in ("p.bw", "m.bw")]
    with pytest.raises(ValueError, match=r"m\.bw: the same counts as in .*p\.bw; wanted those of the - strand"):
        read_bigwigs(paths, GENOME)
    negated = write_bigwig(tmp_path / "n.bw", LENGTHS, {"chr1": {3: -1, 9: -4}})
    with pytest.raises(ValueError, match=r"n\.bw: the same counts"):
        read_bigwigs([paths[0], negated], GENOME)


def test_chromosomes_that_a_file_lacks_are_seen_before_any_work(tmp_path):
    assert peek_bigwig(write_bigwig(tmp_path / "a.bw", {"chr2": 500}, {"chr2": {3: 1}}), GENOME) == ["chr1"]
    assert peek_bigwig(write_bigwig(tmp_path / "b.bw", LENGTHS, {"chr2": {3: 1}}), GENOME) == []
    other = write_bigwig(tmp_path / "c.bw", {"2": 500}, {"2": {3: 1}})
    with pytest.raises(ValueError, match=r"c\.bw: none of its chromosomes is in the FASTA: it has '2'"):
        peek_bigwig(other, GENOME)


def test_normalised_values_are_seen_before_any_work(tmp_path):
    path = write_bigwig(tmp_path / "a.bw", LENGTHS, {"chr1": {3: 0.731}})
    with pytest.raises(ValueError, match=r"a\.bw: 0\.731 at chr1:3 is not a whole number"):
        peek_bigwig(path, GENOME)
    minus = write_bigwig(tmp_path / "m.bw", LENGTHS, {"chr1": {3: -1}})
    assert peek_bigwig(minus, GENOME, negated=True) == []
    with pytest.raises(ValueError, match="negative value -1"):
        peek_bigwig(minus, GENOME)


LONG = random_genome({"chr1": 60_000})


def ends_of_reads(rng, depth, preference):
    """5' ends in peaks, with the preference of an enzyme for some bases: the rate of a base is log-normal."""
    rate = 0.05 + np.exp(-(((np.arange(60_000) % 3000) - 1500) ** 2) / (2 * 150**2))
    rate *= np.exp(preference * rng.normal(size=60_000))
    return rng.poisson(depth * rate)


def notes_of(path, counts):
    write_counts_bigwig(path, LONG, counts)
    return read_bigwigs([path], LONG)[1][0].notes


@pytest.mark.parametrize("depth", [0.02, 0.5, 20, 1000])
@pytest.mark.parametrize("preference", [0, 0.7])
@pytest.mark.parametrize("seed", [0, 1])
def test_ends_at_any_depth_are_not_taken_for_coverage(tmp_path, depth, preference, seed):
    counts = ends_of_reads(np.random.default_rng(seed), depth, preference)
    assert counts.sum() > 100
    assert notes_of(tmp_path / "a.bw", counts) == []


@pytest.mark.parametrize("depth", [0.02, 0.5, 20])
@pytest.mark.parametrize("length", [10, 36, 150])
def test_coverage_at_any_depth_is_told(tmp_path, depth, length, caplog):
    counts = ends_of_reads(np.random.default_rng(3), depth, 0.7)
    coverage = np.convolve(counts, np.ones(length, dtype=int))[:60_000]
    path = tmp_path / "a.bw"
    with caplog.at_level(logging.WARNING):
        (note,) = notes_of(path, coverage)
    assert "is this coverage? give counts of 5' ends" in note
    assert f"{path}: neighbouring bases differ by" in caplog.text
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        assert peek_bigwig(path, LONG) == []
    assert "is this coverage?" in caplog.text


def test_one_tower_does_not_hide_coverage(tmp_path):
    coverage = np.convolve(ends_of_reads(np.random.default_rng(3), 0.1, 0.7), np.ones(50, dtype=int))[:60_000]
    coverage[30_000] = 1_000_000
    assert "is this coverage?" in notes_of(tmp_path / "a.bw", coverage)[0]


def test_other_assembly_is_an_error(tmp_path):
    path = write_bigwig(tmp_path / "a.bw", {"chr1": 1000, "chr2": 499}, {"chr1": {3: 1}})
    with pytest.raises(ValueError, match=r"a\.bw: chr2 has 499 bp in the bigWig, 500 in the FASTA"):
        read_bigwigs([path], GENOME)


def test_what_is_no_bigwig_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"a\.bw: not a bigWig file"):
        read_bigwigs([write_text(tmp_path / "a.bw", "chr1 1 2\n")], GENOME)
    with pytest.raises(ValueError, match=r"b\.bw: no such file"):
        read_bigwigs([tmp_path / "b.bw"], GENOME)


starts = st.lists(st.tuples(st.sampled_from(["chr1", "chr2"]), st.integers(0, 45)), min_size=1, max_size=12)


@given(starts)
def test_profiles_are_averaged_where_they_overlap(tmp_path_factory, regions):
    path = tmp_path_factory.mktemp("bw") / "a.bw"
    sizes = {"chr2": 50, "chr1": 50}
    values = np.random.default_rng(0).normal(size=(len(regions), 5)).astype(np.float32)
    values[0, 0] = 0
    write_profile_bigwig(path, sizes, tuple(zip(*regions, strict=True)), values)
    with pyBigWig.open(str(path)) as file:
        for chrom in sizes:
            stacked = np.full((len(regions), 50), np.nan)
            for row, (name, start) in enumerate(regions):
                if name == chrom:
                    stacked[row, start : start + 5] = values[row]
            covered = ~np.isnan(stacked).all(axis=0)
            found = file.values(chrom, 0, 50, numpy=True)
            np.testing.assert_array_equal(~np.isnan(found), covered)
            np.testing.assert_allclose(found[covered], np.nanmean(stacked[:, covered], axis=0), atol=1e-6)


def test_same_profiles_give_the_same_bytes(tmp_path):
    for name in ("a.bw", "b.bw"):
        write_profile_bigwig(tmp_path / name, LENGTHS, (["chr1", "chr2"], [5, 3]), np.ones((2, 7)))
    assert (tmp_path / "a.bw").read_bytes() == (tmp_path / "b.bw").read_bytes()


@pytest.mark.parametrize(
    ("regions", "values", "message"),
    [
        ((["chr1"], [996]), np.ones((1, 5)), "region chr1:996-1001 is not on a chromosome"),
        ((["chr9"], [0]), np.ones((1, 5)), "region chr9:0-5 is not on a chromosome"),
        ((["chr1"], [0]), np.full((1, 5), np.nan), "region 0 is not finite"),
        (([], []), np.ones((0, 5)), "at least one region"),
        ((["chr1"], [0, 1]), np.ones((2, 5)), "1 chromosomes, 2 starts"),
    ],
)
def test_bad_profiles_are_refused_before_any_file(tmp_path, regions, values, message):
    with pytest.raises(ValueError, match=message):
        write_profile_bigwig(tmp_path / "a.bw", LENGTHS, regions, values)
    assert list(tmp_path.iterdir()) == []


def test_no_counts_are_refused(tmp_path):
    with pytest.raises(ValueError, match="no counts to write"):
        write_counts_bigwig(tmp_path / "a.bw", GENOME, np.zeros(1500))


def test_single_bases_are_written_and_read(tmp_path):
    path = tmp_path / "a.bw"
    write_sparse_bigwig(path, LENGTHS, {"chr2": ([3, 9], [0.5, 0.25])})
    with pyBigWig.open(str(path)) as file:
        assert file.intervals("chr2") == ((3, 4, 0.5), (9, 10, 0.25))
        assert file.intervals("chr1") is None
    write_sparse_bigwig(path, LENGTHS, {})
    with pyBigWig.open(str(path)) as file:
        assert file.intervals("chr1") == ((0, 1, 0.0),)
