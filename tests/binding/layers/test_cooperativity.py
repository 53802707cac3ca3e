"""Dimers: closed forms of the sum over pairs of windows."""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.reads.alphabet import DNA

WIDTH = 7


def one_letter(letter: str) -> PSAM:
    """A matrix of one position and one strand that scores ln 2 for a letter and 0 else."""
    psam = PSAM(1, score_reverse=False).double()
    psam.betas.data.zero_()
    psam.betas.data[0, "ACGT".index(letter)] = math.log(2)
    return psam


def dimer(offset: int, gain: float) -> Cooperativity:
    """A factor of A and one of C that gain where C starts `offset` bases after A."""
    a, b = one_letter("A"), one_letter("C")
    spacing = Spacing(a, b, WIDTH).double()
    spacing.log_spacing.data.zero_()
    spacing.log_spacing.data[0, offset + WIDTH - 1] = gain
    return Cooperativity(spacing, *(Mode(Conv1d(p, WIDTH, WIDTH, WIDTH).double()) for p in (a, b))).double()


def codes(read: str) -> torch.Tensor:
    return torch.from_numpy(DNA.encode(read))[None]


@pytest.mark.parametrize("offset", [-4, -1, 0, 2, 5])
@pytest.mark.parametrize("read", ["AGGCGTT", "CTTATAC"])
def test_a_pair_gains_where_b_is_the_offset_after_a(read: str, offset: int) -> None:
    layer = dimer(offset, gain=3.0)
    wanted = sum(
        (2 if read[m] == "A" else 1) * (2 if read[k] == "C" else 1) * math.exp(3.0 if k - m == offset else 0.0)
        for m, k in itertools.product(range(WIDTH), repeat=2)
    )
    assert layer(codes(read)).item() == pytest.approx(math.log(wanted), rel=1e-12)


def test_the_windows_and_the_matrix_have_a_in_the_rows() -> None:
    layer = dimer(2, gain=3.0)
    matrix = layer.get_log_spacing_matrix()[0, 0, 0, 0]
    wanted = torch.zeros(WIDTH, WIDTH, dtype=torch.float64)
    wanted.diagonal(2).fill_(3.0)
    torch.testing.assert_close(matrix, wanted)
    windows = layer.score_windows(codes("AGCGGGG"))[0, 0, 0]
    assert windows[0, 2].item() == pytest.approx(2 * math.log(2) + 3.0)
    assert windows[2, 0].item() == 0.0
    diagonals = [d.detach() for d in layer.get_log_spacing_diagonals()]
    for number, diagonal in enumerate(diagonals):
        assert (diagonal[-1, -1] == (3.0 if number - (WIDTH - 1) == 2 else 0.0)).all()
