"""The one training loop: every model of the project that learns by gradient steps goes through it."""

from __future__ import annotations

import itertools
import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cisgrammar.config.training import Training
from cisgrammar.files.progress import Progress
from cisgrammar.training.checkpoint import StopRequest, load_checkpoint, save_checkpoint
from cisgrammar.training.device import autocast, describe, pick_device
from cisgrammar.training.history import History
from cisgrammar.training.objective import Objective
from cisgrammar.training.schedule import MIN_GAIN, learning_rate, plateau, should_stop

log = logging.getLogger(__name__)

CHECKPOINT_SECONDS = 300.0
DIVERGED = 1000.0
"""A part of the loss this many times that of the first step (or of 1, if that is smaller) has diverged.

Judgement: a network starts at the mean of its data, where a part is at most a few times what it is after training.
"""


@dataclass
class Run:
    """All that changes while a model trains."""

    epoch: int = 0
    step: int = 0
    cuts: int = 0
    last_cut: int = -1
    best_epoch: int = -1
    sums: dict[str, float] = field(default_factory=dict)
    first: dict[str, float] = field(default_factory=dict)
    history: History = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)
    average: dict[str, Tensor] = field(default_factory=dict)


def fit(objective: Objective, settings: Training, checkpoint: Path | None = None, fingerprint: str = "") -> History:
    """Train `objective.model` in place and leave the best epoch's weights in it.

    Parameters
    ----------
    objective
        Model, data and loss.
    settings
        Epochs, learning rate, patience, precision, device.
    checkpoint
        File for the state, written before and after each validation, every five minutes, and at SIGTERM or
        Ctrl-C; a run that finds it goes on from there, and ends with the weights that an uninterrupted one would
        have. Removed by nobody: the caller removes it when its own outputs are written.
    fingerprint
        Names data and settings; a checkpoint with another one is not used.

    Returns
    -------
    History
        One row per epoch: `epoch`, `learning_rate` (at its end), `train_<part>`, `validation_<part>`, `kept` (1 for
        the epoch whose weights were kept).

    Raises
    ------
    ValueError
        If a part of the loss, of a step or of a validation, is not finite or has diverged (`DIVERGED`).
    """
    device = pick_device(settings.device, settings.precision)
    objective.model.to(device)
    trainable = [p for p in objective.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(
        trainable, lr=settings.learning_rate, weight_decay=settings.weight_decay, fused=True, eps=1e-7
    )
    run = Run()
    saved = load_checkpoint(checkpoint, fingerprint) if checkpoint else None
    if saved is not None:
        _restore(saved, run, objective, optimizer)
        log.info("resuming at epoch %d, step %d", run.epoch + 1, run.step)
    # After the checkpoint is read, since it waits for all processes: none of them can write another one before.
    objective.network = objective.team.spread(objective.model)
    size, team = sum(p.numel() for p in trainable), f" in each of {objective.team.size} processes"
    where = describe(device, settings.precision) + team * (objective.team.size > 1)
    log.info("training on %s: %d trainable parameters", where, size)

    def save() -> None:
        if checkpoint is not None and objective.team.leads:
            save_checkpoint(checkpoint, _snapshot(run, objective, optimizer, fingerprint))

    steps = objective.steps()
    progress = Progress(where, settings.epochs * steps - (run.epoch * steps + run.step), "steps")
    with StopRequest() as stop:
        while run.epoch < settings.epochs and not should_stop(run.epoch - 1 - run.best_epoch, settings):
            _epoch(objective, settings, optimizer, run, (stop, save, progress))
            save()
    objective.model.load_state_dict({**objective.model.state_dict(), **run.best})
    _log_end(run, settings)
    return [{**row, "kept": float(i == run.best_epoch)} for i, row in enumerate(run.history)]


def _epoch(
    objective: Objective,
    settings: Training,
    optimizer: torch.optim.Optimizer,
    run: Run,
    around: tuple[StopRequest, Callable[[], None], Progress],
) -> None:
    """The rest of an epoch, from `run.step` on; the time left is that of all epochs, without an early end."""
    device, (stop, save, progress) = next(objective.model.parameters()).device, around
    progress.what = f"epoch {run.epoch + 1}/{settings.epochs} on {describe(device, settings.precision)}"
    start = saved_at = time.monotonic()
    examples = 0
    objective.model.train()
    for batch in itertools.islice(objective.batches(run.epoch), run.step, None):
        for group in optimizer.param_groups:
            group["lr"] = _rate(objective, settings, run)
        for name, value in _step(objective, settings, optimizer, run, batch, device).items():
            run.sums[name] = run.sums.get(name, 0.0) + value
        run.step += 1
        done = run.epoch * objective.steps() + run.step
        # Early on the average is over few steps, so that the random start is soon forgotten.
        _track_average(objective.model, run, min(settings.average, done / (done + 10)))
        examples += batch.size * objective.team.size
        progress.add(1)
        if objective.team.any(stop.asked is not None):
            save()
            log.info("saved at epoch %d, step %d", run.epoch + 1, run.step)
            stop.stop()
        if time.monotonic() - saved_at > CHECKPOINT_SECONDS:
            save()
            saved_at = time.monotonic()
    # Validation can outlast the seconds between SIGTERM and SIGKILL, so that the state is saved before it.
    save()
    with stop.at_once():
        validated = _validate(objective, run, settings)
    _end_epoch(objective, settings, run, validated, examples / max(time.monotonic() - start, 1e-9))


def _rate(objective: Objective, settings: Training, run: Run) -> float:
    steps = objective.steps()
    return learning_rate(settings, run.cuts, (run.epoch * steps + run.step) / (settings.epochs * steps))


def _step(
    objective: Objective, settings: Training, optimizer: Any, run: Run, batch: Any, device: torch.device
) -> dict[str, float]:
    with autocast(device, settings.precision):
        parts = objective.loss(batch)
    # Shares of the loss add up over the processes, where gradients are averaged.
    (parts["loss"] * objective.team.size).backward()
    values = objective.team.total(torch.stack([v.detach().double() for v in parts.values()])).tolist()
    named = dict(zip(parts, values, strict=True))
    run.first = run.first or named
    _require_sound(named, run, settings, "training")
    if settings.gradient_clip is not None:
        nn.utils.clip_grad_norm_(objective.model.parameters(), settings.gradient_clip)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return named


def _require_sound(parts: dict[str, float], run: Run, settings: Training, where: str) -> None:
    """ValueError if a part of the loss is not finite, or has grown beyond what it was in the first step."""
    cure = f"lower training.learning_rate (now {settings.learning_rate:g}) or set training.gradient_clip"
    for name, value in parts.items():
        place = f"epoch {run.epoch + 1}, {where}"
        if not math.isfinite(value):
            raise ValueError(f"{place}: the loss is no longer a finite number ({name} is {value}); {cure}")
        first = run.first.get(name, math.inf)
        if abs(value) > DIVERGED * max(abs(first), 1.0):
            raise ValueError(f"{place}: {name} has grown from {first:.4g} in the first step to {value:.4g}; {cure}")


def _end_epoch(
    objective: Objective,
    settings: Training,
    run: Run,
    validated: tuple[dict[str, float], dict[str, Tensor]],
    speed: float,
) -> None:
    """The epoch's row of the history, whether its weights are the best so far, and what follows for the next."""
    validation, kept = validated
    watched = objective.watched(validation)
    _require_sound({**validation, "loss": watched}, run, settings, "validation")
    training = {name: value / run.step for name, value in run.sums.items()}
    run.history.append(
        {
            "epoch": run.epoch + 1.0,
            "learning_rate": _rate(objective, settings, run),
            **{f"train_{name}": value for name, value in training.items()},
            **{f"validation_{name}": value for name, value in validation.items()},
            "validation_loss": watched,
            **{name: value for name, value in objective.state().items() if isinstance(value, float)},
        }
    )
    objective.end_epoch(training, validation, run.epoch)
    best = run.history[run.best_epoch] if run.best_epoch >= 0 else None
    # The best epoch is weighed anew: the loss's weights may have changed since.
    if best is None or objective.watched(validation) < objective.watched(_validation(best)) - MIN_GAIN:
        run.best_epoch, run.best = run.epoch, kept
    mark = " *" if run.best_epoch == run.epoch else ""
    log.info("epoch %d: %s, %.0f windows/s%s", run.epoch + 1, _format(run.history[-1]), speed, mark)
    if plateau(run.epoch - run.best_epoch, run.epoch - run.last_cut, settings):
        run.cuts, run.last_cut = run.cuts + 1, run.epoch
    run.epoch, run.step, run.sums = run.epoch + 1, 0, {}


def _validate(objective: Objective, run: Run, settings: Training) -> tuple[dict[str, float], dict[str, Tensor]]:
    """Held-out parts of the loss, and the weights that gave them: the averaged ones, where there are such."""
    model = objective.model
    own = _trained(model)
    weights = {name: value.clone() for name, value in run.average.items()} if settings.average else own
    model.load_state_dict({**model.state_dict(), **weights})
    model.eval()
    with torch.inference_mode():
        validation = objective.validate()
    model.load_state_dict({**model.state_dict(), **own})
    return validation, weights


def _learned(model: nn.Module) -> dict[str, Tensor]:
    """The parameters that train, and the buffers that follow them (running means); what is frozen needs no copy."""
    kept = model.state_dict()
    parameters = {name: p.detach() for name, p in model.named_parameters() if p.requires_grad}
    return parameters | {name: b for name, b in model.named_buffers() if name in kept}


def _trained(model: nn.Module) -> dict[str, Tensor]:
    """Copies of all that training changes."""
    return {name: value.clone() for name, value in _learned(model).items()}


def _track_average(model: nn.Module, run: Run, decay: float) -> None:
    if not decay:
        return
    for name, value in _learned(model).items():
        if name not in run.average or not value.is_floating_point():
            run.average[name] = value.clone()
        else:
            run.average[name].lerp_(value, 1 - decay)


def _validation(row: dict[str, float]) -> dict[str, float]:
    return {k.removeprefix("validation_"): v for k, v in row.items() if k.startswith("validation_")}


def _format(row: dict[str, float]) -> str:
    return ", ".join(f"{k} {v:.5g}" for k, v in row.items() if k != "epoch")


def _snapshot(run: Run, objective: Objective, optimizer: Any, fingerprint: str) -> dict[str, Any]:
    return {
        "fingerprint": fingerprint,
        "run": vars(run),
        "model": _trained(objective.model),
        "optimizer": optimizer.state_dict(),
        "objective": objective.state(),
    }


def _restore(saved: dict[str, Any], run: Run, objective: Objective, optimizer: Any) -> None:
    vars(run).update(saved["run"])
    device = next(objective.model.parameters()).device
    run.average = {k: v.to(device) for k, v in run.average.items()}
    objective.model.load_state_dict({**objective.model.state_dict(), **saved["model"]})
    optimizer.load_state_dict(saved["optimizer"])
    objective.load_state(saved["objective"])


def _log_end(run: Run, settings: Training) -> None:
    """Say which epoch was kept, and which part of the loss turned first."""
    parts = [k for k in run.history[0] if k.startswith("validation_") and k != "validation_loss"]
    turned = ", ".join(
        f"{k} was best in epoch {1 + min(range(len(run.history)), key=lambda i: run.history[i][k])}" for k in parts
    )
    why = (
        "all epochs done" if run.epoch >= settings.epochs else f"no gain for {settings.early_stopping_patience} epochs"
    )
    log.info("%s; kept epoch %d of %d (%s)", why, run.best_epoch + 1, len(run.history), turned)
