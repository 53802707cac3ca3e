"""Registers of matrices: moved along the site while that lowers the loss, alone or as halves of a pair."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch

from cisgrammar.binding.fit import update
from cisgrammar.binding.fit.fit_state import FitState
from cisgrammar.binding.fit.optimise import Effort
from cisgrammar.binding.fit.procedure import Stage
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Model
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.likelihood.likelihood import Data
from cisgrammar.binding.likelihood.spaced import entries, log_omega

log = logging.getLogger(__name__)
# All in nats per count. Loss above the best within which another register is looked at more closely; of a pair, whose
# spacing has to follow first, after a longer search.
_NEAR_NATS = 4e-3
_NEAR_PAIR_NATS = 2e-2
_SAME_NATS = 1e-6

# Moves what is searched, in a copy of the model, by a number of positions.
Move = Callable[[Model, int], None]


def move_motif(fit: FitState, stage: Stage, reach: int) -> float:
    """Move the matrix of a stage by up to `reach` positions at a time while that lowers the loss; return the loss.

    Moves that come near the present register on few reads are decided on all reads: neighbouring registers
    may differ by less than chance makes of a subset.
    """

    def moved(model: Model, step: int) -> None:
        update.move(model, stage.psam(model), step)

    return _Search(fit, stage.name, moved, 8, _NEAR_NATS).run(reach)


def move_pair(fit: FitState, stage: Stage, reach: int) -> float:
    """Move each matrix of a dimer, with its spacing, while that lowers the loss of the whole; return the loss.

    A matrix that was moved while it stood alone may have come to lie over the middle of a site of both, where it
    explains most on its own; beside its partner it explains more where its own site is. Where the two lie side by side
    neither has room to move alone, so both are moved together too. Everything that is active is fitted with each
    move. A palindrome stays where it is.
    """
    for experiment in fit.model:
        experiment.unfreeze("all")
    loss = fit.search(fit.model, 40, 1e-6, fit.tiny)
    first, second = (_half(stage, fit.model, half) for half in (0, 1))
    moves = {f"half {half + 1}": partial(_move_half, stage, half) for half in range(1 + (first is not second))}
    moves = {name: moves[name] for name, psam in zip(moves, (first, second), strict=False) if not psam.palindrome}
    if len(moves) == 2:
        moves["both halves"] = partial(move_both, stage)
    for name, move in moves.items():
        loss = _Search(fit, f"{stage.name}, {name}", move, 20, _NEAR_PAIR_NATS).run(reach)
    return loss


def _dimer(stage: Stage, model: Model) -> Cooperativity:
    (first, *_) = stage.bindings(model)
    if not isinstance(first, Cooperativity):
        raise ValueError(f"{stage.name} is about no pair, and so about no two matrices")
    return first


def _half(stage: Stage, model: Model, half: int) -> PSAM:
    return _dimer(stage, model).spacing.psams[half]


def _move_half(stage: Stage, half: int, model: Model, step: int) -> None:
    update.move(model, _half(stage, model, half), step)


def move_both(stage: Stage, model: Model, step: int) -> None:
    """Move both matrices to the left by `step` positions along a site of both, as their best placement has it."""
    dimer = _dimer(stage, model)
    placements = entries(dimer)
    best = placements[int(np.argmax(log_omega(dimer, placements)))]
    first, second = dimer.spacing.psams
    update.move(model, first, step)
    update.move(model, second, step if best.strands == "same" else -step)


class _Search:
    """Moves of one matrix, or of two: how long a move is fitted, and when it is near enough for more."""

    def __init__(self, fit: FitState, name: str, move: Move, iterations: int, near: float) -> None:
        self.fit, self.name, self.move = fit, name, move
        self.iterations, self.near = iterations, near

    def run(self, reach: int) -> float:
        fit = self.fit
        best, steps = self._move([s for n in range(1, reach + 1) for s in (n, -n)], fit.tiny)
        if steps and len(fit.tiny[0]) < len(fit.data[0]):
            best, _ = self._move(steps, fit.data)
        return best

    def _move(self, steps: list[int], data: Sequence[Data]) -> tuple[float, list[int]]:
        """Move while that lowers the loss of `data`; return the loss, and the moves that came near it."""
        fit, effort, back = self.fit, Effort(15, 1e-6), list[int]()
        best = fit.polish(fit.model, effort, data)
        while True:
            trials = {step: self._moved(step) for step in steps}
            losses = dict.fromkeys(steps, best)
            if data is fit.tiny:
                losses = {step: fit.search(trial, self.iterations, data=data) for step, trial in trials.items()}
            close = [step for step in steps if losses[step] < best + self.near]
            losses |= {step: fit.polish(trials[step], effort, data) for step in close}
            log.info("%s: %s", self.name, {step: round(loss - best, 6) for step, loss in losses.items()})
            moved = min(losses, key=losses.__getitem__)
            if losses[moved] >= best - _SAME_NATS:
                return best, back + [step for step in steps if losses[step] < best + _NEAR_NATS / 4]
            back = [-moved] if losses[moved] > best - _NEAR_NATS / 4 else []
            best = losses[moved]
            fit.take(trials[moved])
            # The way back has been tried already.
            steps = [1 if moved > 0 else -1]

    def _moved(self, step: int) -> Model:
        trial = self.fit.copied_model()
        with torch.no_grad():
            self.move(trial, step)
        return trial
