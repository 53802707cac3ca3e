"""Position bias in bins: how many there are, how they move, how they turn round."""

from __future__ import annotations

import torch
import torch.nn.functional as F


def bin_count(windows: int, width: int) -> int:
    """Bins of `width` windows that cover `windows` (the last may be cut)."""
    return -(-max(windows, 0) // width)


def resize_bins(values: torch.Tensor, windows: int, top: int, bottom: int, width: int) -> torch.Tensor:
    """Add (or, negative, remove) windows at both ends of a bias `(..., bins)`, in whole bins; new bins are zero.

    Parameters
    ----------
    values
        Bias by bin, the last dimension covering `windows` windows.
    windows
        Windows before the change.
    top, bottom
        Windows added before the first and after the last.
    width
        Windows a bin.
    """
    first = bin_count(windows + top, width) - bin_count(windows, width)
    last = bin_count(windows + top + bottom, width) - bin_count(windows + top, width)
    return F.pad(values, (first, last))  # (..., new bins)


def reversed_windows(low: int, high: int, size: int, windows: int) -> torch.Tensor:
    """Index of the window that a window becomes on the reverse complement, for each read length.

    Parameters
    ----------
    low, high
        Shortest and longest read.
    size
        Bases a window spans.
    windows
        Windows of the table.

    Returns
    -------
    torch.Tensor
        `(high - low + 1, windows)` int64; 0 for windows past a read's end, whose score is -inf anyway.
    """
    last = torch.arange(low, high + 1)[:, None] - size  # (lengths, 1)
    return (last - torch.arange(windows)).clamp(min=0)  # (lengths, windows)
