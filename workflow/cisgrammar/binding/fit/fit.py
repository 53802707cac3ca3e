"""The sequential fit: one stage after the other, each tried again if it fails, and saved when it is done."""

from __future__ import annotations

import copy
import logging
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from cisgrammar.binding.fit.fit_state import FitState
from cisgrammar.binding.fit.optimise import FitFailed
from cisgrammar.binding.fit.procedure import Stage, procedure
from cisgrammar.binding.fit.settings import FitSettings
from cisgrammar.binding.fit.steps import STEPS
from cisgrammar.binding.layers import state
from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.likelihood.composition import Composition
from cisgrammar.binding.likelihood.likelihood import Data
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.files.progress import counted, format_seconds
from cisgrammar.training.checkpoint import load_checkpoint, save_checkpoint

log = logging.getLogger(__name__)


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

    def __init__(
        self,
        experiments: Sequence[Experiment],
        tables: Sequence[CountTable],
        settings: FitSettings | None = None,
        checkpoint: Path | None = None,
        fingerprint: str = "",
        device: torch.device | str = "cpu",
    ) -> None:
        if len(experiments) != len(tables) or not experiments:
            raise ValueError(f"{len(experiments)} experiments for {len(tables)} tables; wanted one for each")
        self.settings = settings or FitSettings()
        self.checkpoint = checkpoint
        self.fingerprint = fingerprint
        self.device = device
        self.state = FitState(experiments, tables, self.settings, device)

    @property
    def model(self) -> Model:
        """The experiments as they stand."""
        return self.state.model

    @property
    def tables(self) -> list[CountTable]:
        """The reads of each library, with the flanks that are scored now."""
        return self.state.tables

    @property
    def data(self) -> list[Data]:
        """The same, as they are scored."""
        return self.state.data

    @property
    def compositions(self) -> list[Composition | None]:
        """Composition of each initial library from which the reads were taken as draws; None where they were not."""
        return self.state.compositions

    @property
    def history(self) -> list[dict[str, Any]]:
        """Stage and loss of each stage that is done."""
        return self.state.history

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
        done = len(self.history)
        left = counted(list(enumerate(stages))[done:], f"fit on {self.device}", "steps of the fit")
        for number, stage in left:
            start, self.state.scored = time.monotonic(), 0
            loss = self._attempt(stage, number)
            self.history.append({"stage": stage.name, "loss": loss})
            took = time.monotonic() - start
            rate = f"{self.state.scored / took:,.0f} reads/s on {self.device}, {format_seconds(took)}"
            log.info("%d/%d %s: loss %.6f, %s", number + 1, len(stages), stage.name, loss, rate)
            self._save()
        return self.history[-1]["loss"]

    def _attempt(self, stage: Stage, number: int) -> float:
        """Run a stage; if it fails, again from a slightly moved start."""
        before, active = copy.deepcopy(self.model.state_dict()), self.state.active
        for attempt in range(self.settings.retries + 1):
            try:
                rng = np.random.default_rng([self.settings.seed, number + 1])
                return STEPS[stage.kind](self.state, stage, rng)
            except FitFailed as error:
                log.warning("%s: %s; attempt %d", stage.name, error, attempt + 1)
                state.load(self.model, before)
                self.state.active = active
                state.jitter(self.model, np.random.default_rng([self.settings.seed, number, attempt]))
        raise FitFailed(f"{stage.name}: failed {self.settings.retries + 1} times; lower the rate of change: raise l2")

    def _save(self) -> None:
        if self.checkpoint is not None:
            save_checkpoint(self.checkpoint, {"fingerprint": self.fingerprint, **self.state.content()})

    def _resume(self, stages: int) -> None:
        """Load the checkpoint, if there is one of this fit that has not gone further than the stages wanted."""
        found = load_checkpoint(self.checkpoint, self.fingerprint) if self.checkpoint else None
        if found is None or self.history:
            return
        if len(found["history"]) > stages:
            log.info("checkpoint %s has gone on to dimers; starting afresh", self.checkpoint)
            return
        self.state.restore(found)

    def load(self, path: Path) -> None:
        """Take the state of `path` over, however far it has gone; ValueError if it is not of this fit."""
        found = load_checkpoint(path, self.fingerprint) if path.exists() else None
        if found is None:
            raise ValueError(f"{path}: is not of this model and data; delete it and run the stage again")
        self.state.restore(found)
