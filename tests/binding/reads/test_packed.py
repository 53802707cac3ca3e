"""Reads as numbers: packing, counting, joining rounds."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.binding.reads import packed
from cisgrammar.binding.reads.packed import ReadCounter, pack, union, unpack
from cisgrammar.sequence.alphabet import decode, encode


@given(st.integers(1, 70), st.data())
def test_packed_reads_unpack_and_sort_as_text(length, data):
    reads = data.draw(st.lists(st.text("ACGT", min_size=length, max_size=length), min_size=1, max_size=8))
    codes = np.stack([encode(read) for read in reads])
    words = pack(codes)
    assert (unpack(words, length) == codes).all()
    assert [reads[i] for i in np.lexsort(words.T[::-1])] == sorted(reads)


def test_counting_in_parts_is_counting_at_once(monkeypatch):
    monkeypatch.setattr(packed, "_WAITING", 7)
    codes = np.random.default_rng(1).integers(0, 4, (500, 3)).astype(np.uint8)
    counter = ReadCounter(3)
    for start in range(0, 500, 5):
        counter.add(codes[start : start + 5])
    words, counts = counter.result()
    expected = Counter(map(decode, codes))
    assert [decode(row) for row in unpack(words, 3)] == sorted(expected)
    assert counts.tolist() == [expected[read] for read in sorted(expected)]


def test_the_union_has_a_row_per_read_and_a_column_per_round():
    rounds = []
    for reads in (["AC", "GT", "AC"], None, ["GT", "TT"]):
        counter = ReadCounter(2)
        if reads:
            counter.add(np.stack([encode(read) for read in reads]))
        rounds.append(counter.result() if reads else None)
    words, counts = union(rounds)
    assert [decode(row) for row in unpack(words, 2)] == ["AC", "GT", "TT"]
    assert counts.tolist() == [[2, 0, 0], [1, 0, 1], [0, 0, 1]]
