"""Several models' mean prediction, batch by batch: memory goes with the batch, not with the number of windows."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.files.progress import Progress
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.predict import average_parts, model_parts, predict_codes
from cisgrammar.profile.predictions import Predictions
from cisgrammar.profile.stream.windows import Cover, padded_codes
from cisgrammar.sequence.fasta import Genome
from cisgrammar.training.device import describe, pick_device
from cisgrammar.training.lanes import map_in_lanes, model_lanes

log = logging.getLogger(__name__)

WHOLE = "model"
"""The part that is the whole model, of whatever kind."""

Batch = tuple[Cover, dict[str, Predictions]]


def check_alike(models: Sequence[ProfileModel], names: Sequence[str | Path]) -> None:
    """ValueError unless models can be averaged: the same heads, tasks and output length."""
    if not models:
        raise ValueError("no model to predict with; give at least one")
    kinds = [([(head.name, head.tasks) for head in model.heads], model.output_length) for model in models]
    for name, kind, model in zip(names, kinds, models, strict=True):
        if (model.input_length - models[0].input_length) % 2:
            raise ValueError(
                f"{name}: reads {model.input_length} bp, {names[0]} {models[0].input_length}: they have no common "
                "centre; give each its own set"
            )
        if kind != kinds[0]:
            raise ValueError(
                f"{name}: heads (with tasks) {kind[0]} of {kind[1]} bp, but {names[0]} has {kinds[0][0]} of "
                f"{kinds[0][1]} bp; only models with the same are averaged, so give each kind its own set"
            )


def parts_of(model: ProfileModel, codes: NDArray[np.uint8], device: torch.device) -> dict[str, Predictions]:
    """Predict a batch with all parts of a model from both strands; the whole is called `model`.

    `codes` are `(batch, length)`, at least as long as the model's input and longer by an even number.
    """
    predicted = predict_codes(model_parts(model), model.heads, codes, device)
    whole = next(iter(predicted))
    return {WHOLE: predicted[whole], **{part: found for part, found in predicted.items() if part != "combined"}}


def mean_of(models: Sequence[ProfileModel], codes: NDArray[np.uint8], device: torch.device) -> dict[str, Predictions]:
    """Predict a batch with several models and average the parts that all have: ln shares, normalised, and ln counts."""
    if len(models) == 1:
        return parts_of(models[0], codes, device)
    found = [parts_of(model, codes, device) for model in models]
    shared = [part for part in found[0] if all(part in parts for parts in found)]
    return average_parts({part: parts[part] for part in shared} for parts in found)


def predict_cover(
    models: Sequence[ProfileModel],
    genome: Genome,
    windows: Cover,
    batch_size: int | None = None,
    device: str | torch.device = "cpu",
) -> Iterator[Batch]:
    """Yield windows and their mean prediction, batch by batch, in the order of the windows.

    Parameters
    ----------
    models
        Of the same heads and output length (`check_alike`); each reads as far as it needs.
    genome
        The sequences, in memory or as a memory map.
    windows
        From `cover`, of the models' output length.
    batch_size
        Windows at once in each thread; None for 16 on a CPU and 256 on a GPU.
    device
        `cpu` or `cuda`.
    """
    device = pick_device(device)
    moved = torch.nn.ModuleList([model.to(device).eval() for model in models])
    length, output = max(model.input_length for model in models), models[0].output_length
    flank = (length - output) // 2
    batch_size = batch_size or (256 if device.type == "cuda" else 16)
    progress = Progress(f"predict with {len(models)} models ({describe(device, 'fp32')})", len(windows))

    def predict(lane: torch.nn.ModuleList, batch: Cover) -> Batch:
        codes = padded_codes(genome, batch, flank, length)
        return batch, mean_of(list(lane), codes, device)  # type: ignore[arg-type]

    batches = (windows.take(slice(i, i + batch_size)) for i in range(0, len(windows), batch_size))
    for batch, predicted in map_in_lanes(predict, model_lanes(moved), batches):
        progress.add(len(batch))
        yield batch, predicted
    log.info("%s", progress.line())
