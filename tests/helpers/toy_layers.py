"""Reads, their reverse complements and random parameters for tests of binding layers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

from cisgrammar.binding.reads.alphabet import DNA


@pytest.fixture(autouse=True)
def double() -> Iterator[None]:
    """Float64 for new tensors; a folder whose tests want it imports this into its conftest."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(before)


def reads(n: int, width: int, seed: int = 0, shortest: int | None = None) -> torch.Tensor:
    """Random codes `(n, width)` uint8, with pads at the end of reads down to `shortest` bases."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n, width)).astype(np.uint8)
    if shortest is not None:
        for row, length in zip(codes, rng.integers(shortest, width + 1, n), strict=True):
            row[length:] = DNA.pad
    return torch.from_numpy(codes)


def turned(codes: torch.Tensor) -> torch.Tensor:
    """Reverse complement of each read, pads left on the right."""
    out = codes.clone()
    for row, new in zip(codes, out, strict=True):
        length = int((row != DNA.pad).sum())
        new[:length] = 3 - row[:length].flip(0)
    return out


def randomise(module: torch.nn.Module, seed: int = 1) -> None:
    """Normal values of standard deviation 0.5 for all parameters."""
    generator = torch.Generator().manual_seed(seed)
    for parameter in module.parameters():
        parameter.data = torch.randn(parameter.shape, generator=generator) * 0.5
