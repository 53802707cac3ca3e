"""Windows cut from a genome when they are asked for: the letters that an array of them holds."""

import numpy as np
import pytest

from cisgrammar.ablation.sites import window_codes
from cisgrammar.ablation.sites.window_codes import GenomeRows, letter_blocks


def test_rows_parts_and_ranges_are_those_of_the_array(monkeypatch):
    codes = np.random.default_rng(0).integers(0, 4, 500).astype(np.uint8)
    starts = np.array([0, 480, 37, 37, 200])
    whole = np.stack([codes[s : s + 20] for s in starts])
    rows = GenomeRows(codes, starts, 20)
    assert rows.shape == whole.shape
    assert len(rows) == 5
    for row in range(5):
        np.testing.assert_array_equal(rows[row], whole[row])
        np.testing.assert_array_equal(rows[row, 3:9], whole[row, 3:9])
        np.testing.assert_array_equal(rows[row, 15:40], whole[row, 15:40])
    monkeypatch.setattr(window_codes, "BLOCK", 2)
    blocks = list(letter_blocks(rows))
    assert [first for first, _ in blocks] == [0, 2, 4]
    np.testing.assert_array_equal(np.concatenate([block for _, block in blocks]), whole)
    rows[1][0] = 9
    assert rows[1, 0:1] == whole[1, 0]


def test_a_window_that_leaves_the_genome_is_refused():
    with pytest.raises(ValueError, match="window 15-25 is outside of the genome's 20 bp"):
        GenomeRows(np.zeros(20, dtype=np.uint8), np.array([0, 15]), 10)
    assert len(GenomeRows(np.zeros(20, dtype=np.uint8), np.array([], dtype=np.int64), 10)) == 0
