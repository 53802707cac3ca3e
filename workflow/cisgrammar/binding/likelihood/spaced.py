"""Spacings as entries: which offsets and strands are allowed, and how strong each is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.spacing import Spacing


@dataclass(frozen=True)
class Entry:
    """One relative placement of two factors.

    Attributes
    ----------
    row, index
        Where its value is in `Spacing.log_spacing`.
    strands
        `same` or `opposite`.
    offset
        Start of b minus start of a in bases, read along a's strand.
    gap
        Bases between the two; negative: bases that they share.
    pairs
        (strand of a, strand of b, diagonal of the widest read's pairs of windows) that are this placement.
    """

    row: int
    index: int
    strands: str
    offset: int
    gap: int
    pairs: tuple[tuple[int, int, int], ...]


def _pairs(row: int, diagonal: int, last: int, n_strands: int) -> tuple[tuple[int, int, int], ...]:
    if n_strands == 1:
        return ((0, 0, diagonal),)
    turned = last - diagonal
    return ((0, 0, diagonal), (1, 1, turned)) if row == 0 else ((1, 0, diagonal), (0, 1, turned))


def entries(dimer: Cooperativity) -> list[Entry]:
    """Placements that a dimer allows, by strands and then by offset along a's strand."""
    spacing, (n_a, n_b) = dimer.spacing, dimer.n_windows
    banned = spacing.banned(n_a, n_b)
    size_a, size_b = (psam.size for psam in spacing.psams)
    found = []
    for row in range(spacing.n_strands):
        for diagonal, offset in enumerate(spacing.offsets(n_a, n_b).tolist()):
            if banned[row, 0, diagonal]:
                continue
            # Row 1 has a on the reverse strand, whose own direction is the other way round.
            along = size_a - size_b - offset if row else offset
            gap = along - size_a if along > 0 else -along - size_b
            index = spacing.n_windows - n_a + diagonal
            pairs = _pairs(row, diagonal, n_a + n_b - 2, spacing.n_strands)
            found.append(Entry(row, index, ("same", "opposite")[row], along, gap, pairs))
    return sorted(found, key=lambda e: (e.row, e.offset))


def allowed_entries(experiment: Experiment) -> Iterator[tuple[Spacing, torch.Tensor]]:
    """Spacing of each active dimer and which entries of its `log_spacing` take part, bool."""
    for binding, on in zip(experiment.bindings, experiment.active, strict=True):
        if on and isinstance(binding, Cooperativity):
            mask = torch.zeros_like(binding.spacing.log_spacing, dtype=torch.bool)
            for entry in entries(binding):
                mask[entry.row, entry.index] = True
            yield binding.spacing, mask


def widest(dimers: Sequence[Cooperativity]) -> Cooperativity:
    """The dimer with most windows: it has all entries that the others have."""
    return max(dimers, key=lambda dimer: dimer.n_windows)


@torch.no_grad()
def log_omega(dimer: Cooperativity, placements: Sequence[Entry]) -> NDArray[np.float64]:
    """Log cooperativity of placements, `(placements,)`; a bias by position counts with its mean over positions."""
    if not dimer.has_posbias:
        full = dimer.get_log_spacing().double().cpu().numpy()
        return np.array([full[e.pairs[0]] for e in placements])
    omega, (n_a, n_b) = dimer.get_log_omega().contiguous(), dimer.n_windows
    diagonals = [omega.diagonal(d - (n_a - 1), dim1=-2, dim2=-1) for d in range(n_a + n_b - 1)]
    by_diagonal = [d.mean(-1).double().cpu().numpy() for d in diagonals]
    return np.array([np.mean([by_diagonal[d][a, b] for a, b, d in e.pairs]) for e in placements])


def log_mean_omega(values: NDArray[np.float64], hill: float = 1.0) -> float:
    """Logarithm of the mean cooperativity: taken off, 0 means a spacing as good as all are on average.

    With a Hill exponent it is the mean of that power, which is what a sum over placements holds.
    """
    return float(np.logaddexp.reduce(hill * values) - np.log(len(values))) / hill


def same_placements_tied(dimer: Cooperativity, values: NDArray[np.float64], hill: float) -> NDArray[np.float64]:
    """Log omegas of `entries(dimer)` where o and -o of a factor with itself on one strand hold the mean of both.

    Only the sum of their powers `hill` is in the likelihood.
    """
    first, second = dimer.spacing.psams
    if first is not second:
        return values
    placements = entries(dimer)
    at = {(e.strands, e.offset): i for i, e in enumerate(placements)}
    twins = [at.get((e.strands, -e.offset), i) if e.strands == "same" else i for i, e in enumerate(placements)]
    return (np.logaddexp(hill * values, hill * values[twins]) - np.log(2)) / hill
