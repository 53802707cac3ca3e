"""A convolution of what changed, in the form that is fastest for its shape.

A convolution is linear, so the change of its result is the convolution of the change, without the bias. Products are
taken over the positions that changed, not over all the positions that they reach: for a dilated layer of width 3
that is about half of the work of an ordinary convolution over the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cisgrammar.perturb.incremental.batch import Delta, padded

__all__ = ["Convolution", "Form", "convolution_of", "convolve_few_channels"]

Positions = NDArray[np.int64]
Form = Literal["taps", "diagonals", "dense"]
_BLOCK = 128


@dataclass(eq=False)
class Convolution:
    """A convolution along the sequence.

    Attributes
    ----------
    weight
        `(out, in / groups, width)`.
    stride, padding, dilation, groups
        As for `torch.nn.Conv1d`; the padding is with zeros.
    """

    weight: Tensor
    stride: int
    padding: int
    dilation: int
    groups: int

    def __post_init__(self) -> None:
        out, into, width = self.weight.shape
        self.reach_back = self.dilation * (width - 1)
        plain = self.stride == self.groups == 1 and into >= 16
        self.form: Form = "dense"
        if plain and out * 4 <= width:
            self.form = "diagonals"
            self.kernel = self.weight.transpose(1, 2).reshape(out * width, into).contiguous()  # (out * width, in)
        elif plain and width <= 9:
            self.form = "taps"
            self.kernel = self.weight.permute(2, 1, 0).contiguous()  # (width, in, out)

    def changed(self, start: Positions, end: Positions) -> tuple[Positions, Positions]:
        """Positions of the result that depend on `[start, end)` of the input; not clipped."""
        first = -(-(start + self.padding - self.reach_back) // self.stride)
        return first, (end - 1 + self.padding) // self.stride + 1

    def add_to(self, rows: Tensor, low: int, delta: Delta) -> Tensor:
        """Add the convolution of `delta` to `rows` `(window, items, out)` that begin at `low`; in place."""
        return getattr(self, f"_add_{self.form}")(rows, low, delta)

    def _add_taps(self, rows: Tensor, low: int, delta: Delta) -> Tensor:
        for tap, kernel in enumerate(self.kernel):
            shift = self.padding - tap * self.dilation
            first, last = max(low, delta.low + shift), min(low + len(rows), delta.high + shift)
            if first < last:
                changed = delta.rows[first - shift - delta.low : last - shift - delta.low]
                rows[first - low : last - low].flatten(0, 1).addmm_(changed.flatten(0, 1), kernel)
        return rows

    def _add_diagonals(self, rows: Tensor, low: int, delta: Delta) -> Tensor:
        """One product for all taps, then sums along its diagonals; few channels come out, so it is small.

        Very wide kernels are taken in blocks of taps, so that a product stays small.
        """
        out, _, width = self.weight.shape
        items = rows.shape[1]
        changed = delta.rows.flatten(0, 1).t()  # (in, window * items)
        for channel in range(out):
            total = rows.new_zeros(len(rows) * items)
            for block in range(0, width, _BLOCK):
                taps = min(_BLOCK, width - block)
                kernel = self.kernel[channel * width + block : channel * width + block + taps]
                total += self._diagonal_sum(kernel, changed, (low, len(rows), items), delta, block)
            rows[:, :, channel] += total.view(len(rows), items)
        return rows

    def _diagonal_sum(
        self, kernel: Tensor, changed: Tensor, window: tuple[int, int, int], delta: Delta, block: int
    ) -> Tensor:
        low, length, items = window
        taps = len(kernel)
        begin = low - self.padding + block * self.dilation
        needed = length + (taps - 1) * self.dilation
        first, last = max(begin, delta.low), min(begin + needed, delta.high)
        if first >= last:
            return changed.new_zeros(length * items)
        part = changed[:, (first - delta.low) * items : (last - delta.low) * items]
        if (first, last) == (begin, begin + needed):
            product = kernel @ part  # (taps, needed * items)
        else:
            product = changed.new_empty(taps, needed * items)
            left, right = (first - begin) * items, (last - begin) * items
            product[:, :left], product[:, right:] = 0, 0
            torch.mm(kernel, part, out=product[:, left:right])
        row = needed * items
        return product.as_strided((taps, length * items), (row + self.dilation * items, 1)).sum(dim=0)

    def _add_dense(self, rows: Tensor, low: int, delta: Delta) -> Tensor:
        begin = low * self.stride - self.padding
        end = (low + len(rows) - 1) * self.stride - self.padding + self.reach_back + 1
        changed = padded(delta, begin, end).permute(1, 2, 0)  # (items, in, needed)
        result = functional.conv1d(changed, self.weight, None, self.stride, 0, self.dilation, self.groups)
        rows += result.permute(2, 0, 1)  # (window, items, out)
        return rows


def convolution_of(args: tuple[Any, ...]) -> Convolution | None:
    """The convolution that torch's elementary operation is asked for; None if it is not along a sequence."""
    x, weight, _, stride, padding, dilation, transposed, _, groups = args
    if not isinstance(weight, Tensor) or transposed or weight.ndim not in (3, 4):
        return None
    if weight.ndim == 4:
        if weight.shape[2] != 1 or padding[0] != 0 or (isinstance(x, Tensor) and x.shape[2] != 1):
            return None
        weight = weight.squeeze(2)  # (out, in / groups, width)
    return Convolution(weight.detach(), stride[-1], padding[-1], dilation[-1], groups)


def convolve_few_channels(*args: Any) -> Tensor | None:
    """A wide convolution to a few channels of whole sequences; None for any other one.

    The library's own takes several times as long for these shapes, and its plain running sum of thousands of products
    costs a digit and a half.
    """
    x, bias = args[0], args[2]
    convolution = convolution_of(args)
    if convolution is None or convolution.form != "diagonals":
        return None
    flat = x.squeeze(2) if x.ndim == 4 else x
    rows = flat.permute(2, 0, 1).contiguous()  # (length, sequences, in)
    length = len(rows) + 2 * convolution.padding - convolution.reach_back
    result = rows.new_zeros(length, rows.shape[1], len(convolution.weight))
    convolution.add_to(result, 0, Delta(0, len(rows), rows))
    result = result if bias is None else result + bias
    result = result.permute(1, 2, 0).contiguous()  # (sequences, out, length)
    return result.unsqueeze(2) if x.ndim == 4 else result
