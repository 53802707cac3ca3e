"""Reads side by side: what is done to all windows of a block, and the compiler."""

from __future__ import annotations

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
