"""5' ends, their shifts and their counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.signal.counts.sparse import SparseCounts
from cisgrammar.signal.cuts import CutCollector, Cuts, ReadReport, count_cuts
from prepare_toys import random_genome

GENOME = random_genome({"a": 30, "b": 20, "c": 10})
ends = st.lists(st.integers(0, 59), max_size=40)


def cuts_of(plus, minus) -> Cuts:
    collector = CutCollector(GENOME, ReadReport("x", "fragments"))
    collector.add(np.array(plus, dtype=np.int64), np.array(minus, dtype=np.int64))
    return collector.cuts()


def dense(counts: SparseCounts) -> np.ndarray:
    return np.stack([counts[task, slice(0, counts.bases)] for task in range(counts.shape[0])])


def shifted_by_hand(positions, shift):
    counts = np.zeros(60, dtype=int)
    for position in positions:
        chromosome = np.searchsorted(GENOME.offsets, position, side="right") - 1
        low, high = GENOME.offsets[chromosome], GENOME.offsets[chromosome] + GENOME.lengths[chromosome]
        if low <= position + shift < high:
            counts[position + shift] += 1
    return counts


@given(ends, ends, st.integers(-12, 12), st.integers(-12, 12))
def test_counts_equal_counting_one_by_one(plus, minus, shift_plus, shift_minus):
    cuts = cuts_of(plus, minus)
    apart = count_cuts(GENOME, cuts, (shift_plus, shift_minus), split=True)
    wanted = np.stack([shifted_by_hand(plus, shift_plus), shifted_by_hand(minus, shift_minus)])
    np.testing.assert_array_equal(dense(apart), wanted)
    assert cuts.report.off_chromosome == len(plus) + len(minus) - wanted.sum()
    together = count_cuts(GENOME, cuts, (shift_plus, shift_minus), split=False)
    np.testing.assert_array_equal(dense(together), wanted.sum(axis=0, keepdims=True))
    assert together.total == wanted.sum()


@pytest.mark.parametrize(("shift", "kept"), [(1, [1, 31]), (-1, [28, 48])])
def test_an_end_never_moves_into_the_next_chromosome(shift, kept):
    cuts = cuts_of([0, 29, 30, 49], [])
    assert np.flatnonzero(dense(count_cuts(GENOME, cuts, (shift, 0), split=True))[0]).tolist() == kept
    assert cuts.report.off_chromosome == 2


@pytest.mark.parametrize(
    ("most", "kind"), [(65_535, np.uint16), (65_536, np.uint32), (2**32, np.uint64), (0, np.uint16)]
)
def test_type_is_the_smallest_that_holds_the_counts(most, kind):
    counts = SparseCounts([np.array([5], dtype=np.uint32)], [np.array([most])], 60)
    assert counts.dtype == kind
    assert counts[0, slice(5, 6)].tolist() == [most]


def test_a_pile_beyond_16_bits_is_counted_right():
    counts = count_cuts(GENOME, cuts_of([7] * 70_000, []), (0, 0), split=True)
    assert counts.dtype == np.uint32
    assert dense(counts)[0, 7] == 70_000


@given(ends, st.integers(0, 60), st.integers(0, 60))
def test_parts_equal_the_whole(plus, low, high):
    counts = count_cuts(GENOME, cuts_of(plus, []), (0, 0), split=True)
    low, high = sorted((low, high))
    np.testing.assert_array_equal(counts[0, slice(low, high)], dense(counts)[0, low:high])


def test_report_counts_reasons():
    report = ReadReport("x", "bam")
    for _ in range(2):
        report.drop("duplicate")
        report.unknown("chrM", 3)
    report.drop("unmapped", 0)
    assert report.dropped == {"duplicate": 2}
    assert report.unknown_chromosomes == {"chrM": 6}


def test_both_ends_of_a_fragment_are_dealt_to_the_same_half():
    """300 fragments, each with its own start and end: whichever half a start is in, its end is there too."""
    genome = random_genome({"a": 1000})
    starts = np.random.default_rng(0).permutation(300)
    collector = CutCollector(genome, ReadReport("x", "fragments"))
    for part in (starts[:100], starts[100:]):
        collector.add(part, 999 - part)
    plus, minus = collector.cuts().half
    assert set(plus.tolist()) == set((999 - minus.astype(int)).tolist())
    # 150 of 300, give or take four binomial standard deviations.
    assert abs(len(plus) - 150) < 4 * np.sqrt(75)
    again = CutCollector(genome, ReadReport("x", "fragments"))
    again.add(starts, 999 - starts)
    np.testing.assert_array_equal(again.cuts().half[0], plus)


def test_ends_that_are_no_pairs_are_dealt_one_by_one():
    genome = random_genome({"a": 1000})
    collector = CutCollector(genome, ReadReport("x", "tagalign"))
    collector.add(np.arange(400), np.arange(500))
    plus, minus = (set(ends.tolist()) for ends in collector.cuts().half)
    # Independent bits agree in half of the 400.
    agree = sum((i in plus) == (i in minus) for i in range(400))
    assert abs(agree - 200) < 4 * np.sqrt(100)


@given(ends, ends, st.booleans())
def test_a_half_is_counted_and_cut_like_the_whole(plus, minus, split):
    cuts = cuts_of(plus, minus)
    half = count_cuts(GENOME, cuts, (3, -2), split=split).half
    alone = count_cuts(GENOME, Cuts(*cuts.half, ReadReport("x", "fragments")), (3, -2), split=split)
    np.testing.assert_array_equal(dense(half), dense(alone))
    starts = np.array([0, 7, 33, 50])
    wanted = np.stack([dense(half)[:, start : start + 10] for start in starts])
    np.testing.assert_array_equal(half.windows(starts, 10), wanted)
