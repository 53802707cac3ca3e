"""bigWigs in and out."""

import numpy as np
import pyBigWig
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.signal.bigwig import read_bigwigs, write_counts_bigwig, write_profile_bigwig
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


def test_chunks_do_not_matter(tmp_path, monkeypatch):
    counts = np.random.default_rng(1).poisson(0.2, 1500)
    write_counts_bigwig(tmp_path / "a.bw", GENOME, counts)
    monkeypatch.setattr("cisgrammar.signal.bigwig._CHUNK", 37)
    np.testing.assert_array_equal(dense(read_bigwigs([tmp_path / "a.bw"], GENOME)[0])[0], counts)


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
