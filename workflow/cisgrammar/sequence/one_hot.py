"""One-hot encoding on the device, from codes."""

from __future__ import annotations

import torch


def one_hot(codes: torch.Tensor, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """One-hot encode codes on their own device.

    Parameters
    ----------
    codes
        `(batch, length)` uint8: A 0, C 1, G 2, T 3, N 4.
    dtype
        Type of the result.

    Returns
    -------
    torch.Tensor
        `(batch, 4, length)`, rows A C G T; N is all zero.
    """
    bases = torch.arange(4, dtype=codes.dtype, device=codes.device).view(1, 4, 1)
    return (codes.unsqueeze(1) == bases).to(dtype)  # (batch, 4, length)
