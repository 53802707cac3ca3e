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
_PAD = 4
_NUMPY = {torch.float32: np.float32, torch.float64: np.float64}
_NO_ROWS = np.zeros(0, dtype=np.int64)


class Shares(NamedTuple):
    """Windows of reads, relative to each read's sum over windows.

    Attributes
    ----------
    blocks
        exp(score - log sum) of so many reads side by side, `(blocks, 2, windows, reads of a block)`, zero for a strand
        that is not scored; its gradient is that of exp(score - constant), so that what is computed of it takes
        `log_sums.detach()` for that constant.
    log_sums
        Logarithm of the sum of exp(score), `(reads,)`; -inf for a read without a whole window.
    strands
        Strands that are scored.
    """

    blocks: torch.Tensor
    log_sums: torch.Tensor
    strands: int

    def by_read(self) -> torch.Tensor:
        """The same, read by read, `(reads, strands * windows)`."""
        reads = self.blocks[:, : self.strands].permute(0, 3, 1, 2).flatten(0, 1)  # (reads or more, strands, windows)
        return reads[: len(self.log_sums)].flatten(1)


class Scores(NamedTuple):
    """What a window's score is the sum of.

    Attributes
    ----------
    values
        Scores of letters, of any shape.
    places
        Number of the value of each strand, letter and position, `(strands, 4, positions)` int64.
    offset
        What is added to every window, a scalar; None for nothing.
    pairs
        By two letters, `(strands, 16, pairs)` in the order of `Tables.first`; None for none.
    bias
        By window, `(rows, strands, windows)`; None for none.
    rows
        Row of the bias of each read, `(reads,)` int64; None if all have the first.
    factor
        What all of these are multiplied by, a scalar; None for nothing.
    """

    values: torch.Tensor
    places: NDArray[np.int64]
    offset: torch.Tensor | None = None
    pairs: torch.Tensor | None = None
    bias: torch.Tensor | None = None
    rows: torch.Tensor | None = None
    factor: torch.Tensor | None = None


def scored_here(seqs: torch.Tensor, pad: int) -> bool:
    """Whether the tables score such reads: enough, on the processor, as codes with that pad."""
    return seqs.dtype == torch.uint8 and seqs.device.type == "cpu" and len(seqs) >= FEWEST_READS and pad == _PAD


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


def as_array(x: torch.Tensor | None, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Values as the compiled loops take them, in float64; zeros of `shape` for None."""
    return np.zeros(shape) if x is None else np.array(x.detach().numpy(), dtype=np.float64, order="C")


def as_slope(slope: Any, of: torch.Tensor | None, asked: bool) -> torch.Tensor | None:
    """What the loops return as the gradient of a tensor like `of`, if one is asked for."""
    if of is None or not asked:
        return None
    return torch.from_numpy(np.asarray(slope, dtype=_NUMPY[of.dtype]).reshape(of.shape))


@functools.cache
def loops() -> Any:
    """The compiled loops: loaded when they are first needed."""
    from cisgrammar.binding.kernels import loops

    return loops


class _WindowShares(Function):
    @staticmethod
    def forward(
        ctx: Any,
        codes: NDArray[np.uint8],
        tables: Tables,
        layout: tuple[NDArray[np.int64], NDArray[np.int64], torch.dtype],
        *scores: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor, bool]:
        index, rows, dtype = layout
        values, offset, pairs, bias, factor = scores
        windows = codes.shape[1] - index.shape[2] + 1
        letters = as_array(values, ()).reshape(-1), index
        by, plus = (empty if x is None else float(x) for x, empty in ((factor, 1.0), (offset, 0.0)))
        terms = letters, plus, as_array(pairs, (len(index), 16, 0)), by
        by_window = as_array(bias, (0, 2, windows))
        if not ctx.needs_input_grad[6] and not by_window.any():
            by_window = by_window[:0]
        limits = _limits(dtype, len(tables.starts) + bool(len(by_window)), 2 * windows)
        reads = loops().READS
        # As arrays: to make one of a tensor takes as long as many a step.
        found = (
            np.empty((-(-len(codes) // reads), 2, windows, reads), _NUMPY[dtype]),
            np.empty(len(codes), _NUMPY[dtype]),
        )
        scored = loops().score(codes, terms, tables.arrays, (by_window, rows), limits, found)
        ctx.set_materialize_grads(False)
        ctx.loops = codes, terms, tables.arrays, (by_window, rows), found
        ctx.save_for_backward(*scores)
        return torch.from_numpy(found[0]), torch.from_numpy(found[1]), scored

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, by_shares: torch.Tensor | None, by_sums: torch.Tensor | None, _: None) -> tuple[Any, ...]:
        shares, log_sums = ctx.loops[-1]
        given = (
            shares[:0] if by_shares is None else np.ascontiguousarray(by_shares.numpy()),
            np.zeros_like(log_sums) if by_sums is None else np.ascontiguousarray(by_sums.numpy()),
        )
        slopes = loops().slopes(*ctx.loops, given)
        return None, None, None, *map(as_slope, slopes, ctx.saved_tensors, ctx.needs_input_grad[3:])


def window_shares(codes: torch.Tensor, scores: Scores, distance: int, dtype: torch.dtype) -> Shares | None:
    """Score reads.

    Parameters
    ----------
    codes
        Reads `(reads, length)` for which `scored_here` holds.
    scores
        Terms of a window's score.
    distance
        Greatest distance of the pairs among them; 0 for none.
    dtype
        Type of the result.

    Returns
    -------
    Shares
        None where pairs are farther apart than a table is long, for ambiguous letters, and for types other than float32
        and float64. Second derivatives are an error.
    """
    strands, _, positions = scores.places.shape
    tables = cut(positions, distance, len(codes) * (codes.shape[1] - positions + 1))
    if tables is None or dtype not in _NUMPY:
        return None
    bias = scores.bias
    if bias is not None and bias.shape[1] < 2:
        bias = F.pad(bias, (0, 0, 0, 1))  # (rows, 2, windows)
    rows = _NO_ROWS if scores.rows is None else scores.rows.numpy()
    terms = scores.values, scores.offset, scores.pairs, bias, scores.factor
    arrays = np.ascontiguousarray(codes.numpy()), tables, (scores.places, rows, dtype)
    shares, log_sums, scored = _WindowShares.apply(*arrays, *terms)
    return Shares(shares, log_sums, strands) if scored else None
