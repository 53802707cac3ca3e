"""Predict the profiles and counts of windows, from both strands, part by part of a model."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cisgrammar.files.progress import Progress
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.controlled import ControlledModel, Controls
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.models.solo import crop_to
from cisgrammar.profile.models.transformation import TransformationModel
from cisgrammar.profile.predictions import WHOLE, Predictions
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.signal.store import Signal, cut_codes, cut_counts
from cisgrammar.training.device import describe, pick_device
from cisgrammar.training.lanes import map_in_lanes, model_lanes

log = logging.getLogger(__name__)

Outputs = tuple[Tensor, ...]
Parts = Callable[..., dict[str, Outputs]]
"""One-hot sequences, and the control of each head or None, to the outputs of each part."""


def model_parts(model: ProfileModel, alone: str = "bias") -> Parts:
    """Return a function that runs a model once and gives the outputs of all its parts.

    A combined model has the parts `combined`, `residual`, `transformation` (the transformed bias) and `bias` (the
    solo model); a transformation has the last two, a solo model one, called `alone`. Sequences are cropped as each part
    needs. With a control the whole has it, and `residual` is the sequence alone.
    """
    if isinstance(model, ControlledModel):
        inside = model_parts(model.inner, "residual")

        def run_controlled(x: Tensor, control: Controls | None = None) -> dict[str, Outputs]:
            parts = inside(x)
            whole = model.add(parts.get(WHOLE, parts["residual"]), control)
            return {WHOLE: whole, **{name: part for name, part in parts.items() if name != WHOLE}}

        return run_controlled
    if isinstance(model, CombinedModel):
        inner = model_parts(model.transformation)

        def run(x: Tensor, control: Controls | None = None) -> dict[str, Outputs]:
            x = crop_to(x, model.input_length)
            parts = inner(x)
            bias = parts.get("transformation", parts["bias"])
            residual = model.residual(x)
            return {"combined": model.combine(bias, residual), "residual": residual, **parts}

        return run
    if isinstance(model, TransformationModel):

        def run_transformation(x: Tensor, control: Controls | None = None) -> dict[str, Outputs]:
            solo = model.solo(crop_to(x, model.input_length))
            return {"transformation": model.transform(solo), "bias": solo}

        return run_transformation
    return lambda x, control=None: {alone: model(crop_to(x, model.input_length))}


def joint_log_softmax(logits: Tensor) -> Tensor:
    """Log probabilities over tasks and positions together; `(batch, tasks, length)`."""
    return torch.log_softmax(logits.flatten(1), dim=1).view_as(logits)


def average_strands(forward: Tensor, backward: Tensor, head: Head) -> Tensor:
    """Average the log probabilities of a window and of its reverse complement, and normalise them again.

    `backward` is as predicted, `(batch, tasks, length)`: it is reversed here, and its tasks put in the order that
    they have on the other strand.
    """
    reversed_ = backward.flip(2)[:, head.task_order_on_other_strand()]
    return joint_log_softmax((forward + reversed_) / 2)


def predict_codes(
    parts: Parts,
    heads: Sequence[Head],
    codes: NDArray[np.uint8],
    device: torch.device,
    both_strands: bool = True,
    control: Sequence[NDArray] | None = None,
) -> dict[str, Predictions]:
    """Predict one batch.

    Parameters
    ----------
    parts
        As `model_parts` returns.
    heads
        The model's heads.
    codes
        `(batch, input_length)`.
    device
        Where the model is.
    both_strands
        Average the predictions for the sequence and its reverse complement: log probabilities and log counts.
    control
        Of each head, `(batch, control_tasks, output_length + 2 flank)`; None for a flat one, or a model without.

    Returns
    -------
    dict
        Part -> `Predictions`.
    """
    with torch.inference_mode():
        x = one_hot(torch.from_numpy(codes).to(device))  # (batch, 4, input_length)
        beside = None if control is None else [torch.from_numpy(c.astype(np.float32)).to(device) for c in control]
        forward = parts(x, beside)
        # Complementing A C G T is reversing the rows; + and - of a control change places too.
        turned = None if beside is None else [c.flip(1, 2) for c in beside]
        backward = parts(x.flip(1, 2), turned) if both_strands else {}
        return {name: _as_predictions(outputs, heads, backward.get(name)) for name, outputs in forward.items()}


def _as_predictions(forward: Outputs, heads: Sequence[Head], backward: Outputs | None) -> Predictions:
    log_probabilities, log_counts = {}, {}
    for i, head in enumerate(heads):
        profile = joint_log_softmax(forward[i].float())
        counts = forward[len(heads) + i].float().squeeze(1)  # (batch,)
        if backward is not None:
            profile = average_strands(profile, joint_log_softmax(backward[i].float()), head)
            counts = (counts + backward[len(heads) + i].float().squeeze(1)) / 2
        log_probabilities[head.name] = profile.cpu().numpy()
        log_counts[head.name] = counts.cpu().numpy()
    return Predictions(log_probabilities, log_counts)


def iter_parts(
    models: Sequence[ProfileModel],
    codes: NDArray[np.uint8],
    starts: NDArray[np.integer],
    batch_size: int | None = None,
    device: str | torch.device = "cpu",
    both_strands: bool = True,
    alone: str = "bias",
    control: Signal | None = None,
) -> Iterator[dict[str, Predictions]]:
    """Predict windows with each part of some models of the same kind, and yield their mean batch by batch.

    Parameters
    ----------
    models
        Solo, transformation or combined models; they are moved to `device` and put in eval mode. Parts of several are
        averaged as by `average_parts`.
    codes
        The genome's codes, `(bases,)`, or a memory map of them.
    starts
        `(windows,)`: where the *output* windows begin, as indices into `codes`. The sequence around them that
        the models read must be inside of `codes`.
    batch_size
        Windows at once; None for 16 in each thread of a CPU, whose activations stay in its cache, and 256 on a GPU.
    device
        `cpu` or `cuda`, or a torch device.
    both_strands
        Average over both strands.
    alone
        What the one part of a solo model is called: `combined` in a run without bias.
    control
        Counts of the control; None for a flat one, or a model without.

    Yields
    ------
    dict
        Part -> `Predictions` of the next windows; `combined`, `residual`, `transformation`, `bias` as there are.
    """
    device = pick_device(device)
    moved = torch.nn.ModuleList([model.to(device).eval() for model in models])
    firsts: NDArray[np.int64] = np.asarray(starts, dtype=np.int64)
    batch_size = batch_size or (256 if device.type == "cuda" else 16)
    progress = Progress(f"predict ({describe(device, 'fp32')})", len(firsts))

    def of_model(model: ProfileModel, batch: NDArray[np.int64]) -> dict[str, Predictions]:
        cut = cut_codes(codes, batch - (model.input_length - model.output_length) // 2, model.input_length)
        beside = _cut_control(model, control, batch)
        return predict_codes(model_parts(model, alone), model.heads, cut, device, both_strands, beside)

    def predict(lane: torch.nn.ModuleList, batch: NDArray[np.int64]) -> dict[str, Predictions]:
        found = (of_model(model, batch) for model in lane)  # type: ignore[arg-type]
        return next(found) if len(lane) == 1 else average_parts(found)

    # An empty list of windows still goes through the model once, for the names and shapes.
    pieces = [firsts[i : i + batch_size] for i in range(0, max(len(firsts), 1), batch_size)]
    for piece, predicted in zip(pieces, map_in_lanes(predict, model_lanes(moved), pieces), strict=True):
        progress.add(len(piece))
        yield predicted
    log.info("%s", progress.line())


def predict_parts(model: ProfileModel, *arguments: Any, **named: Any) -> dict[str, Predictions]:
    """Predict windows with each part of a model, all in memory.

    Arguments are those of `iter_parts`, with one model.

    Returns
    -------
    dict
        Part -> `Predictions` for all windows.
    """
    batches = list(iter_parts([model], *arguments, **named))
    return {name: concatenate([batch[name] for batch in batches]) for name in batches[0]}


def _cut_control(model: ProfileModel, control: Signal | None, starts: NDArray[np.int64]) -> list[NDArray] | None:
    """The control of each head around output windows that begin at `starts`."""
    if not isinstance(model, ControlledModel) or control is None:
        return None
    length = model.output_length + 2 * model.flank
    return [cut_counts(control.heads[head.name], starts - model.flank, length) for head in model.heads]


def predict_windows(
    model: ProfileModel,
    codes: NDArray[np.uint8],
    starts: NDArray[np.integer],
    batch_size: int | None = None,
    device: str | torch.device = "cpu",
    both_strands: bool = True,
) -> Predictions:
    """Predict windows with a whole model; arguments as for `predict_parts`."""
    return next(iter(predict_parts(model, codes, starts, batch_size, device, both_strands).values()))


def concatenate(batches: Sequence[Predictions]) -> Predictions:
    """Put the windows of several predictions after each other."""
    first = batches[0]
    return Predictions(
        {h: np.concatenate([b.log_probabilities[h] for b in batches]) for h in first.log_probabilities},
        {h: np.concatenate([b.log_counts[h] for b in batches]) for h in first.log_counts},
    )


def average_predictions(predictions: Iterable[Predictions]) -> Predictions:
    """Average several models' predictions for the same windows, as of several folds.

    Log probabilities are averaged and normalised again, log counts averaged. A window that one of the models was
    trained on is then no longer held out.
    """
    return average_parts({"": p} for p in predictions)[""]


def average_parts(folds: Iterable[dict[str, Predictions]]) -> dict[str, Predictions]:
    """Average each part (combined, residual, ...) over folds, for the same windows in each.

    The folds are taken one at a time, and one running sum is kept: their number needs no memory.
    """
    total: dict[str, Predictions] = {}
    number = 0
    for number, parts in enumerate(folds, start=1):  # noqa: B007 - the last number is wanted below
        total = {part: _add(total[part], p) for part, p in parts.items()} if total else _copies(parts)
    if not number:
        raise ValueError("no predictions to average; give those of at least one model")
    return {part: _mean(p, number) for part, p in total.items()}


def _copies(parts: dict[str, Predictions]) -> dict[str, Predictions]:
    return {
        part: Predictions(*({h: a.copy() for h, a in arrays.items()} for arrays in (p.log_probabilities, p.log_counts)))
        for part, p in parts.items()
    }


def _add(total: Predictions, more: Predictions) -> Predictions:
    shapes = [{h: a.shape for h, a in p.log_probabilities.items()} for p in (total, more)]
    if shapes[0] != shapes[1]:
        raise ValueError(f"predictions differ in heads or windows: {shapes}; average those of the same windows")
    for head in total.log_counts:
        total.log_probabilities[head] += more.log_probabilities[head]
        total.log_counts[head] += more.log_counts[head]
    return total


def _mean(total: Predictions, number: int) -> Predictions:
    return Predictions(
        {h: joint_log_softmax(torch.from_numpy(a / number)).numpy() for h, a in total.log_probabilities.items()},
        {h: a / np.float32(number) for h, a in total.log_counts.items()},
    )
