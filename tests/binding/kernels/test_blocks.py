"""Reads side by side: what is done to all windows of a block, and the compiler."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest

from cisgrammar.binding.kernels import blocks


@pytest.mark.parametrize("windows", [1, 2, 3, 9])
def test_each_read_has_its_own_sum_and_factor(windows: int) -> None:
    """Four windows go at once; what is left over goes alone."""
    rows, factors = np.random.default_rng(0).random((2, windows, blocks.READS)), np.arange(float(blocks.READS))
    totals, wanted = np.full(blocks.READS, np.nan), rows * factors
    blocks.sums(rows, totals)
    assert totals == pytest.approx(rows.sum((0, 1)))
    blocks.scale(rows, factors)
    assert rows == pytest.approx(wanted)


def test_what_is_kept_is_of_the_present_modules(tmp_path: Path) -> None:
    """A function that another module's function was compiled into must not outlive it."""
    (tmp_path / "a.py").write_text("one = 1\n")
    before = blocks.digest(tmp_path)
    (tmp_path / "b.py").write_text("two = 2\n")
    assert len({before, blocks.digest(tmp_path)}) == 2
    (tmp_path / "b.py").write_text("two = 3\n")
    changed = blocks.digest(tmp_path)
    (tmp_path / "b.py").write_text("two = 2\n")
    assert changed != blocks.digest(tmp_path)
    folder = Path(blocks.__file__).parent
    assert blocks.copy.stats.cache_path
    assert blocks.copy.py_func.__qualname__ == f"copy_{blocks.digest(folder)}"


def test_it_compiles_where_nothing_can_be_written(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = numba.njit

    def unwritable(**options: Any) -> Any:
        if options.get("cache"):
            raise RuntimeError("cannot cache function: no locator available")
        return plain(**options)

    monkeypatch.setattr(numba, "njit", unwritable)

    def twice(x: float) -> float:
        return 2 * x

    assert blocks.compiled(twice)(3.0) == 6.0
