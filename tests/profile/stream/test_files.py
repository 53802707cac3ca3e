"""Files that are written in pieces."""

import h5py
import numpy as np

from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.predictions import Predictions
from cisgrammar.profile.stream.files import RegionCounts, WindowFile
from cisgrammar.profile.stream.windows import Cover
from cisgrammar.sequence.fasta import Genome
from cisgrammar.sequence.intervals import read_intervals


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
