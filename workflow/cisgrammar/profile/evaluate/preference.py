"""What sequence preference a bias model has learned, read from its response to single bases."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from cisgrammar.profile.evaluate.cut_weights import CutWeights
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel
from cisgrammar.sequence.alphabet import BASES
from cisgrammar.sequence.one_hot import one_hot

RADIUS = 10


class Response(NamedTuple):
    """How a bias model's logit changes by base and position.

    Attributes
    ----------
    mean
        `(positions, 4)`: over background sequences, each position with mean 0.
    error
        `(positions, 4)`: its standard error over sequences; nan for one sequence.
    """

    mean: NDArray[np.float64]
    error: NDArray[np.float64]


def centre_model(model: ProfileModel) -> SoloModel:
    """Return the solo model inside of a model, cut down to one output base: the same logit, far less work."""
    while not isinstance(model, SoloModel):
        if not isinstance(model, TransformationModel | CombinedModel):
            raise ValueError(f"wanted a model with a solo model inside, got a {type(model).__name__}")
        model = model.solo
    small = SoloModel(model.architecture, 1, model.heads, seed=0)
    small.load_state_dict(model.state_dict())
    return small.eval()


def learned_preference(
    model: ProfileModel, codes: NDArray[np.uint8], head: int = 0, radius: int = RADIUS, most: int = 100
) -> Response:
    """Return how each base around a position changes the bias model's logit there.

    Each base is written at each offset into background sequences; the change of the logit at the centre, averaged
    over sequences, is the model's log preference. Both strands are averaged, as in predictions.

    Parameters
    ----------
    model
        Solo, transformation or combined model; its solo model is asked.
    codes
        `(sequences, length)` background, at least as long as the model needs for one base; its centre is used.
    head
        Index of the head; its first task.
    radius
        Offsets from -radius to radius.
    most
        Number of sequences to use, evenly taken.

    Returns
    -------
    Response
        `2 * radius + 1` positions; those beyond the model's input are 0, without an error.
    """
    small = centre_model(model).cpu()
    extra = codes.shape[1] - small.input_length
    if extra < 0:
        raise ValueError(f"sequences are {codes.shape[1]} bp long; the model needs {small.input_length}")
    chosen = np.unique(np.linspace(0, len(codes) - 1, min(most, len(codes))).astype(np.int64))
    codes = codes[chosen, extra // 2 : extra // 2 + small.input_length]
    centre = small.input_length // 2
    response, error = np.zeros((2, 2 * radius + 1, 4))
    for i, position in enumerate(range(centre - radius, centre + radius + 1)):
        # a narrow model does not see this base: no response
        if not 0 <= position < small.input_length:
            continue
        changed = np.repeat(codes[None], 4, axis=0)  # (4, sequences, length)
        changed[:, :, position] = np.arange(4, dtype=np.uint8)[:, None]
        logits = _centre_logits(small, changed.reshape(-1, codes.shape[1]), head)
        each = logits.reshape(4, len(codes))
        each = each - each.mean(axis=0)
        response[i] = each.mean(axis=1)
        error[i] = each.std(axis=1, ddof=1) / np.sqrt(len(codes)) if len(codes) > 1 else np.nan
    return Response(response, error)


def _centre_logits(model: SoloModel, codes: NDArray[np.uint8], head: int) -> NDArray[np.float64]:
    """Logit of the one output base, mean of both strands (the other strand's tasks are reversed)."""
    with torch.inference_mode():
        x = one_hot(torch.from_numpy(codes))  # (batch, 4, length)
        there, back = model(x)[head], model(x.flip(1, 2))[head]  # (batch, tasks, 1)
        return ((there[:, 0, 0] + back[:, -1, 0]) / 2).double().numpy()


def preference_table(learned: Response, weights: CutWeights) -> pd.DataFrame:
    """Return rows position, base, position_weight, learned: log preferences, each position with mean 0.

    With `position_weight_se`, `learned_se` and `ends`, the 5' ends that have the base there.
    """
    radius = len(learned.mean) // 2
    shown = slice(weights.radius - radius, weights.radius + radius + 1)
    fitted = weights.matrix[0, shown]
    fitted = fitted - fitted.mean(axis=1, keepdims=True)
    unknown = np.full(fitted.shape, np.nan)
    ends, errors = (unknown if of is None else of[0, shown] for of in (weights.ends, weights.errors))
    return pd.DataFrame(
        {
            "position": np.repeat(np.arange(-radius, radius + 1), 4),
            "base": list(BASES) * len(fitted),
            "position_weight": fitted.ravel(),
            "learned": learned.mean.ravel(),
            "position_weight_se": errors.ravel(),
            "learned_se": learned.error.ravel(),
            "ends": ends.ravel(),
        }
    )
