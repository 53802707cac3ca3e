"""Libraries of two factors that bind together."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.iupac import reverse_complement
from cisgrammar.sequence.alphabet import decode
from cisgrammar.simulate.heterodimer import Heterodimer, draw_library


@pytest.mark.parametrize(("strands", "offset"), [("opposite", 7), ("same", 6), ("opposite", -8)])
def test_the_favoured_placement_is_enriched_in_the_last_round(strands: str, offset: int) -> None:
    pair = Heterodimer(strands=strands, offset=offset, reads=3000)
    table = draw_library(pair, 1)
    assert table.counts.sum(0).tolist() == [3000, 0, 3000]
    a, b = pair.consensus
    turned = {"A": "T", "C": "G", "G": "C", "T": "A"}
    b = b if strands == "same" else "".join(turned[base] for base in reversed(b))
    gap = "." * (abs(offset) - 6)
    whole = f"{a}{gap}{b}" if offset > 0 else f"{b}{gap}{a}"
    enriched, bare = (share_of(table, text) for text in (whole, "CCCCCC"))
    assert enriched[2] > 20 * max(enriched[0], 1 / 3000)
    assert bare[2] < 5 * max(bare[0], 1 / 3000)


def share_of(table: CountTable, text: str) -> np.ndarray:
    """Share of each round's reads that hold a text, dots being any base, on either strand."""
    pattern = re.compile(text)
    reads = [decode(row) for row in table.variable]
    rows = [bool(pattern.search(read) or pattern.search(reverse_complement(read))) for read in reads]
    return table.counts[np.array(rows)].sum(0) / 3000


def test_the_same_seed_gives_the_same_reads() -> None:
    first, again, other = (draw_library(Heterodimer(reads=300), seed) for seed in (1, 1, 2))
    assert np.array_equal(first.variable, again.variable)
    assert first.variable.shape != other.variable.shape or not np.array_equal(first.variable, other.variable)
