"""The first convolution of a network and its profile heads, with the compiled kernels."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from cisgrammar.profile.models.compiled.machine import Machine
from cisgrammar.profile.models.compiled.row_kernels import CHUNK, ROWS, RowKernels
from cisgrammar.profile.models.compiled.windows import Plan, in_parts

_BEYOND = 8
"""Floats behind the last row that sums over rows read, and then leave out."""


class FirstGradients(NamedTuple):
    """Of `FirstConvolution`: `(channels, 4, width)` and `(channels,)`."""

    weight: Tensor
    bias: Tensor


class FirstConvolution:
    """relu(convolution), in single precision on a processor.

    Parameters
    ----------
    code
        The kernels for so many channels.
    weight, bias
        `(channels, few, width)` and `(channels,)`.
    """

    def __init__(self, code: RowKernels, weight: Tensor, bias: Tensor) -> None:
        self._code, self._bias = code, bias.detach().contiguous()
        self._channels, self._few, self._width = weight.shape
        rows = weight.detach().permute(2, 1, 0).flatten(0, 1)  # (width * few, channels)
        self._matrix = in_blocks(rows, code.machine)

    def forward(self, x: Tensor) -> Tensor:
        """From `(windows, length, few)` to `(windows, length - width + 1, channels)`; ValueError for other shapes."""
        check_fits(x, self._few, self._width)
        x = x.contiguous()
        out = x.new_empty((len(x), x.shape[1] - self._width + 1, self._channels))
        numbers = self._numbers(out.shape[1], self._width * self._few)

        def part(begin: int, end: int) -> None:
            plan = Plan(ROWS, numbers, {"matrix": self._matrix, "bias": self._bias}, {"a": x, "out": out})
            for window in range(begin, end):
                plan.call(window, self._code.activate)

        in_parts(len(x), part)
        return out

    def backward(self, grad: Tensor, x: Tensor, out: Tensor) -> FirstGradients:
        """Of `grad`, that of `out`, which `forward` made of `x`."""
        span = self._width * self._few
        whole = -(-span // _BEYOND) * _BEYOND
        numbers = self._numbers(out.shape[1], whole)
        x = functional.pad(x.flatten(1), (0, _BEYOND))

        def part(begin: int, end: int) -> Tensor:
            sums, work = x.new_zeros((whole + 1, self._channels)), x.new_empty((CHUNK, self._channels))
            plan = Plan(ROWS, numbers, {"sums": sums, "work": work}, {"a": x, "out": out, "other": grad})
            for window in range(begin, end):
                plan.call(window, self._code.outer_of_active)
            return sums

        sums = torch.stack(in_parts(len(x), part)).sum(0)
        taps = sums[:span].unflatten(0, (self._width, self._few))  # (width, few, channels)
        return FirstGradients(taps.permute(2, 1, 0), sums[-1])

    def _numbers(self, rows: int, span: int) -> dict[str, int]:
        return {"rows": rows, "stride": self._few, "span": span, "columns": self._channels}


class HeadGradients(NamedTuple):
    """Of `Head`: `(windows, length, channels)` and `(tasks, channels, width)`."""

    x: Tensor
    weight: Tensor


class Head:
    """A convolution to a few tasks, without bias, in single precision on a processor.

    Parameters
    ----------
    code
        The kernels for so many channels.
    weight
        `(tasks, channels, width)`.
    """

    def __init__(self, code: RowKernels, weight: Tensor) -> None:
        self._code = code
        self._tasks, self._channels, self._width = weight.shape
        # Of a position, the first of the outputs that it is part of has the last tap.
        self._rows = weight.detach().flip(2).permute(2, 0, 1).flatten(0, 1)  # (width * tasks, channels)

    def forward(self, x: Tensor) -> Tensor:
        """From `(windows, length, channels)` to `(windows, length - width + 1, tasks)`; ValueError for other shapes."""
        check_fits(x, self._channels, self._width)
        windows, length = x.shape[:2]
        block, before = 2 * self._code.machine.lanes, (self._width - 1) * self._tasks
        columns = -(-len(self._rows) // block) * block
        matrix = in_blocks(functional.pad(self._rows, (0, 0, 0, columns - len(self._rows))).T, self._code.machine)
        summed = x.new_zeros((windows, (length - 1) * self._tasks + columns))
        numbers = {"rows": length, "stride": self._tasks, "span": self._channels, "columns": columns}

        def part(begin: int, end: int) -> None:
            fixed = {"matrix": matrix, "spare": x.new_zeros(self._channels + block)}
            plan = Plan(ROWS, numbers, fixed, {"a": x, "out": summed})
            for window in range(begin, end):
                plan.call(window, self._code.along_diagonals)

        in_parts(windows, part)
        inner = summed[:, before : length * self._tasks]
        return inner.unflatten(1, (-1, self._tasks))  # (windows, length - width + 1, tasks)

    def backward(self, grad: Tensor, x: Tensor) -> HeadGradients:
        """Of `grad`, that of what `forward` made of `x`."""
        span, before = len(self._rows), (self._width - 1) * self._tasks
        whole = -(-span // _BEYOND) * _BEYOND
        padded = functional.pad(grad.flatten(1), (before, before + _BEYOND))
        matrix, grad_x = in_blocks(self._rows, self._code.machine), torch.empty_like(x)
        numbers = {"rows": x.shape[1], "stride": self._tasks, "columns": self._channels}

        def part(begin: int, end: int) -> Tensor:
            sums = x.new_zeros((whole, self._channels))
            of_input = Plan(ROWS, numbers | {"span": span}, {"matrix": matrix}, {"a": padded, "out": grad_x})
            of_taps = Plan(ROWS, numbers | {"span": whole}, {"sums": sums}, {"a": padded, "other": x})
            for window in range(begin, end):
                of_input.call(window, self._code.multiply)
                of_taps.call(window, self._code.outer)
            return sums

        sums = torch.stack(in_parts(len(x), part)).sum(0)[:span]
        taps = sums.unflatten(0, (self._width, self._tasks))  # (width, tasks, channels)
        return HeadGradients(grad_x, taps.permute(1, 2, 0).flip(2))


def check_fits(x: Tensor, channels: int, width: int) -> None:
    """ValueError if an input is not `(windows, positions, channels)` with at least `width` positions.

    Machine code would read what lies beside it.
    """
    if x.ndim != 3 or x.shape[2] != channels or x.shape[1] < width:
        got = "x".join(map(str, (len(x), *x.shape[:0:-1])))
        raise ValueError(
            f"an input of {got} (batch, channels, length); wanted {channels} channels and {width} bp or more"
        )


def in_blocks(matrix: Tensor, machine: Machine) -> Tensor:
    """A matrix `(span, columns)` as the kernels read it: `(blocks, span, two vectors)`."""
    return matrix.unflatten(1, (-1, 2 * machine.lanes)).transpose(0, 1).contiguous()
