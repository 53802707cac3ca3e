"""Whether fits from different seeds have found the same motifs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cisgrammar.statistics.correlation import pearson

Matrix = NDArray[np.float64]
COLUMNS = ["seed", "loss", "chosen", "motif", "shift", "flipped", "rmse", "pearson", "in_register"]
# Correlation of centred betas below which two matrices are not the same motif.
SAME_MOTIF = 0.9


@dataclass(frozen=True)
class Alignment:
    """How one matrix lies on another.

    Attributes
    ----------
    shift
        Position of the other at which the first begins.
    flipped
        Whether it is reverse-complemented.
    rmse, pearson
        Over the positions that both have.
    distance
        Root mean square difference over all positions that either has, absent ones taken as 0.
    """

    shift: int
    flipped: bool
    rmse: float
    pearson: float
    distance: float


def align(matrix: Matrix, other: Matrix) -> Alignment:
    """Find the shift and strand at which a centred matrix `(positions, 4)` is most like another.

    At least half of the shorter's positions are compared. What lies beyond the other's ends counts as a difference
    from 0, so that a small overlap is no advantage.
    """
    least = (min(len(matrix), len(other)) + 1) // 2
    found = []
    for flipped in (False, True):
        turned = matrix[::-1, ::-1] if flipped else matrix
        for shift in range(least - len(matrix), len(other) - least + 1):
            found.append(_compare(turned, other, shift, flipped))
    # Ties go to the smallest move.
    return min(found, key=lambda a: (round(a.distance, 12), abs(a.shift), a.flipped))


def _compare(matrix: Matrix, other: Matrix, shift: int, flipped: bool) -> Alignment:
    low, high = min(0, shift), max(len(other), shift + len(matrix))
    padded = np.zeros((2, high - low, 4))
    padded[0, shift - low : shift - low + len(matrix)] = matrix
    padded[1, -low : len(other) - low] = other
    first, last = max(0, shift) - low, min(len(other), shift + len(matrix)) - low
    a, b = padded[:, first:last]
    distance = float(np.sqrt(((padded[0] - padded[1]) ** 2).mean()))
    return Alignment(shift, flipped, float(np.sqrt(((a - b) ** 2).mean())), pearson(a, b), distance)


def match(motifs: Mapping[str, Matrix], others: Mapping[str, Matrix]) -> dict[str, tuple[str, Alignment]]:
    """For each of `others`, the one of `motifs` that is it: the two factors of a dimer may have changed places."""
    from scipy.optimize import linear_sum_assignment

    wanted, found = list(others), list(motifs)
    if len(wanted) != len(found):
        raise ValueError(f"{len(found)} motifs beside {len(wanted)}; wanted fits of the same model")
    aligned = [[align(motifs[f], others[w]) for f in found] for w in wanted]
    rows, columns = linear_sum_assignment([[a.distance for a in row] for row in aligned])
    return {wanted[i]: (found[j], aligned[i][j]) for i, j in zip(rows, columns, strict=True)}


def best_seed(losses: Mapping[int, float]) -> int:
    """The seed with the lowest training loss; of equal ones the first."""
    finite = {seed: loss for seed, loss in losses.items() if np.isfinite(loss)}
    if not finite:
        raise ValueError(f"no seed has a finite loss, got {dict(losses)}")
    return min(finite, key=lambda seed: (finite[seed], seed))


def agreement_table(losses: Mapping[int, float], motifs: Mapping[int, Mapping[str, Matrix]]) -> pd.DataFrame:
    """Each seed's motifs beside those of the seed with the lowest loss.

    Parameters
    ----------
    losses
        Seed -> final training loss.
    motifs
        Seed -> name -> centred betas `(positions, 4)`.

    Returns
    -------
    DataFrame
        `COLUMNS`; `motif` is its name in the chosen fit, `shift` how far to the right of it the seed's motif begins,
        `flipped` whether it is the reverse complement, which is the same motif. `in_register`: no shift, and a
        correlation of at least 0.9.
    """
    chosen = best_seed(losses)
    rows = []
    for seed in sorted(losses):
        for name, (_, found) in match(motifs[seed], motifs[chosen]).items():
            same = found.shift == 0 and found.pearson >= SAME_MOTIF
            rows.append(
                (seed, losses[seed], seed == chosen, name, found.shift, found.flipped, found.rmse, found.pearson, same)
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def share_in_register(table: pd.DataFrame) -> float:
    """Share of seeds all of whose motifs are those of the chosen one, in register."""
    return float(table.groupby("seed")["in_register"].all().mean())
