"""Arrays that grow hold what was added, in its order."""

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.signal.counts import buffers
from cisgrammar.signal.counts.buffers import Filled, Gathered, joined, run_lengths, runs, sort

parts = st.lists(st.lists(st.integers(0, 9), max_size=12), max_size=8)


@pytest.fixture(autouse=True, scope="module")
def _small_chunks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buffers, "_CHUNK", 5)
        patch.setattr(buffers, "_RUN", 4)
        yield


@given(parts, parts)
def test_what_is_gathered_comes_out_in_order_and_once(first, second):
    gathered = [Gathered(np.dtype(np.uint32)) for _ in range(2)]
    for one, pieces in zip(gathered, (first, second), strict=True):
        for piece in pieces:
            one.add(np.array(piece, dtype=np.int64))
        assert len(one) == sum(map(len, pieces))
    assert joined(gathered, np.dtype(np.uint32)).tolist() == list(chain(*first, *second))
    assert [len(one) for one in gathered] == [0, 0]


@given(parts)
def test_what_is_filled_comes_out_in_order(pieces):
    filled = Filled(100, np.dtype(np.uint16))
    for piece in pieces:
        filled.add(np.array(piece, dtype=np.int64))
    assert filled.values.tolist() == list(chain(*pieces))


def test_numbers_that_do_not_fit_widen_the_type_and_keep_the_others():
    filled = Filled(3, np.dtype(np.uint16))
    for most, kind in ((65_535, np.uint16), (65_536, np.uint32), (2**32, np.uint64)):
        filled.add(np.array([most]))
        assert filled.values.dtype == kind
    assert filled.values.tolist() == [65_535, 65_536, 2**32]


@given(st.lists(st.integers(0, 6), max_size=40))
def test_runs_cover_all_and_part_no_equal_values(values):
    ordered = np.array(sorted(values), dtype=np.uint32)
    bounds = list(runs(ordered))
    assert [i for first, last in bounds for i in range(first, last)] == list(range(len(ordered)))
    groups = [set(ordered[first:last].tolist()) for first, last in bounds]
    assert sum(map(len, groups)) == len(set(values))
    counted = [run_lengths(ordered[first:last]) for first, last in bounds]
    found = {v: n for distinct, number in counted for v, n in zip(distinct.tolist(), number.tolist(), strict=True)}
    assert found == {value: values.count(value) for value in set(values)}


@pytest.mark.parametrize("few", [0, 100])
@given(values=st.lists(st.integers(0, 50), max_size=40))
def test_sorting_sorts(few, values):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(buffers, "_FEW", few)
        array = np.array(values, dtype=np.uint32)
        sort(array)
        assert array.tolist() == sorted(values)
        sort(array)
        assert array.tolist() == sorted(values)
