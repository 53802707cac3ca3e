"""A fitted model beside its reads: what the evaluation of a fit is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch

from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Binding, Experiment
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import BoundUnsaturatedRound
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.likelihood.composition import Composition
from cisgrammar.binding.likelihood.likelihood import Data, Penalty
from cisgrammar.binding.reads.count_table import CountTable

Split = Literal["train", "held_out"]


@dataclass(frozen=True, eq=False)
class Fitted:
    """Experiments at the end of a fit, by library.

    Parameters
    ----------
    experiments
        Library -> experiment, parameters in float64.
    factors
        Name -> matrix, for all matrices in the experiments.
    train, held_out
        Library -> reads that the fit has seen, and reads that it has not.
    penalty
        What the fit added to the likelihood.
    compositions
        Library -> composition of its initial library, for those whose reads were fitted as draws from it.
    drift
        Change of each parameter of the experiments, in their order, that their errors have to cover besides chance:
        what is doubted of the step to draws from the initial library. None for nothing.
    device
        Where the experiments are.
    chunk
        Reads scored at a time.
    """

    experiments: Mapping[str, Experiment]
    factors: Mapping[str, PSAM]
    train: Mapping[str, CountTable]
    held_out: Mapping[str, CountTable] = field(default_factory=dict)
    penalty: Penalty = field(default_factory=Penalty)
    compositions: Mapping[str, Composition] = field(default_factory=dict)
    drift: Sequence[torch.Tensor] | None = None
    device: torch.device | str = "cpu"
    chunk: int = 8192

    def __post_init__(self) -> None:
        for name, tables in (("train", self.train), ("held_out", self.held_out)):
            odd = sorted(set(tables) ^ set(self.experiments))
            if odd and (tables or name == "train"):
                raise ValueError(f"{name} has libraries {sorted(tables)}, wanted {sorted(self.experiments)}")
        for library, experiment in self.experiments.items():
            if any(p.dtype != torch.float64 for p in experiment.parameters()):
                raise ValueError(f"{library}: parameters are not float64; call double() on the experiment")

    def data(self, split: Split = "train") -> dict[str, Data]:
        """Reads of one split, by library, in the rounds that were sequenced."""
        tables = self.train if split == "train" else self.held_out
        return {name: Data(tables[name], e.observed, self.device) for name, e in self.experiments.items()}

    def factor_name(self, psam: PSAM) -> str:
        """Name of a matrix."""
        for name, known in self.factors.items():
            if known is psam:
                return name
        raise ValueError(f"a matrix of {psam.kernel_size} positions is not among the factors {sorted(self.factors)}")

    def binding_name(self, binding: Binding) -> str:
        """Name of a term of Z: its factor, both factors as `a:b`, or `non_specific`."""
        if isinstance(binding, Mode):
            return self.factor_name(binding.psam)
        if isinstance(binding, Cooperativity):
            return self.spacing_name(binding.spacing)
        return "non_specific"

    def spacing_name(self, spacing: Spacing) -> str:
        """Name of a spacing: its factors as `a:b`."""
        return ":".join(self.factor_name(psam) for psam in spacing.psams)

    def dimers(self) -> list[tuple[Spacing, dict[str, Cooperativity]]]:
        """Active dimers by spacing and library, in the order of the bindings."""
        found: dict[int, tuple[Spacing, dict[str, Cooperativity]]] = {}
        for library, experiment in self.experiments.items():
            for binding, on in zip(experiment.bindings, experiment.active, strict=True):
                if on and isinstance(binding, Cooperativity):
                    found.setdefault(id(binding.spacing), (binding.spacing, {}))[1][library] = binding
        return list(found.values())


def relative_columns(experiment: Experiment) -> list[bool]:
    """For each column of activities, whether only differences between bindings are determined."""
    columns = experiment.activity_columns()
    out = []
    for column in range(experiment.log_activity.shape[1]):
        rounds = [r for r, c in zip(experiment.rounds, columns, strict=True) if c == column]
        out.append(all(isinstance(r, BoundUnsaturatedRound) for r in rounds))
    return out
