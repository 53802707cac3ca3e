"""Pages of memory maps are given back, and read again as they were."""

import mmap
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cisgrammar.files import mapped
from cisgrammar.files.mapped import count_read, release

STATUS = Path("/proc/self/smaps_rollup")


def _map(path, size=1 << 16):
    np.arange(size, dtype=np.uint8).tofile(path)
    return np.memmap(path, mode="r", dtype=np.uint8)


def test_the_map_of_a_view_is_found(tmp_path):
    whole = _map(tmp_path / "x")
    for view in (whole, np.asarray(whole), np.asarray(whole).reshape(2, -1)[1], np.asarray(whole)[5:].view(np.int8)):
        assert isinstance(mapped._map_of(view), mmap.mmap)
    for plain in (np.zeros(3), np.asarray(whole).copy(), "text"):
        assert mapped._map_of(plain) is None


def test_what_was_given_back_is_read_again(tmp_path, monkeypatch):
    whole = np.asarray(_map(tmp_path / "x"))
    before = whole.copy()
    monkeypatch.setattr(mapped, "MOST", 1)
    count_read(whole, 1, len(whole))
    np.testing.assert_array_equal(whole, before)


def test_a_map_that_is_written_to_is_left_alone(tmp_path, monkeypatch):
    np.zeros(1 << 16, dtype=np.uint8).tofile(tmp_path / "x")
    copy = np.memmap(tmp_path / "x", mode="c", dtype=np.uint8)
    copy[:] = 7
    monkeypatch.setattr(mapped, "MOST", 1)
    count_read(copy, 1, len(copy))
    assert (copy == 7).all()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems drop such pages when they like")
def test_reading_all_of_a_large_file_keeps_little_of_it(tmp_path):
    size = 400 << 20
    with (tmp_path / "x").open("wb") as file:
        file.truncate(size)
    code = f"""
import numpy as np, resource
from cisgrammar.signal.store import cut_codes
codes = np.asarray(np.memmap({str(tmp_path / "x")!r}, mode="r", dtype=np.uint8))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for first in range(0, {size} - 4_000_000, 2_000_000):
    cut_codes(codes, np.arange(first, first + 2_000_000, 1000), 1000)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert grown < 150_000
    assert resource.RUSAGE_SELF == 0


def mapped_kb() -> int:
    lines = STATUS.read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Rss:"))


@pytest.mark.skipif(not STATUS.exists(), reason="no /proc/self/smaps_rollup: not Linux")
def test_pages_that_were_read_are_dropped(tmp_path):
    np.arange(1 << 22, dtype=np.uint64).tofile(tmp_path / "a")  # 32 MiB
    array = np.asarray(np.memmap(tmp_path / "a", mode="r", dtype=np.uint64))
    before = mapped_kb()
    assert int(array.sum()) == (1 << 21) * ((1 << 22) - 1)
    assert mapped_kb() - before > 30_000
    release(array[5:9])
    assert mapped_kb() - before < 2_000
    assert array[7] == 7


def test_releasing_leaves_other_arrays_alone(tmp_path):
    array = np.arange(10)
    release(array)
    release(None)
    (tmp_path / "a").write_bytes(bytes(range(100)))
    changed = np.memmap(tmp_path / "a", mode="c", dtype=np.uint8)
    changed[3] = 77
    release(changed)
    assert (array.sum(), changed[3]) == (45, 77)
