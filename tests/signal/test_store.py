"""Genome and counts on disk, and windows of them."""

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.sequence.alphabet import decode, reverse_complement
from cisgrammar.signal.counts.sparse import SparseCounts
from cisgrammar.signal.store import (
    Signal,
    check_same_genome,
    cut_codes,
    cut_counts,
    cut_windows,
    open_genome,
    open_signal,
    pool_signals,
    write_genome,
    write_signal,
)
from prepare_toys import random_genome, text_genome

GENOME = random_genome({"chrA": 700, "chrB": 300})
COUNTS = np.random.default_rng(2).integers(0, 400, (2, 1000)).astype(np.uint16)
SIGNAL = Signal({"one": COUNTS[:1], "two": COUNTS}, GENOME.fingerprint, {})
ATTRS = {"genome_fingerprint": GENOME.fingerprint, "ends_one": 7}


def test_genome_comes_back_as_a_memory_map(tmp_path):
    write_genome(tmp_path / "g.h5", GENOME)
    genome = open_genome(tmp_path / "g.h5")
    assert genome.names == GENOME.names
    assert genome.lengths.tolist() == [700, 300]
    assert genome.offsets.tolist() == [0, 700]
    assert genome.fingerprint == GENOME.fingerprint
    np.testing.assert_array_equal(genome.codes, GENOME.codes)
    assert isinstance(genome.codes.base, np.memmap)
    assert not genome.codes.flags.writeable


def test_signal_comes_back_with_the_order_of_its_heads(tmp_path):
    write_signal(tmp_path / "s.h5", {"zebra": COUNTS, "ant": COUNTS[:1].astype(np.uint32)}, ATTRS)
    signal = open_signal(tmp_path / "s.h5")
    assert list(signal.heads) == ["zebra", "ant"]
    assert signal.heads["zebra"].dtype == np.uint16
    assert signal.heads["ant"].dtype == np.uint32
    np.testing.assert_array_equal(signal.heads["zebra"], COUNTS)
    assert signal.attrs["ends_one"] == 7
    check_same_genome(GENOME, signal)


def test_same_input_gives_the_same_bytes(tmp_path):
    for name in ("a.h5", "b.h5"):
        write_genome(tmp_path / f"g{name}", GENOME)
        write_signal(tmp_path / f"s{name}", {"one": COUNTS}, ATTRS)
    assert (tmp_path / "ga.h5").read_bytes() == (tmp_path / "gb.h5").read_bytes()
    assert (tmp_path / "sa.h5").read_bytes() == (tmp_path / "sb.h5").read_bytes()


def test_sparse_counts_are_written_like_dense_ones(tmp_path, monkeypatch):
    monkeypatch.setattr("cisgrammar.signal.store._SLAB", 64)
    where = [np.flatnonzero(row).astype(np.uint32) for row in COUNTS]
    sparse = SparseCounts(where, [row[i].astype(np.int64) for row, i in zip(COUNTS, where, strict=True)], 1000)
    write_signal(tmp_path / "s.h5", {"one": sparse}, ATTRS)
    np.testing.assert_array_equal(open_signal(tmp_path / "s.h5").heads["one"], COUNTS)


def test_other_genome_is_refused():
    with pytest.raises(ValueError, match="run the prepare stage again"):
        check_same_genome(random_genome({"chrA": 700, "chrB": 300}, seed=9), SIGNAL)
    with pytest.raises(ValueError, match="run the prepare stage again"):
        check_same_genome(GENOME, Signal({"one": COUNTS[:, :-1]}, GENOME.fingerprint, {}))


def test_other_files_are_refused(tmp_path):
    (tmp_path / "text.h5").write_text("no HDF5")
    with pytest.raises(ValueError, match=r"text.h5: not a readable HDF5 file"):
        open_genome(tmp_path / "text.h5")
    write_genome(tmp_path / "g.h5", GENOME)
    with pytest.raises(ValueError, match="wanted 'cisgrammar signal 2'"):
        open_signal(tmp_path / "g.h5")
    with pytest.raises(ValueError, match="no such file"):
        open_genome(tmp_path / "absent.h5")


def test_chunked_dataset_is_refused(tmp_path):
    write_genome(tmp_path / "g.h5", GENOME)
    with h5py.File(tmp_path / "g.h5", "a") as file:
        del file["codes"]
        file.create_dataset("codes", data=GENOME.codes, chunks=(10,))
    with pytest.raises(ValueError, match="chunked"):
        open_genome(tmp_path / "g.h5")


def test_signed_or_flat_counts_are_refused(tmp_path):
    for bad in (COUNTS.astype(np.int64), COUNTS[0]):
        with pytest.raises(ValueError, match="wanted unsigned integers"):
            write_signal(tmp_path / "s.h5", {"one": bad}, ATTRS)
    assert list(tmp_path.iterdir()) == []


