"""How a matrix is cut into tables of k-mers."""

from __future__ import annotations

import numpy as np
import pytest

from cisgrammar.binding.kernels.tables import cut


@pytest.mark.parametrize("windows", [10, 100_000])
@pytest.mark.parametrize("distance", [0, 1, 3, 5])
@pytest.mark.parametrize("positions", [1, 2, 6, 7, 8, 12, 13, 29])
def test_each_position_and_pair_is_in_the_table_that_scores_it(positions: int, distance: int, windows: int) -> None:
    tables = cut(positions, distance, windows)
    if tables is None:
        assert distance >= min(positions, 6)
        return
    first, last = tables.starts[tables.owner], tables.starts[tables.owner] + tables.letters
    here = np.arange(positions)
    assert len(tables.owner) == positions
    assert ((first <= here) & (here < last)).all()
    assert tables.starts[0] == 0
    assert tables.starts[-1] + tables.letters == positions
    start = tables.starts[tables.pair_owner]
    assert ((start <= tables.first) & (tables.second < start + tables.letters)).all()
    wanted = [(i, i + d) for d in range(1, distance + 1) for i in range(positions - d)]
    assert list(zip(tables.first.tolist(), tables.second.tolist(), strict=True)) == wanted


def test_tables_are_long_where_there_is_much_to_look_up() -> None:
    found = [cut(12, 0, windows) for windows in (50, 1_000_000)]
    assert [(one.letters, one.starts.tolist()) for one in found if one] == [(2, [0, 2, 4, 6, 8, 10]), (6, [0, 6])]


def test_pairs_that_are_farther_apart_than_a_table_is_long_are_not_for_tables() -> None:
    assert cut(8, 6, 1000) is None
    assert cut(3, 3, 1000) is None
