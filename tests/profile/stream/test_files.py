"""Files that are written in pieces."""

import h5py
import numpy as np
import pyBigWig
import pytest

from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.predict import Predictions
from cisgrammar.profile.stream.files import RegionCounts, TrackStream, WindowFile
from cisgrammar.profile.stream.windows import Cover
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import read_intervals
from cisgrammar.signal.bigwig import write_profile_bigwig

SIZES = {"a": 500, "b": 90}


def test_a_track_in_pieces_is_the_track_of_all_pieces_at_once(tmp_path):
    generator = np.random.default_rng(3)
    chroms = np.sort(generator.choice(["a", "b"], 30, p=[0.8, 0.2]))
    starts = np.array([generator.integers(0, SIZES[chrom] - 20) for chrom in chroms])
    order = np.lexsort((starts, chroms))
    chroms, starts = chroms[order], starts[order]
    values = generator.random((30, 20))
    write_profile_bigwig(tmp_path / "whole.bw", SIZES, (chroms.tolist(), starts), values)
    with TrackStream(tmp_path / "pieces.bw", SIZES) as track:
        for chrom, start, value in zip(chroms, starts, values, strict=True):
            track.add(str(chrom), int(start), value)
    with pyBigWig.open(str(tmp_path / "whole.bw")) as whole, pyBigWig.open(str(tmp_path / "pieces.bw")) as pieces:
        for chrom, size in SIZES.items():
            np.testing.assert_allclose(pieces.values(chrom, 0, size), whole.values(chrom, 0, size), rtol=1e-6)


def test_pieces_of_several_lengths_that_lie_within_each_other(tmp_path):
    with TrackStream(tmp_path / "x.bw", SIZES) as track:
        track.add("a", 10, np.full(10, 1.0))
        track.add("a", 12, np.full(2, 3.0))
        track.add("a", 20, np.full(1, 7.0))
        track.add("b", 5, np.full(1, 9.0))
    with pyBigWig.open(str(tmp_path / "x.bw")) as file:
        assert file.values("a", 10, 21) == [1, 1, 2, 2, 1, 1, 1, 1, 1, 1, 7]
        assert file.values("b", 5, 6) == [9]
        assert np.isnan(file.values("a", 21, 30)).all()


def test_windows_are_written_batch_by_batch_in_chunks(tmp_path):
    number = 40
    windows = Cover(
        *(
            np.zeros(number, np.int32),
            np.arange(number),
            np.arange(number),
            np.arange(number) + 3,
            np.zeros(number, np.int32),
        )
    )
    values = np.random.default_rng(0).random((number, 2, 3)).astype(np.float32)
    genome = Genome.from_chromosomes({"a": np.zeros(500, np.uint8)})
    with h5py.File(tmp_path / "p.h5", "w") as file:
        made = WindowFile(file, genome, windows, [Head("x", 2)], 3, ["model"])
        for low in range(0, number, 7):
            part = slice(low, low + 7)
            made.add({"model": Predictions({"x": values[part]}, {"x": values[part, 0, 0]})})
    with h5py.File(tmp_path / "p.h5") as file:
        stored = file["model/x/log_probabilities"]
        assert stored.chunks == (16, 2, 3)
        np.testing.assert_array_equal(stored[:], values)
        np.testing.assert_array_equal(file["model/x/log_counts"][:], values[:, 0, 0])
        assert file["coordinates/end"][0] == 3


def test_counts_are_summed_over_windows_and_what_is_left_out_has_none(tmp_path):
    (tmp_path / "x.bed").write_text("a\t0\t9\tlong\nz\t0\t4\taway\na\t20\t23\n")
    regions = read_intervals(tmp_path / "x.bed")
    kinds = np.array([0, 0, 0], np.int32), np.array([-1, 4, 20]), np.array([0, 4, 20]), np.array([4, 9, 23])
    windows = Cover(*kinds, np.array([0, 0, 2], np.int32))
    counts = RegionCounts(regions, np.array(["", "its sequence", ""]), windows, np.array([1, 0, 0]))
    counts.add("model", "x", windows.take(slice(0, 2)), [1.5, 2.0], np.array([0.1, 0.2]))
    counts.add("model", "x", windows.take(slice(2, 3)), [4.0], np.array([0.3]))
    assert list(counts.rows()) == [
        ("a", 0, 9, "long", "model", "x", 2, 0, 9, "3.5", "nan", 1, ""),
        ("z", 0, 4, "away", "model", "x", 0, 0, 4, "nan", "nan", 0, "its sequence"),
        ("a", 20, 23, "a:20-23", "model", "x", 1, 20, 23, "4", "0.3", 0, ""),
    ]


def test_an_error_ends_the_track(tmp_path):
    with pytest.raises(KeyError), TrackStream(tmp_path / "x.bw", SIZES):
        raise KeyError("x")
