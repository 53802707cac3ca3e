"""Bins of a position bias: their number, their ends and their mirror images."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.layers.position_bias import bin_count, resize_bins, reversed_windows


def test_the_last_bin_may_be_cut() -> None:
    assert [bin_count(windows, 3) for windows in (0, 1, 3, 4, 9)] == [0, 1, 1, 2, 3]


@pytest.mark.parametrize(
    ("top", "bottom", "wanted"),
    [(1, 0, [0, 1, 2, 3]), (0, 2, [1, 2, 3, 0, 0]), (-1, 0, [2, 3]), (0, -1, [1, 2]), (1, -1, [0, 1, 2])],
)
def test_windows_come_and_go_at_their_ends(top: int, bottom: int, wanted: list[int]) -> None:
    assert resize_bins(torch.tensor([1, 2, 3]), 3, top, bottom, 1).tolist() == wanted


def test_whole_bins_are_added_once_a_window_needs_one() -> None:
    values = torch.tensor([1.0, 2.0])
    assert resize_bins(values, 3, 1, 0, 2).tolist() == [1, 2]
    assert resize_bins(values, 3, 1, 1, 2).tolist() == [1, 2, 0]
    assert resize_bins(values, 3, 2, 0, 2).tolist() == [0, 1, 2]


def test_a_windows_mirror_image_is_about_the_reads_own_end() -> None:
    # Reads of 5 and 6 bases, windows of 3: the shorter has three windows, 0 <-> 2.
    assert reversed_windows(5, 6, 3, 4).tolist() == [[2, 1, 0, 0], [3, 2, 1, 0]]
