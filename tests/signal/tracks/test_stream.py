"""Tracks in pieces, read back by pyBigWig."""

import numpy as np
import pyBigWig
import pytest

from cisgrammar.signal.bigwig import write_profile_bigwig
from cisgrammar.signal.tracks.stream import TrackStream

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


def test_an_error_ends_the_track(tmp_path):
    with pytest.raises(KeyError), TrackStream(tmp_path / "x.bw", SIZES):
        raise KeyError("x")
