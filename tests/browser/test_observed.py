"""The observed signal as tracks: the counts that models are trained on."""

import numpy as np
import pyBigWig
import pytest

from cisgrammar.browser.observed import write_observed
from cisgrammar.signal.counts.sparse import SparseCounts
from cisgrammar.signal.store import open_signal, write_signal
from prepare_toys import random_genome


def written(tmp_path, heads, genome, fingerprint=None):
    write_signal(tmp_path / "s.h5", heads, {"genome_fingerprint": fingerprint or genome.fingerprint})
    return write_observed(tmp_path / "tracks", genome, open_signal(tmp_path / "s.h5"))


def test_tracks_hold_the_counts_of_each_task_on_each_chromosome(tmp_path, caplog):
    genome = random_genome({"a": 60, "b": 40, "c": 10})
    counts = np.zeros((2, 110), np.uint16)
    counts[0, [0, 59, 60, 99]] = [3, 4, 500, 6]
    counts[1, 1] = 7
    one = np.zeros((1, 110), np.uint16)
    empty = np.zeros((2, 110), np.uint16)
    empty[0, 5] = 1
    paths = written(tmp_path, {"x": counts, "y": one + 1, "z": empty}, genome)
    assert [path.name for path in paths] == [
        "observed.x.plus.bw",
        "observed.x.minus.bw",
        "observed.y.both.bw",
        "observed.z.plus.bw",
    ]
    assert "observed.z.minus.bw: no 5' end in this task" in caplog.text
    with pyBigWig.open(str(paths[0])) as file:
        found = np.concatenate([np.nan_to_num(file.values(name, 0, size)) for name, size in (("a", 60), ("b", 40))])
    assert found.tolist() == counts[0, :100].tolist()


def test_sparse_counts_give_the_same_tracks(tmp_path):
    genome = random_genome({"a": 600, "b": 400})
    counts = np.zeros((2, 1000), np.uint16)
    counts[0, [0, 599, 600, 999]] = [3, 4, 500, 6]
    where = [np.flatnonzero(row).astype(np.uint32) for row in counts]
    sparse = SparseCounts(where, [row[i] for row, i in zip(counts, where, strict=True)], 1000)
    (tmp_path / "sparse").mkdir()
    dense, found = written(tmp_path, {"x": counts}, genome), written(tmp_path / "sparse", {"x": sparse}, genome)
    assert [path.name for path in found] == ["observed.x.plus.bw"]
    assert found[0].read_bytes() == dense[0].read_bytes()


def test_counts_of_another_genome_are_refused(tmp_path):
    with pytest.raises(ValueError, match="counted on genome other"):
        written(tmp_path, {"x": np.ones((1, 9), np.uint8)}, random_genome({"a": 9}), "other")
