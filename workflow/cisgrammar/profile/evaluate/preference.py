"""What sequence preference a bias model has learned, read from its response to single bases."""

from __future__ import annotations

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
) -> NDArray[np.float64]:
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
    ndarray
        `(2 * radius + 1, 4)`, each row with mean 0; rows beyond the model's input are 0.
    """
    small = centre_model(model).cpu()
    extra = codes.shape[1] - small.input_length
    if extra < 0:
        raise ValueError(f"sequences are {codes.shape[1]} bp long; the model needs {small.input_length}")
    chosen = np.unique(np.linspace(0, len(codes) - 1, min(most, len(codes))).astype(np.int64))
    codes = codes[chosen, extra // 2 : extra // 2 + small.input_length]
    centre = small.input_length // 2
    response = np.zeros((2 * radius + 1, 4))
    for i, position in enumerate(range(centre - radius, centre + radius + 1)):
        # a narrow model does not see this base: no response
        if not 0 <= position < small.input_length:
            continue
        changed = np.repeat(codes[None], 4, axis=0)  # (4, sequences, length)
        changed[:, :, position] = np.arange(4, dtype=np.uint8)[:, None]
        logits = _centre_logits(small, changed.reshape(-1, codes.shape[1]), head)
        response[i] = logits.reshape(4, len(codes)).mean(axis=1)
    return response - response.mean(axis=1, keepdims=True)


def _centre_logits(model: SoloModel, codes: NDArray[np.uint8], head: int) -> NDArray[np.float64]:
    """Logit of the one output base, mean of both strands (the other strand's tasks are reversed)."""
    with torch.inference_mode():
        x = one_hot(torch.from_numpy(codes))  # (batch, 4, length)
        there, back = model(x)[head], model(x.flip(1, 2))[head]  # (batch, tasks, 1)
        return ((there[:, 0, 0] + back[:, -1, 0]) / 2).double().numpy()


def preference_table(learned: NDArray[np.float64], weights: CutWeights) -> pd.DataFrame:
    """Return rows position, base, position_weight, learned: log preferences, each position with mean 0."""
    radius = len(learned) // 2
    middle = weights.radius
    fitted = weights.matrix[0, middle - radius : middle + radius + 1]
    fitted = fitted - fitted.mean(axis=1, keepdims=True)
    return pd.DataFrame(
        {
            "position": np.repeat(np.arange(-radius, radius + 1), 4),
            "base": list(BASES) * len(learned),
            "position_weight": fitted.ravel(),
            "learned": learned.ravel(),
        }
    )
