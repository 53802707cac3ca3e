"""Affinity of whole stretches of sequence under a fitted binding model, and what variants do to it.

The affinity is the sum, over windows and strands, of what the model gives single factors and pairs of factors side by
side, weighted by their activities in the last selected round of the model's first library. It does not depend on where
in a read a factor binds (position biases count with their mean), and binding that does not look at the sequence is left
out. Both haplotypes have the same flanks, as long as the longest motif or pair, so that of a substitution only windows
that cross it differ.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from cisgrammar.binding.evaluate.covariance_file import read_covariance
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.likelihood.spaced import Entry, entries, log_omega
from cisgrammar.binding.likelihood.standard_errors import Covariance
from cisgrammar.binding.model_file import LoadedBinding, load_binding
from cisgrammar.sequence.alphabet import N_CODE, encode
from cisgrammar.sequence.fasta import Genome
from cisgrammar.variants.variant import Variant

log = logging.getLogger(__name__)

Array = NDArray[np.float64]
MODEL, COVARIANCE = "model.safetensors", "covariance.h5"
"""Files of a fitted model in its folder."""


@dataclass(frozen=True, eq=False)
class Placement:
    """One relative placement of the two factors of a dimer, as windows see it.

    Attributes
    ----------
    strand_a, strand_b
        0 forward, 1 reverse.
    offset
        Start of b minus start of a on the forward strand.
    entry
        Index among `entries` of the dimer.
    """

    strand_a: int
    strand_b: int
    offset: int
    entry: int


class AffinityModel:
    """The sequence-specific part of a fitted model, for sequences of any length.

    Parameters
    ----------
    model
        The fitted model; of several libraries the first counts, which share matrices and spacings with it.
    covariance
        Of its numbers; None where it is not known.
    """

    def __init__(self, model: LoadedBinding, covariance: Covariance | None = None) -> None:
        self.covariance = covariance
        self.motifs = model.motifs
        self.experiment: Experiment = next(iter(model.experiments.values()))
        pairs = zip(self.experiment.bindings, self.experiment.active, strict=True)
        active = [(row, binding) for row, (binding, on) in enumerate(pairs) if on]
        self.modes = [(row, one) for row, one in active if isinstance(one, Mode)]
        self.dimers = [
            (row, one, entries(one), placements(one)) for row, one in active if isinstance(one, Cooperativity)
        ]
        if not self.modes and not self.dimers:
            raise ValueError("the binding model has no factor that is active; fit one with a motif")

    @property
    def flank(self) -> int:
        """Bp on either side of a variant that its windows reach."""
        single = [mode.psam.size for _, mode in self.modes]
        paired = [
            max((abs(place.offset) for place in every), default=0) + max(psam.size for psam in dimer.spacing.psams)
            for _, dimer, _, every in self.dimers
        ]
        return max([*single, *paired])

    def log_affinity(self, codes: NDArray[np.uint8]) -> Array:
        """Ln affinity of sequences `(sequences, length)`, `(sequences,)`; windows with an N bind nothing."""
        with torch.no_grad():
            X, known = torch.from_numpy(codes.astype(np.int64)), torch.from_numpy(codes < N_CODE)
            activity = self.experiment.log_activity[:, -1].double()
            terms = [activity[row] + _mode_sum(mode, X, known) for row, mode in self.modes]
            terms += [
                activity[row] + _dimer_sum(dimer, found, every, X, known) for row, dimer, found, every in self.dimers
            ]
            return torch.logsumexp(torch.stack(terms), dim=0).numpy()

    def changes(self, before: NDArray[np.uint8], after: NDArray[np.uint8]) -> tuple[Array, Array]:
        """Ln affinity of `after` minus that of `before`, and standard errors by the delta method; nan if not known."""

        def difference() -> Array:
            return self.log_affinity(after) - self.log_affinity(before)

        values = difference()
        values[~np.isfinite(values)] = np.nan
        if self.covariance is None:
            return values, np.full(len(values), np.nan)
        return values, self.covariance.errors(difference)


def read_affinity_model(folder: str | Path) -> AffinityModel:
    """Read the model of a folder of the stage `binding`, and the covariance of its numbers if it is there.

    Raises
    ------
    ValueError
        In one line, if a file cannot be used.
    """
    model, covariance = load_binding(Path(folder, MODEL)), Path(folder, COVARIANCE)
    if not covariance.is_file():
        log.warning("%s: no %s in it, so no standard errors", folder, COVARIANCE)
        return AffinityModel(model)
    return AffinityModel(model, read_covariance(covariance, model))


def placements(dimer: Cooperativity) -> list[Placement]:
    """Every placement that a dimer allows, for each pair of strands that it stands for."""
    n_a, _ = dimer.n_windows
    found = []
    for number, entry in enumerate(entries(dimer)):
        found += [Placement(a, b, diagonal - (n_a - 1), number) for a, b, diagonal in entry.pairs]
    return found


def window_scores(psam: PSAM, X: Tensor, known: Tensor) -> Tensor:
    """Log score of every window, `(sequences, strands, windows)`; -inf where it has an N."""
    letters = functional.one_hot(X.clamp(max=3), 4).double().transpose(1, 2)  # (sequences, 4, length)
    windows = X.shape[1] - psam.size + 1
    singles = psam.get_filter(0).double()  # (strands, 4, positions)
    total = functional.conv1d(letters, singles, dilation=psam.dilation)  # (sequences, strands, windows)
    for distance in range(1, psam.pairwise_distance + 1):
        blocks = psam.get_filter(distance).double()  # (strands, 4, 4, positions - distance)
        for i in range(blocks.shape[-1]):
            first = X[:, i : i + windows].clamp(max=3)
            second = X[:, i + distance : i + distance + windows].clamp(max=3)
            total = total + blocks[..., i][:, first, second].transpose(0, 1)
    whole = known.unfold(1, psam.size, 1).all(dim=2)  # (sequences, windows)
    return (total + psam.bias.double()).masked_fill(~whole[:, None], -torch.inf)


def _mean_bias(mode: Mode) -> Tensor | float:
    return mode.layer.get_log_posbias()[-1].double().mean() if mode.layer.has_posbias else 0.0


def _mode_sum(mode: Mode, X: Tensor, known: Tensor) -> Tensor:
    scores = window_scores(mode.psam, X, known) + _mean_bias(mode)
    return torch.logsumexp((mode.log_hill.double().exp() * scores).flatten(1), dim=1)  # (sequences,)


def _dimer_sum(
    dimer: Cooperativity, found: Sequence[Entry], every: Sequence[Placement], X: Tensor, known: Tensor
) -> Tensor:
    a, b = (window_scores(mode.psam, X, known) + _mean_bias(mode) for mode in (dimer.mode_a, dimer.mode_b))
    omega, hill = log_omega(dimer, found), dimer.log_hill.double().exp()
    sums = [torch.full((len(X),), -torch.inf, dtype=torch.float64)]
    for place in every:
        first, last = max(0, -place.offset), min(a.shape[2], b.shape[2] - place.offset)
        if first < last:
            of_b = b[:, place.strand_b, first + place.offset : last + place.offset]
            pair = a[:, place.strand_a, first:last] + of_b + float(omega[place.entry])
            sums.append(torch.logsumexp(hill * pair, dim=1))
    return torch.logsumexp(torch.stack(sums), dim=0)  # (sequences,)


def haplotypes(
    genome: Genome, variants: Iterable[Variant], flank: int
) -> list[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Both haplotypes of each variant with `flank` bp of the genome on either side; N beyond a chromosome's ends."""
    found = []
    for variant in variants:
        chromosome = genome.chromosome(variant.chrom)
        left, right = (padded(chromosome, start, start + flank) for start in (variant.start - flank, variant.end))
        found.append(
            tuple(
                np.concatenate([left, encode(allele), right]).astype(np.uint8) for allele in (variant.ref, variant.alt)
            )
        )
    return [(before, after) for before, after in found]


def padded(codes: NDArray[np.uint8], start: int, end: int) -> NDArray[np.uint8]:
    """The codes of `[start, end)`, N where there are none."""
    inside = np.asarray(codes[max(0, start) : max(0, end)])
    before = min(max(0, -start), end - start)
    return np.pad(inside, (before, end - start - before - len(inside)), constant_values=N_CODE)
