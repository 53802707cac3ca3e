"""Likelihood of a selected round's reads as draws from a known initial library, weighted by how well they bind.

Given each read's counts in all rounds (`likelihood.py`) a read that binds well says little: none like it was sequenced
from the initial library to compare with. Where that library is known as a composition, the read's share of it is known
too. A read s of the selected round then has the probability P(s) Z(s) / E_P[Z] (as in NRLB: Rastogi et al., PNAS 2018),
and the errors of strictly selected libraries halve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch

from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.rounds import BoundUnsaturatedRound
from cisgrammar.binding.likelihood.composition import Composition, fit_composition
from cisgrammar.binding.likelihood.expected_binding import log_expected_z
from cisgrammar.binding.likelihood.likelihood import Data, Objective
from cisgrammar.binding.reads.count_table import CountTable

# Letters before a letter that a chain looks back at most: 64 contexts.
_MOST_CONTEXT = 3


def check_drawn(experiment: Experiment) -> None:
    """Raise ValueError, with the reason, if `LibraryObjective` does not hold for this model, whatever its reads."""
    selected, modes = experiment.rounds[1:], [b for b in experiment.bindings if isinstance(b, Mode)]
    if len(selected) != 1 or not isinstance(selected[0], BoundUnsaturatedRound):
        raise ValueError("it holds for one round of unsaturated selection")
    if any(isinstance(b, Cooperativity) for b in experiment.bindings):
        raise ValueError("pairs of sites are fitted")
    if not modes:
        raise ValueError("there is no motif")
    for layer in (mode.layer for mode in modes):
        if layer.psam.dilation != 1 or layer.psam.pairwise_distance > _MOST_CONTEXT:
            raise ValueError(f"a matrix has gaps, or pairs more than {_MOST_CONTEXT} bp apart")
        if not layer.min_input_length == layer.max_input_length == layer.input_shape:
            raise ValueError("the reads differ in length")


def library_composition(experiment: Experiment, table: CountTable) -> Composition:
    """Composition of the initial library, if reads may be taken as draws from it; ValueError says why not."""
    check_drawn(experiment)
    return fit_composition(table, 0)


@dataclass
class LibraryObjective(Objective):
    """Negative log-likelihood of the selected reads, per count of all rounds, and the penalty.

    Parameters
    ----------
    compositions
        Of each experiment's initial library; None keeps the likelihood given each read's counts. The depths of an
        experiment with a composition are in no term.
    """

    compositions: Sequence[Composition | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.data = [d if c is None else d.selected() for d, c in zip(self.data, self.compositions, strict=True)]

    def backward(self) -> float:
        """Set the gradients of all trained parameters and return the loss."""
        value = super().backward()
        for experiment, data, composition in zip(self.experiments, self.data, self.compositions, strict=True):
            if composition is not None:
                reads = float(data.counts[:, 1].sum(dtype=torch.float64))
                part = log_expected_z(experiment, composition)[0] * (reads * self._weight(data))
                part.backward()
                value += float(part.detach())
        return value

    def _weight(self, data: Data) -> float:
        return 1 / (len(self.experiments) * data.total)

    def _add(self, experiment: Experiment, data: Data, rows: slice | torch.Tensor) -> float:
        if not any(data is d and c is not None for d, c in zip(self.data, self.compositions, strict=True)):
            return super()._add(experiment, data, rows)
        log_z = experiment.log_aggregate(data.codes[rows])[:, 0]
        part = (log_z.to(data.counts.dtype) * data.counts[rows, 1]).sum(dtype=torch.float64) * -self._weight(data)
        part.backward()
        return float(part.detach())