@given(st.lists(st.integers(0, 990), max_size=8), st.integers(1, 10))
def test_cutting_equals_slicing(starts, length):
    starts = np.array(starts, dtype=np.int64)
    codes, counts = cut_codes(GENOME.codes, starts, length), cut_counts(COUNTS, starts, length)
    assert codes.shape == (len(starts), length)
    assert counts.shape == (len(starts), 2, length)
    for row, start in enumerate(starts.tolist()):
        np.testing.assert_array_equal(codes[row], GENOME.codes[start : start + length])
        np.testing.assert_array_equal(counts[row], COUNTS[:, start : start + length])


@pytest.mark.parametrize("start", [-1, 991])
def test_windows_outside_of_the_genome_are_refused(start):
    for cut, source in ((cut_codes, GENOME.codes), (cut_counts, COUNTS)):
        with pytest.raises(ValueError, match=f"window {start}-{start + 10} is outside of the genome's 1000 bp"):
            cut(source, np.array([5, start]), 10)


def test_windows_are_copies():
    codes, counts = cut_windows(GENOME, SIGNAL, np.array([100]), 20, 10)
    codes[:], counts["two"][:] = 4, 0
    assert GENOME.codes[90:110].max() < 4
    assert COUNTS[:, 95:105].any()


def test_jitter_moves_sequence_and_counts_together():
    centres, shifts = np.array([100, 500]), np.array([-7, 12])
    moved = cut_windows(GENOME, SIGNAL, centres, 20, 10, shifts=shifts)
    there = cut_windows(GENOME, SIGNAL, centres + shifts, 20, 10)
    np.testing.assert_array_equal(moved[0], there[0])
    np.testing.assert_array_equal(moved[1]["two"], there[1]["two"])
    np.testing.assert_array_equal(moved[0][0], GENOME.codes[83:103])
    np.testing.assert_array_equal(moved[1]["one"][0, 0], COUNTS[0, 88:98])


def test_flipped_windows_are_those_of_the_other_strand():
    """The reverse complement of genome and counts, cut at the mirrored centre, is the flipped window."""
    centres = np.array([120, 333, 640])
    flip = np.array([True, False, True])
    codes, counts = cut_windows(GENOME, SIGNAL, centres, 20, 10, flip=flip)
    other = text_genome(whole=decode(reverse_complement(GENOME.codes)))
    mirrored = Signal({"two": COUNTS[::-1, ::-1]}, other.fingerprint, {})
    wanted, wanted_counts = cut_windows(other, mirrored, 1000 - centres, 20, 10)
    np.testing.assert_array_equal(codes[flip], wanted[flip])
    np.testing.assert_array_equal(counts["two"][flip], wanted_counts["two"][flip])
    np.testing.assert_array_equal(codes[1], GENOME.codes[323:343])
    np.testing.assert_array_equal(counts["one"][0, 0], COUNTS[0, 115:125][::-1])


def test_halves_come_back_and_heads_without_one_have_none(tmp_path):
    where = [np.array([3, 9], dtype=np.uint32), np.zeros(0, dtype=np.uint32)]
    half = SparseCounts(where, [np.array([2, 1]), np.zeros(0, dtype=np.int64)], 1000)
    whole = SparseCounts(half.positions, half.counts, 1000, half)
    write_signal(tmp_path / "s.h5", {"reads": whole, "bigwig": COUNTS}, ATTRS)
    halves = open_signal(tmp_path / "s.h5").halves
    assert list(halves) == ["reads"]
    found = halves["reads"].windows(np.array([0, 5]), 10)
    assert (found[0, 0, 3], found[0, 0, 9], found[1, 0, 4]) == (2, 1, 1)
    assert found.sum() == 4


def test_a_pool_is_the_sum_of_its_samples_and_never_overflows(tmp_path):
    counts = np.array([[200, 0, 255, 7]], dtype=np.uint8)
    signals = [
        Signal({"h": counts}, "g", {"ends_h": 462}, "a.h5"),
        Signal({"h": counts.astype(np.uint16) * 200}, "g", {"ends_h": 9}, "b.h5"),
    ]
    heads, attrs = pool_signals(signals)
    write_signal(tmp_path / "pool.h5", heads, attrs)
    pool = open_signal(tmp_path / "pool.h5")
    assert pool.heads["h"].tolist() == [[40_200, 0, 51_255, 1407]]
    assert pool.heads["h"].dtype == np.uint16
    assert pool.attrs["ends_h"] == 471
    alone, _ = pool_signals(signals[:1] * 2)
    assert alone["h"][0, slice(0, 4)].tolist() == [400, 0, 510, 14]


@pytest.mark.parametrize(
    "other", [Signal({"h": COUNTS}, "g", {}, "b.h5"), Signal({"h": COUNTS[:1]}, "other", {}, "b.h5")]
)
def test_samples_of_a_pool_must_agree(other):
    with pytest.raises(ValueError, match=r"b\.h5: heads .* samples of a group must agree"):
        pool_signals([Signal({"h": COUNTS[:1]}, "g", {}, "a.h5"), other])
