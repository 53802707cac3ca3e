"""The sequential fit: one binding after the other, its motif found from several starts and put into register."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from cisgrammar.binding.fit import starts, update
from cisgrammar.binding.fit.optimise import Effort, FitFailed, fisher_information, minimise
from cisgrammar.binding.fit.procedure import Search, Stage, procedure
from cisgrammar.binding.fit.refine import Refinement
from cisgrammar.binding.layers import state
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.likelihood.composition import Composition
from cisgrammar.binding.likelihood.likelihood import Data, Objective, Penalty
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.training.checkpoint import load_checkpoint, save_checkpoint
from cisgrammar.training.progress import format_seconds

log = logging.getLogger(__name__)
# Loss per count above the best within which a move of the matrix is looked at more closely.
_NEAR = 4e-3
# Difference of the loss per count below which two starts have come to the same.
_SAME = 5e-5
# Reads below which an evaluation is so quick that to know the curvature first gains nothing.
_FEW = 5000
# Fall of the loss per count below which no motif has been found.
_NO_MOTIF = 1e-3


@dataclass(frozen=True)
class FitSettings:
    """How a model is fitted.

    Parameters
    ----------
    penalty
        What is added to the likelihood.
    search
        What is tried for each matrix besides its values.
    seed
        Seed of the random starts and of the subsets of reads.
    subset
        Reads used while starts and shifts are compared (half as many for starts); the end of the fit, and
        registers that are nearly as good as each other, take all.
    effort
        When the fit on all reads stops.
    retries
        How often a failed stage is tried again from a slightly moved start.
    chunk
        Reads scored at a time.
    initial_library
        `auto` takes the reads of one selected round as draws from a fitted composition of the initial library at the
        end, if that moves no estimate by more than chance; `free` knows nothing of the library.
    """

    penalty: Penalty = field(default_factory=Penalty)
    search: Search = field(default_factory=Search)
    seed: int = 1
    subset: int = 30_000
    effort: Effort = field(default_factory=Effort)
    retries: int = 3
    chunk: int = 32768
    initial_library: Literal["auto", "free"] = "auto"


@dataclass
class Fit:
    """A fit in progress.

    Parameters
    ----------
    experiments
        The libraries; fitted in place, in float64.
    tables
        A count table for each.
    settings
        How.
    checkpoint
        File that holds the state after each stage; a fit with the same `fingerprint` goes on from it.
    fingerprint
        Says which fit the checkpoint is of: data, settings, version.
    device
        Where.
    """

    experiments: Sequence[Experiment]
    tables: Sequence[CountTable]
    settings: FitSettings = field(default_factory=FitSettings)
    checkpoint: Path | None = None
    fingerprint: str = ""
    device: torch.device | str = "cpu"
    history: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if len(self.experiments) != len(self.tables) or not self.experiments:
            raise ValueError(f"{len(self.experiments)} experiments for {len(self.tables)} tables; wanted one for each")
        self.model = nn.ModuleList(self.experiments).double().to(self.device)
        for experiment, table in zip(self.experiments, self.tables):
            experiment.set_compute_dtype(torch.float32)
            experiment.set_depths(table)
            experiment.active = [False] * len(experiment.bindings)
        self.tables = list(self.tables)
        self._scored = 0
        self.compositions: list[Composition | None] = [None] * len(self.tables)
        self._load_data()

    def _load_data(self) -> None:
        self.data = [Data(t, e.observed, self.device) for e, t in zip(self.model, self.tables)]
        rng = np.random.default_rng([self.settings.seed, 0])
        self.small = [d.sample(self.settings.subset, rng) for d in self.data]
        self.tiny = [d.sample(self.settings.subset // 2, rng) for d in self.data]

    def run(self, until: Literal["motifs", "end"] = "end") -> float:
        """Fit and return the loss (penalised negative log-likelihood per count).

        Parameters
        ----------
        until
            `motifs` stops before dimers are switched on, with the motifs fitted on all reads. The same fit, or
            another one with the same checkpoint and fingerprint, goes on from there to the `end`.
        """
        if until not in ("motifs", "end"):
            raise ValueError(f"until must be motifs or end, got {until!r}")
        stages = procedure(self.model, self.settings.search, self.settings.initial_library == "auto")
        if until == "motifs":
            stages = [stage for stage in stages if not stage.has_dimer(self.model)]
        self._resume(len(stages))
        for number, stage in enumerate(stages[len(self.history) :], start=len(self.history)):
            start, self._scored = time.monotonic(), 0
            loss = self._attempt(stage, number)
            self.history.append({"stage": stage.name, "loss": loss})
            took = time.monotonic() - start
            rate = f"{self._scored / took:,.0f} reads/s on {self.device}, {format_seconds(took)}"
            log.info("%d/%d %s: loss %.6f, %s", number + 1, len(stages), stage.name, loss, rate)
            self._save()
        return self.history[-1]["loss"]

    def _attempt(self, stage: Stage, number: int) -> float:
        before = copy.deepcopy(self.model.state_dict())
        active = [list(e.active) for e in self.model]
        for attempt in range(self.settings.retries + 1):
            try:
                return self._stage(stage, number)
            except FitFailed as error:
                log.warning("%s: %s; attempt %d", stage.name, error, attempt + 1)
                state.load(self.model, before)
                for experiment, flags in zip(self.model, active):
                    experiment.active = list(flags)
                state.jitter(self.model, np.random.default_rng([self.settings.seed, number, attempt]))
        raise FitFailed(f"{stage.name}: failed {self.settings.retries + 1} times; lower the rate of change: raise l2")

    def _stage(self, stage: Stage, number: int) -> float:
        if stage.kind == "fit":
            return self._fit(stage)
        rng = np.random.default_rng([self.settings.seed, number + 1])
        actions: dict[str, Callable[[], float]] = {
            "activate": lambda: self._activate(stage),
            "start": lambda: self._start(stage, rng),
            "shift": lambda: self._shift(stage),
            "extend": lambda: self._extend(stage),
            "flank": lambda: self._flank(),
            "library": lambda: self._refine(),
        }
        return actions[stage.kind]()

    def _fit(self, stage: Stage) -> float:
        loss, trained = float("nan"), state.trained(self.model)
        stage.unfreeze(self.model)
        if state.trained(self.model) > trained or not stage.last:
            # What has been held fast so far may have a long way to go, which few reads show as well.
            loss = self._search(self.model, 60, 1e-6)
        effort = self.settings.effort
        if not all(all(experiment.active) for experiment in self.model):
            # Without the dimers to come the model is wrong, and its valley long and flat.
            effort = replace(effort, tolerance=max(effort.tolerance, 5e-7))
        return self._polish(self.model, effort, self.data) if stage.last else loss

    def _objective(self, model: nn.ModuleList, data: Sequence[Data]) -> Objective:
        total = sum(d.total for d in self.data)
        return Objective(model, data, self.settings.penalty, self.settings.chunk, total)

    def _search(
        self,
        model: nn.ModuleList,
        iterations: int = 60,
        tolerance: float = 2e-7,
        data: Sequence[Data] | None = None,
    ) -> float:
        return self._minimise(model, Effort(iterations, tolerance), data or self.small)

    def _polish(self, model: nn.ModuleList, effort: Effort, data: Sequence[Data] | None = None) -> float:
        """Fit from near the minimum."""
        data = data or self.small
        if sum(len(d) for d in data) < _FEW:
            return self._minimise(model, effort, data)
        return self._minimise(model, effort, data, fisher_information(self._objective(model, self.tiny)))

    def _minimise(
        self, model: nn.ModuleList, effort: Effort, data: Sequence[Data], curvature: np.ndarray | None = None
    ) -> float:
        objective = self._objective(model, data)
        loss = minimise(objective, effort, curvature)
        self._scored += objective.evaluations * sum(len(d) for d in data)
        log.debug("%d evaluations on %d reads: %.6f", objective.evaluations, sum(len(d) for d in data), loss)
        return loss

    def _activate(self, stage: Stage) -> float:
        """Switch the stage's bindings on, with all that was fitted before held fast but depths and activities."""
        self.model.requires_grad_(False)
        for number, experiment in enumerate(self.model):
            for index in stage.members(number):
                experiment.activate(index)
            experiment.unfreeze("depth")
            experiment.unfreeze("activity")
        if stage.has_matrix(self.model):
            return self._objective(self.model, self.small).backward()
        return self._polish(self.model, Effort(30, 1e-6))

    def _start(self, stage: Stage, rng: np.random.Generator) -> float:
        """Fit the subset from k-mers and from random values for a while, go on with the best.

        First on top of what has been found; if that explains nothing more and the mode is part of a dimer, then
        in place of it: reads that bind as a dimer are explained by its first half already.
        """
        stage.psam(self.model).unfreeze("monomer")
        if not stage.psam(self.model).seed.pattern:
            before = self._objective(self.model, self.tiny).backward()
            gain = self._compare(stage, self._starts(stage, rng), before)
            if gain < _NO_MOTIF and stage.in_dimer(self.model):
                flags = [list(e.active) for e in self.model]
                starts.alone(self.model, stage)
                self._compare(stage, self._starts(stage, rng, alone=True), before)
                for experiment, active in zip(self.model, flags):
                    experiment.active = active
        return self._polish(self.model, Effort(60, 2e-7))

    def _starts(self, stage: Stage, rng: np.random.Generator, alone: bool = False) -> list[np.ndarray]:
        return starts.starting_points(
            self.model, stage, self.small, self.settings.search, rng, self.settings.chunk, alone
        )

    def _compare(self, stage: Stage, matrices: list[np.ndarray], before: float) -> float:
        """Fit from each matrix on few reads, from the better half further, from the best on more reads.

        Keeps the best and returns what it gained on few reads.
        """
        psam = stage.psam(self.model)
        trials = []
        for matrix in matrices:
            psam.betas.data = torch.as_tensor(matrix).to(psam.betas)
            trials.append(copy.deepcopy(self.model))
        for iterations, near in ((12, np.inf), (20, _NEAR)):
            losses = np.array([self._search(trial, iterations, 1e-6, self.tiny) for trial in trials])
            log.info("%s: %s", stage.name, losses.round(5).tolist())
            trials = [trials[i] for i in starts.better_half(losses, near, _SAME)]
        finals = [self._polish(trial, Effort(40, 1e-6)) for trial in trials]
        self._take(trials[int(np.argmin(finals))])
        return before - float(losses.min())

    def _shift(self, stage: Stage) -> float:
        """Move the matrix by up to `search.shift` positions while that lowers the loss.

        Moves that come near the present register on few reads are decided on all reads: neighbouring registers
        may differ by less than chance makes of a subset.
        """
        reach = self.settings.search.shift
        steps = [s for n in range(1, reach + 1) for s in (n, -n)]
        best, steps = self._move(stage, steps, self.tiny)
        if steps and len(self.tiny[0]) < len(self.data[0]):
            best, _ = self._move(stage, steps, self.data)
        return best

    def _move(self, stage: Stage, steps: list[int], data: Sequence[Data]) -> tuple[float, list[int]]:
        """Move while that lowers the loss of `data`; return the loss, and the moves that came near it."""
        effort = Effort(15, 1e-6)
        best, back = self._polish(self.model, effort, data), []
        while True:
            trials = {step: self._changed(stage, step, -step) for step in steps}
            losses = dict.fromkeys(steps, best)
            if data is self.tiny:
                losses = {step: self._search(trial, 8, data=data) for step, trial in trials.items()}
            losses |= {step: self._polish(trials[step], effort, data) for step in steps if losses[step] < best + _NEAR}
            log.info("%s: %s", stage.name, {step: round(loss - best, 6) for step, loss in losses.items()})
            moved = min(losses, key=losses.__getitem__)
            if losses[moved] >= best - 1e-6:
                return best, back + [step for step in steps if losses[step] < best + _NEAR / 4]
            back = [-moved] if losses[moved] > best - _NEAR / 4 else []
            best = losses[moved]
            self._take(trials[moved])
            # The way back has been tried already.
            steps = [1 if moved > 0 else -1]

    def _changed(self, stage: Stage, left: int, right: int) -> nn.ModuleList:
        trial = copy.deepcopy(self.model)
        update.update_footprint(trial, stage.psam(trial), left, right)
        return trial

    def _take(self, trial: nn.ModuleList) -> None:
        state.load(self.model, trial.state_dict())

    def _extend(self, stage: Stage) -> float:
        """Add a position on both sides while that lowers the loss and the ends hold information."""
        search, best = self.settings.search, self._search(self.model)
        while True:
            psam = stage.psam(self.model)
            ends = psam.information()[[0, -1]]
            if psam.kernel_size + 2 > search.max_kernel_size or float(ends.min()) < search.information_threshold:
                return best
            before = psam.free_values
            trial = self._changed(stage, 1, 1)
            loss = self._search(trial)
            # As many nats as parameters is what chance gives at most times, however few the reads.
            chance = (stage.psam(trial).free_values - before) / sum(d.total for d in self.small)
            if loss >= best - max(search.threshold, chance):
                return best
            self._take(trial)
            best = loss

    def _flank(self) -> float:
        """Score one more base of flank on both sides while that lowers the loss."""
        search, best = self.settings.search, self._search(self.model)
        for _ in range(search.flank):
            before, tables = copy.deepcopy(self.model), self.tables
            self.tables = [t.with_more_flank() for t in tables]
            for experiment in self.model:
                update.update_flanks(experiment, 1, 1)
            self._load_data()
            loss = self._search(self.model)
            if loss >= best - search.threshold:
                self.tables = tables
                self._take(before)
                self._load_data()
                break
            best = loss
        return best

    def _refine(self) -> float:
        settings = self.settings
        step = Refinement(
            self.model, self.tables, self.data, self.tiny, settings.penalty, settings.effort, settings.chunk
        )
        loss, self.compositions = step.run()
        self._scored += step.scored
        return loss

    def _save(self) -> None:
        if self.checkpoint is None:
            return
        save_checkpoint(
            self.checkpoint,
            {
                "fingerprint": self.fingerprint,
                "model": self.model.state_dict(),
                "active": [list(e.active) for e in self.model],
                "trained": [p.requires_grad for p in self.model.parameters()],
                "flanks": [[t.flanks.left_length, t.flanks.right_length] for t in self.tables],
                "history": self.history,
                "compositions": [c and (c.kind, c.log_next) for c in self.compositions],
            },
        )

    def _resume(self, stages: int) -> None:
        """Load the checkpoint, if there is one of this fit that has not gone further than the stages wanted."""
        found = load_checkpoint(self.checkpoint, self.fingerprint) if self.checkpoint else None
        if found is None or self.history:
            return
        if len(found["history"]) > stages:
            log.info("checkpoint %s has gone on to dimers; starting afresh", self.checkpoint)
            return
        self._take_over(found)

    def load(self, path: Path) -> None:
        """Take the state of `path` over, however far it has gone; ValueError if it is not of this fit."""
        found = load_checkpoint(path, self.fingerprint) if path.exists() else None
        if found is None:
            raise ValueError(f"{path}: is not of this model and data; delete it and run the stage again")
        self._take_over(found)

    def _take_over(self, found: dict[str, Any]) -> None:
        state.load(self.model, found["model"])
        for experiment, flags in zip(self.model, found["active"]):
            experiment.active = list(flags)
        for parameter, trained in zip(self.model.parameters(), found["trained"]):
            parameter.requires_grad_(trained)
        self.tables = [t.with_flank_lengths(*f) for t, f in zip(self.tables, found["flanks"])]
        self._load_data()
        self.history = found["history"]
        self.compositions = [c and Composition(*c) for c in found["compositions"]]
