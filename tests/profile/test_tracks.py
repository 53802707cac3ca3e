"""Predicted tracks, read back from bigWig."""

import numpy as np
import pyBigWig
import pytest

from cisgrammar.profile.prediction_file import InMemory
from cisgrammar.profile.predictions import Predictions
from cisgrammar.profile.tracks import task_names, write_tracks
from cisgrammar.sequence.fasta import Genome
from cisgrammar.signal.table import Regions


def _regions(chrom, start, length):
    n = len(chrom)
    text, number = np.array(["x"] * n), np.zeros(n)
    start = np.array(start)
    return Regions(np.array(chrom), start, start + length, text, text, text, number.astype(int), number)


def test_tracks_hold_expected_cuts_and_average_where_windows_overlap(tmp_path):
    genome = Genome.from_chromosomes({"chr1": np.zeros(100, np.uint8), "chr2": np.zeros(50, np.uint8)})
    p = np.array([[[0.1, 0.2], [0.3, 0.4]], [[0.25] * 2] * 2, [[0.4, 0.3], [0.2, 0.1]]])
    made = Predictions({"atac": np.log(p)}, {"atac": np.log(np.array([10.0, 4.0, 20.0]))})
    regions = _regions(["chr1", "chr2", "chr1"], [10, 7, 11], 2)
    written = write_tracks(tmp_path / "tracks", InMemory({"residual": made, "combined": made}), genome, regions)
    assert [path.name for path in written] == [
        "residual.atac.plus.bw",
        "residual.atac.minus.bw",
        "combined.atac.plus.bw",
        "combined.atac.minus.bw",
    ]
    with pyBigWig.open(str(tmp_path / "tracks" / "combined.atac.minus.bw")) as file:
        assert file.chroms() == {"chr1": 100, "chr2": 50}
        # Base 11 of chr1 is in both windows: 10 * 0.4 and 20 * 0.2.
        assert file.values("chr1", 9, 14) == pytest.approx([np.nan, 3.0, 4.0, 2.0, np.nan], nan_ok=True)
        assert file.values("chr2", 7, 9) == pytest.approx([1.0, 1.0])


def test_tasks_have_names():
    assert task_names(1) == ("both",)
    assert task_names(2) == ("plus", "minus")
    assert task_names(3) == ("0", "1", "2")
