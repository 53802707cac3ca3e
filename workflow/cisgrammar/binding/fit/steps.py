"""What each step of a sequential fit does to the model; every one returns the loss that it ends with."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.binding.fit import activation, registers, starts, update, wide_motif
from cisgrammar.binding.fit.fit_state import FitState
from cisgrammar.binding.fit.optimise import Effort
from cisgrammar.binding.fit.procedure import Stage, StageKind
from cisgrammar.binding.fit.refine import Refinement
from cisgrammar.binding.layers import state
from cisgrammar.binding.layers.cooperativity import Cooperativity

log = logging.getLogger(__name__)
# All in nats per count.
# Loss above the best within which a start is looked at more closely.
_NEAR_START_NATS = 4e-3
# Difference of the losses of two starts that have come to the same matrix.
_SAME_START_NATS = 5e-5
# Fall of the loss below which no motif has been found.
_NO_MOTIF_NATS = 1e-3

Matrix = NDArray[np.float64]
Run = Callable[[FitState, Stage, np.random.Generator], float]


def activate(fit: FitState, stage: Stage, rng: np.random.Generator) -> float:
    """Switch the stage's bindings on, with all that was fitted before held fast but depths and activities."""
    fit.model.requires_grad_(False)
    for number, experiment in enumerate(fit.model):
        for index in stage.members(number):
            experiment.activate(index)
        experiment.unfreeze("depth")
        experiment.unfreeze("activity")
    if stage.has_matrix(fit.model):
        return fit.loss(fit.small)
    if stage.has_dimer(fit.model):
        for number, (experiment, data) in enumerate(zip(fit.model, fit.tiny, strict=True)):
            for index in stage.members(number):
                activation.set_share(experiment, index, data, chunk=fit.settings.chunk)
    return fit.polish(fit.model, Effort(30, 1e-6))


def start(fit: FitState, stage: Stage, rng: np.random.Generator) -> float:
    """Fit the subset from k-mers and from random values for a while, go on with the best.

    First on top of what has been found; if that explains nothing more and the mode is part of a dimer, then
    in place of it: reads that bind as a dimer are explained by its first half already.
    """
    stage.psam(fit.model).unfreeze("monomer")
    if not stage.psam(fit.model).seed.pattern:
        before = fit.loss(fit.tiny)
        gain = _compare(fit, stage, _starting_points(fit, stage, rng), before)
        if gain < _NO_MOTIF_NATS and stage.in_dimer(fit.model):
            flags = fit.active
            starts.alone(fit.model, stage)
            _compare(fit, stage, _starting_points(fit, stage, rng, alone=True), before)
            fit.active = flags
    return fit.polish(fit.model, Effort(60, 2e-7))


def _starting_points(fit: FitState, stage: Stage, rng: np.random.Generator, alone: bool = False) -> list[Matrix]:
    settings = fit.settings
    return starts.starting_points(fit.model, stage, fit.small, settings.search, rng, settings.chunk, alone)


def _compare(fit: FitState, stage: Stage, matrices: list[Matrix], before: float) -> float:
    """Fit from each matrix on few reads, from the better half further, from the best on more reads.

    Keeps the best and returns what it gained on few reads.
    """
    psam = stage.psam(fit.model)
    trials = []
    for matrix in matrices:
        psam.betas.data = torch.as_tensor(matrix).to(psam.betas)
        trials.append(fit.copied_model())
    for iterations, near in ((12, np.inf), (20, _NEAR_START_NATS)):
        losses = np.array([fit.search(trial, iterations, 1e-6, fit.tiny) for trial in trials])
        log.info("%s: %s", stage.name, losses.round(5).tolist())
        trials = [trials[i] for i in starts.better_half(losses, near, _SAME_START_NATS)]
    finals = [fit.polish(trial, Effort(40, 1e-6)) for trial in trials]
    fit.take(trials[int(np.argmin(finals))])
    return before - float(losses.min())


def shift(fit: FitState, stage: Stage, rng: np.random.Generator) -> float:
    """Move the matrix by up to `search.shift` positions while that lowers the loss."""
    return registers.move_motif(fit, stage, fit.settings.search.shift)


