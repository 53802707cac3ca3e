"""Short reads filled up with wildcards."""

from __future__ import annotations

import numpy as np

from cisgrammar.binding.compat import CountTable
from cisgrammar.binding.reads.alphabet import DNA
from cisgrammar.binding.reads.count_table import Flanks


def test_wildcard_pad_keeps_all_reads_long() -> None:
    one = CountTable.from_strings(["ACG", "ACGTA"], np.ones((2, 1)), Flanks("GG", "TT"), wildcard_pad=True)
    assert [DNA.decode(row) for row in one.codes()] == ["GGACG**TT", "GGACGTATT"]
    assert one.min_read_length == one.max_read_length == 9
    assert one.with_flank_lengths(0, 1).max_read_length == 6


def test_without_it_short_reads_stay_short() -> None:
    one = CountTable.from_strings(["ACG", "ACGTA"], np.ones((2, 1)), Flanks("GG", "TT"))
    assert [DNA.decode(row) for row in one.codes()] == ["GGACGTT  ", "GGACGTATT"]
    assert (one.min_read_length, one.max_read_length) == (7, 9)
