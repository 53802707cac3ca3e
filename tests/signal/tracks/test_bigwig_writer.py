"""BigWigs of our own writer, read by pyBigWig, beside those that pyBigWig writes."""

import struct
import subprocess
import sys
import tracemalloc

import numpy as np
import pyBigWig
import pytest

from cisgrammar.signal.tracks import bigwig_writer
from cisgrammar.signal.tracks.bigwig_writer import BigWigWriter, Blocks

SIZES = {"chr2": 60_000, "chr10": 9_000, "a": 500}


def _runs(seed=0):
    """Stretches of values, some next to each other, some apart, in the order of the sizes."""
    rng = np.random.default_rng(seed)
    for chrom, size in SIZES.items():
        at = int(rng.integers(30))
        while at < size - 40:
            length = min(int(rng.integers(1, 3000)), size - at)
            yield chrom, at, rng.normal(0, 2, length)
            at += length + int(rng.integers(0, 2)) * int(rng.integers(1, 400))


def _write(path, runs=None, sizes=SIZES):
    writer = BigWigWriter(path, sizes)
    for run in _runs() if runs is None else runs:
        writer.add(*run)
    writer.close()


def _dense():
    found = {chrom: np.full(size, np.nan) for chrom, size in SIZES.items()}
    for chrom, start, values in _runs():
        found[chrom][start : start + len(values)] = values.astype(np.float32)
    return found


@pytest.mark.parametrize("held", [1, 777, 1 << 16])
def test_values_and_header_are_read_back(tmp_path, monkeypatch, held):
    monkeypatch.setattr(bigwig_writer, "_HELD", held)
    _write(tmp_path / "x.bw")
    dense = _dense()
    known = np.concatenate([values[~np.isnan(values)] for values in dense.values()])
    with pyBigWig.open(str(tmp_path / "x.bw")) as file:
        assert file.chroms() == SIZES
        assert list(file.chroms()) == list(SIZES)
        header = file.header()
        assert header["nBasesCovered"] == len(known)
        assert header["nLevels"] == 6
        # pyBigWig gives whole numbers of these.
        assert (header["minVal"], header["maxVal"]) == (int(known.min()), int(known.max()))
        for chrom, values in dense.items():
            np.testing.assert_array_equal(file.values(chrom, 0, SIZES[chrom]), values)
            assert file.values(chrom, 100, 140) == pytest.approx(values[100:140].tolist(), nan_ok=True)


@pytest.mark.parametrize("kind", ["mean", "min", "max", "coverage", "std"])
def test_zoom_levels_say_what_the_values_do(tmp_path, monkeypatch, kind):
    monkeypatch.setattr(bigwig_writer, "_HELD", 500)
    monkeypatch.setattr(bigwig_writer, "RECORDS", 50)
    _write(tmp_path / "x.bw")
    with pyBigWig.open(str(tmp_path / "x.bw")) as file:
        for chrom, end, bins in (("chr2", 57_344, 8), ("chr2", 57_344, 56), ("chr10", 8192, 4)):
            exact = file.stats(chrom, 0, end, type=kind, nBins=bins, exact=True)
            # Bins end where records of the level do, so that no record is shared.
            assert file.stats(chrom, 0, end, type=kind, nBins=bins) == pytest.approx(exact, rel=1e-4, abs=1e-6)


def test_many_blocks_and_many_chromosomes_need_nodes_above_the_leaves(tmp_path, monkeypatch):
    monkeypatch.setattr(bigwig_writer, "_NODE", 4)
    monkeypatch.setattr(bigwig_writer, "_VALUES", 30)
    monkeypatch.setattr(bigwig_writer, "RECORDS", 8)
    _write(tmp_path / "x.bw")
    with pyBigWig.open(str(tmp_path / "x.bw")) as file:
        for chrom, values in _dense().items():
            np.testing.assert_array_equal(file.values(chrom, 0, SIZES[chrom]), values)
            for low in (0, 13, 250, 431):
                np.testing.assert_array_equal(file.values(chrom, low, low + 50), values[low : low + 50])
        assert file.stats("chr2", 0, 57_344, nBins=7) == pytest.approx(
            file.stats("chr2", 0, 57_344, nBins=7, exact=True), rel=1e-4
        )
    many = {f"contig{i}": 50 for i in range(70)}
    _write(tmp_path / "many.bw", [(name, 3, np.full(2, i)) for i, name in enumerate(many)], many)
    with pyBigWig.open(str(tmp_path / "many.bw")) as file:
        assert list(file.chroms()) == list(many)
        assert [file.values(name, 3, 5)[1] for name in many] == list(range(70))


def test_a_file_ends_and_begins_as_the_format_wants(tmp_path):
    _write(tmp_path / "x.bw")
    data = (tmp_path / "x.bw").read_bytes()
    assert struct.unpack("<I", data[:4]) == struct.unpack("<I", data[-4:]) == (0x888FFC26,)
    _write(tmp_path / "y.bw")
    assert (tmp_path / "y.bw").read_bytes() == data


def test_memory_does_not_grow_with_the_file(tmp_path):
    code = f"""
import resource, sys
import numpy as np
from cisgrammar.signal.tracks.bigwig_writer import BigWigWriter, Blocks
writer = BigWigWriter({str(tmp_path / "x.bw")!r}, {{"c": 10_000_000}})
values = np.repeat(np.arange(10.0), 20_000)
for part in range(2):
    for i in range(20):
        writer.add("c", (20 * part + i) * len(values), values)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
writer.close()
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""
    text = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    first, *later = map(int, text.split())
    assert max(later) - first < (6 << 10 if sys.platform == "linux" else 6 << 20)


def test_an_index_is_made_node_by_node():
    """Of 70,000 blocks it took 137 bytes each; its bytes are those of nodes that hold 256 children."""
    blocks = Blocks()
    for i in range(70_000):
        blocks.add(i // 1000, i % 1000 * 10, i % 1000 * 10 + 7, 100 + 13 * i, 13)
    tracemalloc.start()
    sizes = [len(piece) for piece in blocks.index(1000, 4, 512)]
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Head, root, 2 nodes of 274, 274 leaves.
    assert len(sizes) == 1 + 1 + 2 + 274
    assert sizes[:3] == [48, 4 + 2 * 24, 4 + 256 * 24]
    assert sum(sizes[4:]) == 274 * 4 + 70_000 * 32
    assert most < 5 * 70_000
