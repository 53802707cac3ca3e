"""Bins of another width hold the mean of what they cover."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.compat.bins import rebinned


@pytest.mark.parametrize(
    ("old", "new", "values", "wanted"),
    [
        (1, 2, [1.0, 3, 5, 7, 9], [2, 6, 9]),
        (2, 1, [1.0, 3, 5], [1, 1, 3, 3, 5]),
        (2, 3, [1.0, 4, 7], [2, 5.5]),
        (3, 3, [1.0, 4], [1, 4]),
    ],
)
def test_a_bin_is_the_mean_over_its_windows(old: int, new: int, values: list[float], wanted: list[float]) -> None:
    torch.testing.assert_close(
        rebinned(torch.tensor([values]), 5, old, new), torch.tensor([wanted], dtype=torch.float64)
    )


def test_a_bin_holds_at_least_a_window() -> None:
    with pytest.raises(ValueError, match="bias_bin must be >= 1, got 0"):
        rebinned(torch.zeros(3), 3, 1, 0)
