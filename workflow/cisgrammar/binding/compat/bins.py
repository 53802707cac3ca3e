"""Position bias in bins of another width."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from cisgrammar.binding.layers.position_bias import bin_count


def rebinned(values: torch.Tensor, windows: int, old: int, new: int) -> torch.Tensor:
    """Average a bias `(..., bins)` over `windows` windows, `old` a bin, in bins of `new` windows.

    Raises ValueError if `new` is below 1.
    """
    if new < 1:
        raise ValueError(f"bias_bin must be >= 1, got {new}")
    each = values.repeat_interleave(old, dim=-1)[..., :windows]  # (..., windows)
    bins = bin_count(windows, new)
    padded = F.pad(each, (0, bins * new - windows), value=torch.nan)
    return padded.unflatten(-1, (bins, new)).nanmean(-1)  # (..., bins)
