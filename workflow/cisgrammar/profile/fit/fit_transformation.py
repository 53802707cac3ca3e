"""Fit a transformation: a dozen numbers, so all peaks at once and to the optimum, not by epochs.

The solo model is frozen: its outputs are computed once, and L-BFGS minimises the same loss as the networks' over
all of them together, in float64. Stochastic steps would need hundreds of epochs for what is a regression.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from cisgrammar.config.profile import Loss, Transformation
from cisgrammar.files.progress import Progress, counted
from cisgrammar.profile.data.window_sampler import Windows
from cisgrammar.profile.fit.losses import LossParts, ProfileLoss
from cisgrammar.profile.fit.train import ProfileData
from cisgrammar.profile.fit.transformation_bins import transformation_bins
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.signal.store import cut_windows
from cisgrammar.training.history import History

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)

Outputs = tuple[Tensor, ...]

_WINDOWS_PER_BATCH = 64
_MOST_LBFGS_STEPS = 200


class FittedTransformation(NamedTuple):
    """What `fit_transformation` returns."""

    model: TransformationModel
    history: History
    report: dict[str, Any]
    bins: pd.DataFrame


class FrozenOutputs:
    """The solo model's outputs and the observed counts of some windows, in memory.

    Parameters
    ----------
    solo
        The frozen model.
    data, windows
        Where sequence and counts come from.
    """

    def __init__(self, solo: SoloModel | TransformationModel, data: ProfileData, windows: Windows) -> None:
        outputs: list[Outputs] = []
        counts: list[Outputs] = []
        for i in counted(range(0, len(windows), _WINDOWS_PER_BATCH), "outputs of the bias model", "batches"):
            codes, y = cut_windows(
                data.genome,
                data.signal,
                windows.centres[i : i + _WINDOWS_PER_BATCH],
                solo.input_length,
                solo.output_length,
            )
            with torch.no_grad():
                outputs.append(solo.eval()(one_hot(torch.from_numpy(codes))))
            counts.append(tuple(torch.from_numpy(c.astype(np.float64)) for c in y.values()))
        self.outputs = tuple(torch.cat(parts).double() for parts in zip(*outputs, strict=True))
        self.counts = tuple(torch.cat(parts) for parts in zip(*counts, strict=True))

    def parts(self, model: TransformationModel, loss: ProfileLoss) -> LossParts:
        """The loss of a transformation of these outputs."""
        return loss(model.transform(self.outputs), self.counts)


def fit_transformation(
    data: ProfileData, solo: SoloModel | TransformationModel, section: Transformation, seed: int
) -> FittedTransformation:
    """Fit the transformation of a solo model to the training peaks.

    Parameters
    ----------
    data
        Stores and windows.
    solo
        The bias model; it is frozen.
    section
        Regressions, weights of the loss, most windows.
    seed
        Of the draw, where there are more peaks than `section.most_windows`.

    Returns
    -------
    model, history, report, bins
        The fitted model in eval mode; the loss at every evaluation of L-BFGS, as rows; for the report
        `parameters` (head, output, types, fitted values) and `validation` (head, output, `before` and `after`, and
        `earns_its_place`: whether the part of the loss on held-out peaks went down; multinomial NLL per window for
        profiles, squared error for log-counts); and the table of `transformation_bins` on held-out peaks.
    """
    model = TransformationModel(solo, section.profile, section.counts)
    loss = _loss_of(model, section.loss)
    trained = FrozenOutputs(solo, data, _draw(data.windows("train", "peak"), section.most_windows, seed))
    history = _minimise(model, trained, loss)
    held_out = FrozenOutputs(solo, data, _draw(data.windows("validation", "peak"), section.most_windows, seed))
    with torch.no_grad():
        after = model.transform(held_out.outputs)
    names = [head.name for head in model.heads]
    bins = transformation_bins(names, held_out.outputs, after, held_out.counts, section.loss.pseudocount)
    return FittedTransformation(model.eval(), history, _report(model, held_out, loss), bins)


def _loss_of(model: TransformationModel, settings: Loss) -> ProfileLoss:
    weight = 1.0 if settings.counts_weight is None else settings.counts_weight
    return ProfileLoss(model.heads, [settings] * len(model.heads), [weight] * len(model.heads))


def _draw(windows: Windows, most: int, seed: int) -> Windows:
    if len(windows) <= most:
        return windows
    kept = np.sort(np.random.default_rng(seed).choice(len(windows), most, replace=False))
    return Windows(windows.centres[kept], windows.counts[kept])


def _minimise(model: TransformationModel, data: FrozenOutputs, loss: ProfileLoss) -> History:
    parameters = [p for p in model.parameters() if p.requires_grad]
    if not parameters:
        log.info("both transformations are passthrough: nothing to fit")
        return []
    regressions = torch.nn.ModuleList([*model.profile_regressions, *model.counts_regressions]).double()
    optimizer = torch.optim.LBFGS(parameters, max_iter=_MOST_LBFGS_STEPS, line_search_fn="strong_wolfe")
    values: list[float] = []
    progress = Progress("fit the transformation, at most", _MOST_LBFGS_STEPS, "evaluations")

    def closure() -> Tensor:
        optimizer.zero_grad()
        total = data.parts(model, loss).total
        total.backward()
        values.append(float(total.detach()))
        progress.add(1)
        return total

    optimizer.step(closure)
    regressions.float()
    log.info(
        "loss %.6g -> %.6g in %d evaluations on %d windows", values[0], values[-1], len(values), len(data.counts[0])
    )
    best = int(np.argmin(values))
    return [{"epoch": i + 1.0, "train_loss": v, "kept": float(i == best)} for i, v in enumerate(values)]


def _report(model: TransformationModel, held_out: FrozenOutputs, loss: ProfileLoss) -> dict[str, Any]:
    with torch.no_grad():
        before = loss(held_out.outputs, held_out.counts)
        after = held_out.parts(model, loss)
    regressions = {"profile": model.profile_regressions, "counts": model.counts_regressions}
    types = {"profile": model.profile_types, "counts": model.counts_types}
    scores = {"profile": (before.profile_nll, after.profile_nll), "counts": (before.counts_mse, after.counts_mse)}
    rows = [(i, head.name, output) for i, head in enumerate(model.heads) for output in regressions]
    return {
        "parameters": [
            {
                "head": head,
                "output": output,
                "types": list(types[output]),
                "parameters": {
                    name: round(float(value.detach()), 6) for name, value in regressions[output][i].named_parameters()
                },
            }
            for i, head, output in rows
        ],
        "validation": [
            {
                "head": head,
                "output": output,
                "before": round(float(scores[output][0][i]), 6),
                "after": round(float(scores[output][1][i]), 6),
                "earns_its_place": bool(scores[output][1][i] < scores[output][0][i]),
            }
            for i, head, output in rows
        ],
    }
