"""A model in the course of its fit, beside its reads: all of them, a subset and half of that."""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.binding.fit.optimise import Effort, fisher_information, minimise
from cisgrammar.binding.fit.settings import FitSettings
from cisgrammar.binding.layers import state
from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.likelihood.composition import Composition
from cisgrammar.binding.likelihood.likelihood import Data, Objective
from cisgrammar.binding.reads.count_table import CountTable

log = logging.getLogger(__name__)
# Reads below which an evaluation is so quick that to know the curvature first gains nothing.
_FEW_READS = 5000


class FitState:
    """What a step of a fit works on.

    Parameters
    ----------
    experiments
        The libraries; fitted in place, in float64.
    tables
        A count table for each.
    settings
        How they are fitted.
    device
        Where.

    Attributes
    ----------
    model
        The experiments.
    data, small, tiny
        Reads of each library: all, `settings.subset` of them, and half as many.
    compositions
        Composition of each initial library from which the reads were taken as draws; None where they were not.
    drift
        What is doubted of the step to these draws, a tensor for each parameter; None for nothing. See `refine`.
    history
        Stage and loss (penalised negative log-likelihood per count) of each stage that is done.
    scored
        Reads scored so far, each as often as it was.
    """

    def __init__(
        self,
        experiments: Sequence[Experiment],
        tables: Sequence[CountTable],
        settings: FitSettings,
        device: torch.device | str,
    ) -> None:
        self.settings = settings
        self.device = device
        self.model = Model(experiments).double().to(device)
        for experiment, table in zip(experiments, tables, strict=True):
            experiment.set_compute_dtype(torch.float32)
            experiment.set_depths(table)
            experiment.active = [False] * len(experiment.bindings)
        self.compositions: list[Composition | None] = [None] * len(tables)
        self.drift: list[torch.Tensor] | None = None
        self.history: list[dict[str, Any]] = []
        self.scored = 0
        self.take_tables(tables)

    def take_tables(self, tables: Sequence[CountTable]) -> None:
        """Fit these reads from now on; the same reads are in the subsets whatever their flanks."""
        self.tables = list(tables)
        self.data = [Data(t, e.observed, self.device) for e, t in zip(self.model, self.tables, strict=True)]
        rng = np.random.default_rng([self.settings.seed, 0])
        self.small = [d.sample(self.settings.subset, rng) for d in self.data]
        self.tiny = [d.sample(self.settings.subset // 2, rng) for d in self.data]

    @property
    def active(self) -> list[list[bool]]:
        """For each library, which of its bindings take part."""
        return [list(experiment.active) for experiment in self.model]

    @active.setter
    def active(self, flags: Sequence[Sequence[bool]]) -> None:
        """Switch bindings on and off."""
        for experiment, own in zip(self.model, flags, strict=True):
            experiment.active = list(own)

    def take(self, trial: Model) -> None:
        """Go on with the parameters and shapes of a copy."""
        state.load(self.model, trial.state_dict())

    def loss(self, data: Sequence[Data]) -> float:
        """Loss per count of these reads; sets the gradients."""
        return self.objective(self.model, data).backward()

    def objective(self, model: Model, data: Sequence[Data]) -> Objective:
        """The loss of a model on some of the reads, penalised as on all."""
        total = sum(d.total for d in self.data)
        return Objective(model, data, self.settings.penalty, self.settings.chunk, total)

    def search(
        self, model: Model, iterations: int = 60, tolerance: float = 2e-7, data: Sequence[Data] | None = None
    ) -> float:
        """Fit a model from afar, to the subset unless told otherwise; returns the loss."""
        return self._minimise(model, Effort(iterations, tolerance), data or self.small)

    def polish(self, model: Model, effort: Effort, data: Sequence[Data] | None = None) -> float:
        """Fit a model from near the minimum, to the subset unless told otherwise; returns the loss."""
        data = data or self.small
        if sum(len(d) for d in data) < _FEW_READS:
            return self._minimise(model, effort, data)
        return self._minimise(model, effort, data, fisher_information(self.objective(model, self.tiny)))

    def _minimise(
        self, model: Model, effort: Effort, data: Sequence[Data], curvature: NDArray[np.float64] | None = None
    ) -> float:
        objective = self.objective(model, data)
        loss = minimise(objective, effort, curvature)
        self.scored += objective.evaluations * sum(len(d) for d in data)
        log.debug("%d evaluations on %d reads: %.6f", objective.evaluations, sum(len(d) for d in data), loss)
        return loss

    def content(self) -> dict[str, Any]:
        """What a checkpoint holds."""
        return {
            "model": self.model.state_dict(),
            "active": self.active,
            "trained": [p.requires_grad for p in self.model.parameters()],
            "flanks": [[t.flanks.left_length, t.flanks.right_length] for t in self.tables],
            "history": self.history,
            "compositions": [c and c.content() for c in self.compositions],
            "drift": self.drift,
        }

    def restore(self, content: dict[str, Any]) -> None:
        """Take over what `content` gave."""
        state.load(self.model, content["model"])
        self.active = content["active"]
        for parameter, trained in zip(self.model.parameters(), content["trained"], strict=True):
            parameter.requires_grad_(trained)
        self.take_tables([t.with_flank_lengths(*f) for t, f in zip(self.tables, content["flanks"], strict=True)])
        self.history = content["history"]
        self.compositions = [c and Composition(*c) for c in content["compositions"]]
        self.drift = content["drift"]

    def copied_model(self) -> Model:
        """A copy to try something on."""
        return copy.deepcopy(self.model)