def extend(fit: FitState, stage: Stage, rng: np.random.Generator) -> float:
    """Add a position on both sides while that lowers the loss and the ends hold information."""
    search, best = fit.settings.search, fit.search(fit.model)
    while True:
        psam = stage.psam(fit.model)
        ends = psam.information()[[0, -1]]
        if psam.kernel_size + 2 > search.max_kernel_size or float(ends.min()) < search.information_threshold:
            return best
        before = psam.free_values
        trial = fit.copied_model()
        update.update_footprint(trial, stage.psam(trial), 1, 1)
        loss = fit.search(trial)
        # As many nats as parameters is what chance gives at most times, however few the reads.
        chance = (stage.psam(trial).free_values - before) / sum(d.total for d in fit.small)
        if loss >= best - max(search.threshold, chance):
            return best
        fit.take(trial)
        best = loss


def flank(fit: FitState, stage: Stage, rng: np.random.Generator) -> float:
    """Score one more base of flank on both sides while that lowers the loss."""
    search, best = fit.settings.search, fit.search(fit.model)
    for _ in range(search.flank):
        before, tables = fit.copied_model(), fit.tables
        for experiment in fit.model:
            update.update_flanks(experiment, 1, 1)
        fit.take_tables([t.with_more_flank() for t in tables])
        loss = fit.search(fit.model)
        if loss >= best - search.threshold:
            fit.take(before)
            fit.take_tables(tables)
            break
        best = loss
    return best


def fit_parameters(fit: FitState, stage: Stage, rng: np.random.Generator) -> float:
    """Unfreeze what the stage is about and fit: to the subset, and to all reads if it is the last of its part."""
    loss, trained = float("nan"), state.trained(fit.model)
    stage.unfreeze(fit.model)
    if state.trained(fit.model) > trained or not stage.last:
        # What has been held fast so far may have a long way to go, which few reads show as well.
        loss = fit.search(fit.model, 60, 1e-6)
    if stage.parameter == "spacing" and fit.settings.search.shift:
        _from_wide_motif(fit, stage, rng)
        loss = registers.move_pair(fit, stage, fit.settings.search.shift)
    effort = fit.settings.effort
    if not all(all(flags) for flags in fit.active):
        # Without the dimers to come the model is wrong, and its valley long and flat.
        effort = replace(effort, tolerance=max(effort.tolerance, 5e-7))
    return fit.polish(fit.model, effort, fit.data) if stage.last else loss


def _from_wide_motif(fit: FitState, stage: Stage, rng: np.random.Generator) -> None:
    """Start a pair anew from both ends of one wide motif, if that leads further: see `wide_motif`."""
    dimers = {e: fit.model[e].bindings[b] for e, b in stage.places}
    pairs = [one if isinstance(one := dimers.get(e), Cooperativity) else None for e in range(len(fit.model))]
    model = wide_motif.wide_model(fit.model, pairs, fit.settings.seed)
    if model is None:
        return
    few = replace(fit.settings, subset=fit.settings.subset // 2, initial_library="free")
    wide = FitState(list(model), fit.tables, few, fit.device)
    places = tuple((e, 0) for e in range(len(model)))
    activate(wide, Stage("activate", "", places), rng)
    motif = Stage("start", "", tuple((e, 1) for e in range(len(model))))
    activate(wide, motif, rng)
    start(wide, motif, rng)
    shift(wide, motif, rng)
    for experiment in fit.model:
        experiment.unfreeze("all")
    trial, first = fit.copied_model(), pairs[0]
    assert first is not None  # `wide_model` has looked at all of them
    halves = wide_motif.cut(motif.psam(wide.model), first)
    wide_motif.put(trial, stage.places, halves, fit.tiny, fit.settings.chunk)
    losses = [fit.search(one, 60, 1e-6, fit.tiny) for one in (fit.model, trial)]
    log.info("%s: %.6f, from a wide motif %.6f", stage.name, *losses)
    fit.scored += wide.scored
    if losses[1] < losses[0]:
        fit.take(trial)


def refine(fit: FitState, stage: Stage, rng: np.random.Generator) -> float:
    """Take the reads as draws from their initial library, where that holds: see `refine.Refinement`."""
    settings = fit.settings
    step = Refinement(fit.model, fit.tables, fit.data, fit.tiny, settings.penalty, settings.effort, settings.chunk)
    loss, fit.compositions = step.run()
    fit.drift = step.drift
    fit.scored += step.scored
    return loss


STEPS: dict[StageKind, Run] = {
    "activate": activate,
    "start": start,
    "shift": shift,
    "extend": extend,
    "flank": flank,
    "fit": fit_parameters,
    "library": refine,
}
