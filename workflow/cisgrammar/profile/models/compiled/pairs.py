"""Parts of a dilated convolution with three taps that takes two positions at a time, a dilation apart.

Such a pair needs four products with matrices instead of six (Winograd 1980): of x0, x1, x2, x3, each a dilation
further, with the taps t0, t1, t2

    p0 = (x0 - x2) t0, p1 = (x1 + x2) (t0 + t1 + t2) / 2, p2 = (x2 - x1) (t0 - t1 + t2) / 2, p3 = (x1 - x3) t2
    y0 = p0 + p1 + p2, y1 = p1 - p2 - p3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cisgrammar.profile.models.compiled.machine import Function, Machine

Four = tuple[Any, Any, Any, Any]


def packed(taps: Tensor, machine: Machine) -> Tensor:
    """The four matrices of taps `(..., 3, in, out)`: `(..., 4, blocks, in, block)`, a block of columns each."""
    t0, t1, t2 = taps.detach().double().unbind(-3)
    four = torch.stack([t0, (t0 + t1 + t2) / 2, (t0 - t1 + t2) / 2, t2], dim=-3)  # (..., 4, in, out)
    columns = four.float().unflatten(-1, (-1, 2 * machine.lanes))  # (..., 4, in, blocks, block)
    return columns.transpose(-2, -3).contiguous()


def places(length: int, dilation: int) -> NDArray[np.int64]:
    """First positions of the pairs that `length` positions make; the second of a pair may lie beyond the end."""
    groups, rest = divmod(length, 2 * dilation)
    pair = np.arange(groups * dilation + min(rest, dilation), dtype=np.int64)
    return 2 * dilation * (pair // dilation) + pair % dilation


def differences(f: Function, x: Four) -> Four:
    """What the four matrices multiply, of vectors x0 to x3: x0 - x2, x1 + x2, x2 - x1 and x1 - x3."""
    x0, x1, x2, x3 = x
    b = f.builder
    return b.fsub(x0, x2), b.fadd(x1, x2), b.fsub(x2, x1), b.fsub(x1, x3)


def outputs(f: Function, p: Four) -> tuple[Any, Any]:
    """Both positions of a pair, of the four products."""
    p0, p1, p2, p3 = p
    b = f.builder
    return b.fadd(b.fadd(p0, p1), p2), b.fsub(b.fsub(p1, p2), p3)
