"""Sparse counts read like the array that they stand for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.signal.counts import sparse as module
from cisgrammar.signal.counts.sparse import SparseCounts, add_counts
from cisgrammar.signal.store import Signal, cut_counts, open_signal, pool_signals, write_signal

BASES = 5000


def dense_counts(seed: int, share: float = 0.03, most: int = 9) -> np.ndarray:
    generator = np.random.default_rng(seed)
    counts = generator.integers(1, most + 1, (2, BASES))
    return np.where(generator.random((2, BASES)) < share, counts, 0).astype(np.uint16)


def sparse_of(counts: np.ndarray) -> SparseCounts:
    where = [np.flatnonzero(row).astype(np.uint32) for row in counts]
    return SparseCounts(where, [row[i].astype(np.uint32) for row, i in zip(counts, where, strict=True)], BASES)


DENSE = dense_counts(1)
SPARSE = sparse_of(DENSE)


@given(st.lists(st.integers(0, BASES - 1300), max_size=9), st.integers(1, 1300))
def test_windows_equal_slices(starts, length):
    starts = np.array(starts, dtype=np.int64)
    found = cut_counts(SPARSE, starts, length)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, cut_counts(DENSE, starts, length))
    wanted = [int(DENSE[:, start : start + length].sum()) for start in starts.tolist()]
    assert SPARSE.sums(starts, length).tolist() == wanted


def test_windows_reach_both_ends_of_the_genome(monkeypatch):
    monkeypatch.setattr(module, "_WINDOWS", 2)
    monkeypatch.setattr(module, "_ENTRIES", 5)
    starts = np.array([0, 4000, BASES - 600, 1, 511, 512])
    np.testing.assert_array_equal(SPARSE.windows(starts, 600), cut_counts(DENSE, starts, 600))
    assert SPARSE.sums(starts, 600).tolist() == cut_counts(DENSE, starts, 600).sum(axis=(1, 2)).tolist()
    np.testing.assert_array_equal(SPARSE.windows(np.array([0]), BASES)[0], DENSE)
    with pytest.raises(ValueError, match="outside of the genome"):
        cut_counts(SPARSE, np.array([BASES - 599]), 600)


@pytest.mark.parametrize(
    "key",
    [
        (0, slice(None)),
        (1, slice(700, 900)),
        (-1, slice(10, 4000, 7)),
        (slice(None), slice(3, 3)),
        slice(None),
        (slice(None), np.array([5, 4999, -1])),
        (0, np.arange(300, 700).reshape(4, 100)),
        (slice(None), np.array([[4900, 4999], [3, 0]])),
        (slice(0, 1), np.array([0, 4000])[:, None] + np.arange(1000)),
    ],
)
def test_keys_give_what_they_give_of_the_array(key):
    np.testing.assert_array_equal(SPARSE[key], DENSE[key])


def test_tasks_read_like_rows():
    rows = list(SPARSE)
    assert [row.shape for row in rows] == [(BASES,)] * 2
    for row, wanted in zip(rows, DENSE, strict=True):
        np.testing.assert_array_equal(row[100:2000], wanted[100:2000])
        np.testing.assert_array_equal(np.asarray(row), wanted)
        assert row.any()
    np.testing.assert_array_equal(np.asarray(SPARSE), DENSE)
    assert SPARSE[1].task == 1
    nothing = np.zeros(0, dtype=np.uint32)
    assert not SparseCounts([nothing], [nothing], 10)[0].any()
    assert SparseCounts([nothing], [nothing], 10).windows(np.array([3]), 4).tolist() == [[[0] * 4]]


def test_positions_of_larger_genomes_are_cut_too():
    wide = SparseCounts([where.astype(np.uint64) for where in SPARSE.positions], SPARSE.counts, BASES)
    starts = np.array([3, 700])
    np.testing.assert_array_equal(wide.windows(starts, 900), cut_counts(DENSE, starts, 900))
    assert wide.sums(starts, 900).tolist() == SPARSE.sums(starts, 900).tolist()
    np.testing.assert_array_equal(wide[0, 40:4000], DENSE[0, 40:4000])


def test_places_outside_of_the_genome_are_an_error():
    for place in (BASES, -BASES - 1):
        with pytest.raises(IndexError, match="outside"):
            SPARSE[0, np.array([place])]


@pytest.mark.parametrize("share", [0.0, 0.03, 0.5])
def test_the_store_keeps_few_positions_sparse_and_many_not(tmp_path, share):
    counts = dense_counts(4, share)
    write_signal(tmp_path / "s.h5", {"h": sparse_of(counts)}, {"genome_fingerprint": "g"})
    head = open_signal(tmp_path / "s.h5").heads["h"]
    assert isinstance(head, SparseCounts) == (share < 0.1)
    np.testing.assert_array_equal(np.asarray(head), counts)
    assert head.dtype == np.uint16
    starts = np.array([0, 17, 4500])
    np.testing.assert_array_equal(cut_counts(head, starts, 500), cut_counts(counts, starts, 500))


@pytest.mark.parametrize("most", [3, 65_000])
def test_a_pool_of_sparse_samples_is_sparse_and_never_overflows(monkeypatch, most):
    monkeypatch.setattr(module, "_BASES", 700)
    parts = [dense_counts(seed, most=most) for seed in (1, 2, 1)]
    found = add_counts([sparse_of(part) for part in parts])
    wanted = np.sum(parts, axis=0, dtype=np.int64)
    np.testing.assert_array_equal(np.asarray(found).astype(np.int64), wanted)
    signals = [Signal({"h": sparse_of(part)}, "g", {"ends_h": 1}) for part in parts]
    pooled, attrs = pool_signals(signals)
    assert isinstance(pooled["h"], SparseCounts)
    assert (pooled["h"].half, attrs["ends_h"]) == (None, 3)
    mixed, _ = pool_signals([signals[0], Signal({"h": parts[1]}, "g", {"ends_h": 1})])
    assert mixed["h"][1, slice(0, 900)].tolist() == (parts[0] + parts[1].astype(np.int64))[1, :900].tolist()
