"""Windows of reads as shares of each read's sum, with gradients, by tables of k-mers."""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch.autograd import Function
from torch.autograd.function import once_differentiable

from cisgrammar.binding.kernels.tables import Tables, cut

# Fewer do not wait until numba is loaded (0.6 s, once), and gain nothing.
FEWEST_READS = 64
_LETTERS = 4
_NO_ROWS = np.zeros(0, dtype=np.int64)


class Shares(NamedTuple):
    """Windows of reads, relative to each read's sum over windows.

    Attributes
    ----------
    values
        exp(score - log sum), `(reads, strands * windows)`; its gradient is that of exp(score - constant), so that what
        is computed of it takes `log_sums.detach()` for that constant.
    log_sums
        Logarithm of the sum of exp(score), `(reads,)`; -inf for a read without a whole window.
    """

    values: torch.Tensor
    log_sums: torch.Tensor


class Scores(NamedTuple):
    """What a window's score is the sum of.

    Attributes
    ----------
    singles
        By letter, `(strands, 4, positions)`.
    pairs
        By two letters, `(strands, 16, pairs)` in the order of `Tables.first`; None for none.
    bias
        By window, `(rows, strands, windows)`; None for none.
    rows
        Row of the bias of each read, `(reads,)` int64; None if all have the first.
    """

    singles: torch.Tensor
    pairs: torch.Tensor | None
    bias: torch.Tensor | None
    rows: torch.Tensor | None


def scored_here(seqs: torch.Tensor, pad: int) -> bool:
    """Whether reads are such that the tables can score them: enough, on the processor, of letters and pads only."""
    if seqs.dtype != torch.uint8 or seqs.device.type != "cpu" or len(seqs) < FEWEST_READS or pad != _LETTERS:
        return False
    return bool(seqs.shape[1]) and int(seqs.numpy().max()) <= pad


@functools.lru_cache(maxsize=64)
def _limits(dtype: torch.dtype, factors: int, windows: int) -> NDArray[np.float64]:
    """Logarithm of a table's greatest entry, and the least sum that underflow cannot have changed.

    A product of all factors at their greatest, summed over windows, is just below the greatest number. What a factor
    lost was less than `tiny`, and the others multiply that by their greatest.
    """
    info = torch.finfo(dtype)
    top = (math.log(info.max) - math.log(windows) - 1) / factors
    lost = math.log(info.tiny) + (factors - 1) * top + math.log(windows)
    return np.array([top, math.exp(lost) / info.eps])


class _WindowShares(Function):
    @staticmethod
    def forward(
        ctx: Any,
        codes: torch.Tensor,
        tables: Tables,
        rows: NDArray[np.int64],
        singles: torch.Tensor,
        pairs: torch.Tensor,
        bias: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        from cisgrammar.binding.kernels import loops

        windows = codes.shape[1] - singles.shape[2] + 1
        limits = _limits(singles.dtype, len(tables.starts) + bool(len(bias)), 2 * windows)
        filters = singles.detach().numpy(), pairs.detach().numpy()
        found = loops.score(codes.numpy(), filters, tables.arrays, (bias.detach().numpy(), rows), limits)
        shares, log_sums = (torch.from_numpy(x) for x in found)  # (reads, 2, windows), (reads,)
        ctx.set_materialize_grads(False)
        ctx.save_for_backward(codes, shares, log_sums)
        ctx.tables, ctx.rows = tables, rows
        ctx.shapes = tuple(singles.shape), tuple(pairs.shape), tuple(bias.shape)
        return shares, log_sums

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, by_shares: torch.Tensor | None, by_sums: torch.Tensor | None) -> tuple[Any, ...]:
        from cisgrammar.binding.kernels import loops

        codes, shares, log_sums = ctx.saved_tensors
        if by_shares is None:
            by_shares = shares[:, :0].contiguous()
        if by_sums is None:
            by_sums = torch.zeros_like(log_sums)
        given = by_shares.contiguous().numpy(), by_sums.contiguous().numpy()
        found = shares.numpy(), log_sums.numpy()
        slopes = loops.slopes(codes.numpy(), ctx.tables.arrays, found, given, ctx.rows, ctx.shapes)
        asked = zip(slopes, ctx.needs_input_grad[3:], strict=True)
        return None, None, None, *(torch.from_numpy(x).to(shares.dtype) if needed else None for x, needed in asked)


def window_shares(codes: torch.Tensor, scores: Scores, distance: int) -> Shares | None:
    """Score reads.

    Parameters
    ----------
    codes
        Reads `(reads, length)` for which `scored_here` holds.
    scores
        Terms of a window's score.
    distance
        Greatest distance of the pairs among them; 0 for none.

    Returns
    -------
    Shares
        None where pairs are farther apart than a table is long. Second derivatives are an error.
    """
    strands, _, positions = scores.singles.shape
    windows = codes.shape[1] - positions + 1
    tables = cut(positions, distance, len(codes) * windows)
    if tables is None:
        return None
    pairs = scores.singles.new_empty(strands, 16, 0) if scores.pairs is None else scores.pairs
    bias = scores.singles.new_empty(0, 2, windows) if scores.bias is None else scores.bias
    if bias.shape[1] < 2:
        bias = F.pad(bias, (0, 0, 0, 1))  # (rows, 2, windows)
    rows = _NO_ROWS if scores.rows is None else scores.rows.numpy()
    filters = scores.singles.contiguous(), pairs.contiguous()
    shares, log_sums = _WindowShares.apply(codes.contiguous(), tables, rows, *filters, bias.contiguous())
    # A slice that takes all would still be copied on the way back.
    return Shares((shares if strands == 2 else shares[:, :strands]).flatten(1), log_sums)
