"""Pages of a memory map are dropped, and come back with the same bytes."""

from pathlib import Path

import numpy as np
import pytest

from cisgrammar.files.mapped import release

STATUS = Path("/proc/self/smaps_rollup")


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


def test_other_arrays_are_left_alone(tmp_path):
    array = np.arange(10)
    release(array)
    release(None)
    (tmp_path / "a").write_bytes(bytes(range(100)))
    changed = np.memmap(tmp_path / "a", mode="c", dtype=np.uint8)
    changed[3] = 77
    release(changed)
    assert (array.sum(), changed[3]) == (45, 77)
