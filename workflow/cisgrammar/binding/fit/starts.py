"""Where the search for a motif starts, and which starts go on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cisgrammar.binding.fit import kmers
from cisgrammar.binding.fit.procedure import Stage
from cisgrammar.binding.fit.settings import Search
from cisgrammar.binding.layers.experiment import Model
from cisgrammar.binding.layers.mode import NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.likelihood.likelihood import Data


def alone(model: Model, stage: Stage) -> None:
    """Switch all factors off but those of the stage."""
    for number, experiment in enumerate(model):
        members = stage.members(number)
        experiment.active = [
            on and (i in members or isinstance(b, NonSpecific))
            for i, (b, on) in enumerate(zip(experiment.bindings, experiment.active, strict=True))
        ]


def starting_points(
    model: Model,
    stage: Stage,
    data: Sequence[Data],
    search: Search,
    rng: np.random.Generator,
    chunk: int,
    alone: bool = False,
) -> list[np.ndarray]:
    """Matrices to start from: random values, and k-mers that the active bindings other than the stage's do not explain.

    `alone` leaves random values and k-mers like the matrices that are known out.
    """
    psam = stage.psam(model)
    k = min(search.kmer, psam.kernel_size)
    totals: NDArray[np.float64] = np.zeros((4**k, 2))
    for number, (experiment, reads) in enumerate(zip(model, data, strict=True)):
        flags, members = experiment.active, stage.members(number)
        experiment.active = [on and i not in members for i, on in enumerate(flags)]
        if members and any(experiment.active):
            totals += kmers.unexplained(experiment, reads, k, chunk)
        experiment.active = flags
    others = {id(m): m for m in model.modules() if isinstance(m, PSAM) and m is not psam}.values()
    known = [m.get_filter(0)[0].detach() for m in others if m.betas.abs().max() > 1] if alone else []
    found = kmers.starting_matrices(totals, k, search.kmer_starts, kmers.consensus_kmers(known, k))
    starts = [spread(m, psam, rng.uniform(-0.01, 0.01, (psam.kernel_size, 4))) for m in found]
    if not alone or not starts:
        scale = np.sqrt(1 / (4 * psam.kernel_size))
        count = search.random_starts or 1 - bool(starts)
        starts += [rng.uniform(-scale, scale, tuple(psam.betas.shape)) for _ in range(count)]
    return starts


def better_half(losses: np.ndarray, near: float, same: float) -> list[int]:
    """The better half of several starts, those within `near` of the best; one of those within `same`."""
    kept: list[int] = []
    for i in np.argsort(losses, kind="stable")[: (len(losses) + 1) // 2]:
        if losses[i] <= losses.min() + near and all(abs(losses[i] - losses[j]) > same for j in kept):
            kept.append(int(i))
    return kept


def spread(matrix: np.ndarray, psam: PSAM, rest: np.ndarray) -> np.ndarray:
    """Put a k-mer's matrix into the middle of a PSAM's positions; the others start near zero."""
    full = rest.copy()
    left = (psam.kernel_size - len(matrix)) // 2
    full[left : left + len(matrix)] = matrix
    rows = np.zeros((len(psam.classes), 4))
    uses = np.zeros((len(psam.classes), 1))
    for position, sign in enumerate(psam.symmetry):
        row = psam.classes.index(abs(sign))
        rows[row] += full[position] if sign > 0 else full[position][::-1]
        uses[row] += 1
    return rows / uses
