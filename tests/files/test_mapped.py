"""Pages of memory maps are given back, and read again as they were."""

import mmap
import resource
import subprocess
import sys

import numpy as np
import pytest

from cisgrammar.files import mapped
from cisgrammar.files.mapped import count_read


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
