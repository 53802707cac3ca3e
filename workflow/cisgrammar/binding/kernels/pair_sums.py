"""Sums over pairs of windows by their spacing, with gradients, of the shares that the tables gave."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from cisgrammar.binding.kernels.shares import Shares, as_array, as_slope


class _PairSums(Function):
    @staticmethod
    def forward(
        ctx: Any,
        a: torch.Tensor,
        b: torch.Tensor,
        values: torch.Tensor,
        factor: torch.Tensor | None,
        source: NDArray[np.int64],
        log_sums: tuple[torch.Tensor, torch.Tensor],
        least: float,
    ) -> tuple[torch.Tensor, int]:
        spacing = as_array(values, ()).reshape(-1), source, 1.0 if factor is None else float(factor)
        logs, sums = torch.empty_like(log_sums[0]), torch.empty_like(log_sums[0])
        blocks, found = (a.numpy(), b.numpy()), sums.numpy()
        added = log_sums[0].numpy(), log_sums[1].numpy()
        lost = _diagonals().pair_sums(blocks, added, spacing, least, (found, logs.numpy()))
        ctx.loops = blocks, spacing, found
        ctx.save_for_backward(a, b, values, factor)
        return logs, lost

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: torch.Tensor, _: None) -> tuple[Any, ...]:
        a, b, *spacing = ctx.saved_tensors
        asked = ctx.needs_input_grad
        found = [torch.empty_like(x) if needed else x[:0] for x, needed in zip((a, b), asked[:2], strict=True)]
        blocks, (values, source, factor), sums = ctx.loops
        # The same from where b is.
        turned = np.ascontiguousarray(source.transpose(1, 0, 2)[..., ::-1])
        terms = values, source, turned, factor
        out = found[0].numpy(), found[1].numpy()
        slopes = _diagonals().pair_slopes(blocks, terms, sums, np.ascontiguousarray(grad.numpy()), out)
        of_shares = (x if needed else None for x, needed in zip(found, asked[:2], strict=True))
        return *of_shares, *map(as_slope, slopes, spacing, asked[2:4]), None, None, None


@functools.cache
def _diagonals() -> Any:
    """The compiled loops: loaded when they are first needed."""
    from cisgrammar.binding.kernels import diagonals

    return diagonals


def pair_sums(
    shares: tuple[Shares, Shares],
    values: torch.Tensor,
    source: NDArray[np.int64],
    factor: torch.Tensor | None,
    least: float,
) -> tuple[torch.Tensor, bool]:
    """Log sum over pairs of windows of exp(score a + score b + factor * value of their strands and offset).

    Parameters
    ----------
    shares
        Windows of the two factors.
    values
        Log cooperativity, of any shape; -inf for what is not there.
    source
        For strands of a, of b and the offset from 1 - windows of a on, `(strands, strands, windows a + windows b -
        1)`, which of them, counted row by row, counts; -1 for none.
    factor
        What they are multiplied by, a scalar; None for nothing.
    least
        Sum of shares below which terms lost to underflow could matter.

    Returns
    -------
    tuple
        Sums `(reads,)`, -inf without a gradient where they are below `least`, and whether any is. Second derivatives
        are an error.
    """
    a, b = shares
    log_sums = a.log_sums.detach(), b.log_sums.detach()
    logs, lost = _PairSums.apply(a.blocks, b.blocks, values, factor, source, log_sums, least)
    return logs, bool(lost)
