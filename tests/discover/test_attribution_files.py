"""Files of contributions: shards are joined, windows before shuffles; a track of the windows alone."""

import tracemalloc
from dataclasses import replace

import h5py
import numpy as np
import pyBigWig
import pytest

from cisgrammar.discover import attribution_files
from cisgrammar.discover.attribution_files import read_attributions, write_attributions, write_track
from cisgrammar.sequence.fasta import Genome
from toy_contributions import planted


def test_shards_come_back_joined(tmp_path):
    found, _ = planted(number=10, length=100)
    by_fold = np.stack([found.hypothetical["counts"][:, 0], found.hypothetical["counts"][:, 1]], axis=1)
    found = replace(found, by_fold={"counts": by_fold})
    parts = [found.take(np.flatnonzero(np.arange(20) % 10 < 4)), found.take(np.flatnonzero(np.arange(20) % 10 >= 4))]
    for number, part in enumerate(parts):
        write_attributions(tmp_path / f"{number}.h5", part)
    again = read_attributions([tmp_path / "0.h5", tmp_path / "1.h5"])
    for name in ("chrom", "start", "shuffled", "held_out", "seen", "codes"):
        np.testing.assert_array_equal(getattr(again, name), getattr(found, name))
    np.testing.assert_array_equal(again.hypothetical["counts"], found.hypothetical["counts"])
    assert again.by_fold == {}
    again = read_attributions([tmp_path / "0.h5", tmp_path / "1.h5"], by_fold=True)
    np.testing.assert_array_equal(again.by_fold["counts"], by_fold)
    write_attributions(tmp_path / "again.h5", parts[0])
    assert (tmp_path / "again.h5").read_bytes() == (tmp_path / "0.h5").read_bytes()


def test_reading_takes_little_more_than_what_is_read(tmp_path, monkeypatch):
    found, _ = planted(number=600, length=200, share=0.0)
    write_attributions(tmp_path / "a.h5", found)
    monkeypatch.setattr(attribution_files, "BLOCK", 64)
    tracemalloc.start()
    again = read_attributions([tmp_path / "a.h5"], spread=False)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(again.hypothetical["counts"], found.hypothetical["counts"])
    assert again.spread == {}
    assert peak < 1.5 * again.hypothetical["counts"].nbytes  # 1.2; of all at once three copies


def test_another_file_is_refused(tmp_path):
    with h5py.File(tmp_path / "x.h5", "w"):
        pass
    with pytest.raises(ValueError, match="not a file of contributions"):
        read_attributions([tmp_path / "x.h5"])


def test_of_bases_by_hand():
    found, _ = planted(number=2)
    found.codes[0, 5] = 4
    values = found.of_bases("counts")
    assert values[0, 5] == 0
    assert values[1, 7] == found.hypothetical["counts"][1, found.codes[1, 7], 7]
    np.testing.assert_array_equal(found.of_bases("counts", np.array([3, 0])), values[[3, 0]])


def test_a_track_is_of_windows_alone(tmp_path):
    found, _ = planted(number=4, length=300, share=0.0)
    genome = Genome.from_chromosomes({"chr1": np.zeros(5000, dtype=np.uint8)})
    write_track(tmp_path / "t.bw", found, "counts", genome)
    with pyBigWig.open(str(tmp_path / "t.bw")) as track:
        for row in range(4):
            start = int(found.start[row])
            values = track.values("chr1", start, start + 300)
            np.testing.assert_allclose(values, found.of_bases("counts")[row], rtol=1e-5)
