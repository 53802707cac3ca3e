"""Codes to one-hot rows, and banded matrices that score all windows in one product."""

from __future__ import annotations

import functools
import sys
from typing import Any

import torch
import torch.nn.functional as F
from torch.autograd import Function

from cisgrammar.binding.reads.alphabet import Alphabet


def finite_rows(alphabet: Alphabet, like: torch.Tensor) -> torch.Tensor:
    """Embedding rows `(codes, letters)` in the type and on the device of `like`, with zeros for the pad.

    Shared by all who ask: not to be written to.
    """
    return _tables(alphabet.letters, tuple(alphabet.ambiguity.items()), like.dtype, like.device)[0]


@functools.lru_cache(maxsize=16)
def _tables(
    letters: str, ambiguity: tuple[tuple[str, str], ...], dtype: torch.dtype, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Rows of an alphabet for one code and for two: a fit asks for them thousands of times."""
    # A table that was made while gradients are off for good would be of no use to a fit.
    with torch.inference_mode(False):
        rows = torch.as_tensor(Alphabet(letters, dict(ambiguity)).embedding(), dtype=dtype, device=device)
        rows = rows.masked_fill(torch.isinf(rows), 0.0)
        return rows, _rows_of_pairs(rows)


def letter_rows(seqs: torch.Tensor, alphabet: Alphabet, dtype: torch.dtype) -> torch.Tensor:
    """One row of letter weights for each position, `(reads, length, letters)`, pads zero.

    Parameters
    ----------
    seqs
        Codes `(reads, length)`, or weights `(reads, letters, length)` where -inf is a pad.
    alphabet
        What the codes mean.
    dtype
        Type of the result.
    """
    if seqs.is_floating_point():
        return seqs.to(dtype).masked_fill(torch.isinf(seqs), 0.0).transpose(1, 2)
    # (codes, letters), (pairs of codes, 2 * letters)
    rows, of_two = _tables(alphabet.letters, tuple(alphabet.ambiguity.items()), dtype, seqs.device)
    if seqs.dtype != torch.uint8 or seqs.shape[1] % 2 or not seqs.is_contiguous():
        return F.embedding(seqs.int(), rows)  # (reads, length, letters)
    # Two neighbours are one 16-bit number: half as many rows to look up, each twice as long.
    both = F.embedding(seqs.view(torch.int16).int(), of_two)  # (reads, length / 2, 2 * letters)
    return both.view(len(seqs), -1, rows.shape[1])  # (reads, length, letters)


def _rows_of_pairs(rows: torch.Tensor) -> torch.Tensor:
    """Rows for two codes, by first + 256 * second on a machine that stores the low byte first."""
    number = torch.arange(256 * (len(rows) - 1) + len(rows), device=rows.device)
    low, high = (number % 256).clamp(max=len(rows) - 1), number // 256
    first, second = (low, high) if sys.byteorder == "little" else (high, low)
    return torch.cat([rows[first], rows[second]], dim=1)  # (pairs, 2 * letters)


def pair_rows(x: torch.Tensor, distance: int) -> torch.Tensor:
    """Products of the rows of two positions `distance` apart: `(reads, length - distance, letters**2)`."""
    return (x[:, :-distance, :, None] * x[:, distance:, None, :]).flatten(2)


def banded(values: torch.Tensor, length: int) -> torch.Tensor:
    """Lay a filter out so that one product scores all windows.

    Parameters
    ----------
    values
        `(channels, letters, positions)`.
    length
        Positions of the input.

    Returns
    -------
    torch.Tensor
        `(length * letters, channels * windows)`: column (c, x) holds the filter of channel c at position x.
    """
    channels, letters, positions = values.shape
    windows = length - positions + 1
    device = values.device
    window = torch.arange(windows, device=device)
    at = window + torch.arange(positions, device=device)[:, None]  # (positions, windows)
    row = at * letters + torch.arange(letters, device=device)[:, None, None]  # (letters, positions, windows)
    column = window + windows * torch.arange(channels, device=device)[:, None, None, None]
    index = row * (channels * windows) + column  # (channels, letters, positions, windows)
    matrix = values.new_zeros(length * letters * channels * windows)
    source = values[..., None].expand(-1, -1, -1, windows)  # (channels, letters, positions, windows)
    matrix = matrix.scatter(0, index.flatten(), source.flatten())
    return matrix.view(length * letters, channels * windows)


class Product(Function):
    """One-hot rows times a banded matrix, plus an offset by column; both ways in the shapes that run fast."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor, band: torch.Tensor, offset: torch.Tensor | None) -> torch.Tensor:
        """Return `(reads, columns)` from `(reads, rows)`, `(rows, columns)` and `(columns,)`."""
        ctx.save_for_backward(x, band)
        columns = band.shape[1]
        # Products with a multiple of 16 columns are a third faster.
        wide = (0, -columns % 16)
        if offset is None:
            return (x @ F.pad(band, wide))[:, :columns]
        return torch.addmm(F.pad(offset, wide), x, F.pad(band, wide))[:, :columns]

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> tuple[torch.Tensor | None, torch.Tensor, torch.Tensor | None]:
        """Gradients of those that need one."""
        x, band = ctx.saved_tensors
        grad_x = grad @ band.T if ctx.needs_input_grad[0] else None
        return grad_x, (grad.T @ x).T, grad.sum(0) if ctx.needs_input_grad[2] else None


def windows_with_pad(seqs: torch.Tensor, alphabet: Alphabet, size: int) -> torch.Tensor | None:
    """Mark windows of `size` bases that touch a pad, `(reads, windows)` bool; None where no read has one."""
    touched = pads(seqs, alphabet)
    return None if touched is None else touched.unfold(1, size, 1).any(-1)  # (reads, windows)


def pads(seqs: torch.Tensor, alphabet: Alphabet) -> torch.Tensor | None:
    """Mark positions that are pads, `(reads, length)` bool; None where there is none."""
    if not seqs.is_floating_point() and (not len(seqs) or int(seqs.max()) < alphabet.pad):
        return None
    found = torch.isinf(seqs).any(1) if seqs.is_floating_point() else seqs == alphabet.pad
    return found if bool(found.any()) else None


def check_lengths(lengths: torch.Tensor, low: int, high: int) -> None:
    """Raise ValueError if a read is shorter or longer than a layer was made for."""
    if len(lengths) and (int(lengths.min()) < low or int(lengths.max()) > high):
        raise ValueError(
            f"reads are {int(lengths.min())} to {int(lengths.max())} long, this layer was made for {low} to {high}"
        )
