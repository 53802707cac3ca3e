"""BPReveal's `models` with its names, argument lists and shapes: `soloModel`, `transformationModel`, `combinedModel`.

    from cisgrammar.profile import compat as models

The networks are those of `profile/models`, wrapped: channels last, outputs in a list, log-counts by task. Weights start
from torch's global random state (`torch.manual_seed`).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError
from torch import Tensor, nn

from cisgrammar.config.fields import problems
from cisgrammar.config.profile import Architecture, Regression
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.heads import check_same_heads, heads_from_list
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.models.saved import save_model
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.models.transformation import TransformationModel

HeadList = Sequence[Mapping[str, Any]]

_ARGUMENTS = {
    "filters": "numFilters",
    "layers": "numLayers",
    "input_filter_width": "inputFilterWidth",
    "output_filter_width": "outputFilterWidth",
}


class ChannelsLastModel(nn.Module):
    """A profile model that is called as BPReveal's are.

    Input is `(batch, input_length, 4)`, one-hot, channels A C G T. Output is a list: for each head logits
    `(batch, tasks, output_length)`, then for each head natural-log counts `(batch, tasks)`.

    A head has one log-count over all its tasks (BPReveal's own code returns it as `(batch, 1)`); a task's is that plus
    the log of its share of the predicted profile, so that logsumexp over the tasks gives the head's back.

    Parameters
    ----------
    module
        Solo, transformation or combined model.
    name
        The name that is saved with it.
    input_length
        bp; None for the module's. What is longer is cropped on both sides, an odd base at the end.

    Attributes
    ----------
    module
        The wrapped model: channels first, as all of this package.
    name, input_length, output_length, heads
        As given, and as the module's.
    """

    def __init__(self, module: ProfileModel, name: str, input_length: int | None = None) -> None:
        super().__init__()
        self.module = module
        self.name, self.input_length = name, input_length or module.input_length
        self.output_length, self.heads = module.output_length, module.heads

    @property
    def trainable(self) -> bool:
        """Whether any parameter trains."""
        return any(parameter.requires_grad for parameter in self.parameters())

    def forward(self, x: Tensor) -> list[Tensor]:
        """One-hot `(batch, input_length, 4)`, any dtype, to profiles and log-counts; ValueError at another shape."""
        if x.ndim != 3 or tuple(x.shape[1:]) != (self.input_length, 4):
            raise ValueError(f"{self.name}: input must be (batch, {self.input_length}, 4), got {tuple(x.shape)}")
        needed = self.module.input_length
        left = (self.input_length - needed) // 2
        one_hot = x[:, left : left + needed].transpose(1, 2).float()  # (batch, 4, needed)
        outputs = self.module(one_hot)
        profiles, log_counts = outputs[: len(self.heads)], outputs[len(self.heads) :]
        return [*profiles, *map(log_counts_of_tasks, profiles, log_counts)]

    def save(self, path: str | Path) -> None:
        """Write a model file of this package, with the name in its provenance; `load_model` reads it."""
        save_model(path, self.module, name=self.name)


def log_counts_of_tasks(profile: Tensor, log_counts: Tensor) -> Tensor:
    """Log-counts of a head, `(batch, 1)`, divided among its tasks as its logits `(batch, tasks, length)` are."""
    if profile.shape[1] == 1:
        return log_counts
    all_tasks = torch.logsumexp(profile.flatten(1), dim=1, keepdim=True)  # (batch, 1)
    return log_counts + torch.logsumexp(profile, dim=2) - all_tasks  # (batch, tasks)


def soloModel(
    inputLength: int,
    outputLength: int,
    numFilters: int,
    numLayers: int,
    inputFilterWidth: int,
    outputFilterWidth: int,
    headList: HeadList,
    modelName: str,
) -> ChannelsLastModel:
    """A model of the classic BPNet architecture.

    Parameters
    ----------
    inputLength
        bp of one-hot DNA. What is too long for the architecture is cropped, with a warning.
    outputLength
        bp of the predicted profile.
    numFilters, numLayers
        Channels of every layer; number of dilated convolutions.
    inputFilterWidth, outputFilterWidth
        bp, odd: the first convolution, and that of the profile heads.
    headList
        The config's head list: dictionaries with `head-name` and `num-tasks`. Weights of losses are not the model's.
    modelName
        Name that the model is saved with.

    Raises
    ------
    ValueError
        If `inputLength` is too short, a width is even, or the head list is not one.
    """
    shape = _architecture(numFilters, numLayers, inputFilterWidth, outputFilterWidth)
    _check_input_length(inputLength, shape.input_length(outputLength))
    return ChannelsLastModel(SoloModel(shape, outputLength, heads_from_list(headList)), modelName, inputLength)


def transformationModel(
    soloModelIn: ChannelsLastModel,
    profileArchitectureSpecification: Mapping[str, Any],
    countsArchitectureSpecification: Mapping[str, Any],
    headList: HeadList,
) -> ChannelsLastModel:
    """A simple model that regresses a solo model out of experimental data; only its few parameters train.

    Parameters
    ----------
    soloModelIn
        Model to transform. It is set to non-trainable, in place.
    profileArchitectureSpecification, countsArchitectureSpecification
        `{"name": "passthrough"}`, or `{"name": "simple", "types": [...]}` with linear, sigmoid, relu.
    headList
        The config's head list; names and numbers of tasks must be the solo model's.

    Returns
    -------
    ChannelsLastModel
        Shapes of input and output are the solo model's.

    Raises
    ------
    ValueError
        If a specification has another name or type, or the heads differ.
    """
    solo = soloModelIn.module
    if not isinstance(solo, SoloModel | TransformationModel):
        raise ValueError(f"cannot transform a {type(solo).__name__}; wanted a solo or transformation model")
    check_same_heads(solo.heads, heads_from_list(headList), "the solo model", "the head list")
    specs = (
        _regression(profileArchitectureSpecification, "profileArchitectureSpecification"),
        _regression(countsArchitectureSpecification, "countsArchitectureSpecification"),
    )
    return ChannelsLastModel(TransformationModel(solo, *specs), "transformation", soloModelIn.input_length)


def combinedModel(
    inputLength: int,
    outputLength: int,
    numFilters: int,
    numLayers: int,
    inputFilterWidth: int,
    outputFilterWidth: int,
    headList: HeadList,
    biasModel: ChannelsLastModel,
) -> tuple[ChannelsLastModel, ChannelsLastModel, ChannelsLastModel]:
    """A standard BPNet model to whose output the bias is added.

    Parameters
    ----------
    inputLength ... outputFilterWidth
        Of the residual model, as for `soloModel`.
    headList
        The config's head list; each head has `use-bias-counts` too.
    biasModel
        What `transformationModel` returned: from sequence to transformed bias. Its input may be shorter: it gets the
        centre of the sequence.

    Returns
    -------
    combined, residual, solo
        Three models that share their weights: bias and residual together; the bias-free one; and the solo model
        inside of the bias model, before its transformation.

    Raises
    ------
    ValueError
        If the structure is inconsistent: an input that is too short, a bias model of another output length, with
        other heads or a longer input; or a head without `use-bias-counts`.
    """
    for entry in headList:
        if "use-bias-counts" not in entry:
            raise ValueError(f"head {entry.get('head-name')!r} has no use-bias-counts; a combined model needs it")
    shape = _architecture(numFilters, numLayers, inputFilterWidth, outputFilterWidth)
    _check_input_length(inputLength, shape.input_length(outputLength))
    bias = biasModel.module
    if not isinstance(bias, SoloModel | TransformationModel):
        raise ValueError(f"biasModel is a {type(bias).__name__}; wanted a transformation model")
    combined = CombinedModel(SoloModel(shape, outputLength, heads_from_list(headList)), bias)
    return (
        ChannelsLastModel(combined, "combined", inputLength),
        ChannelsLastModel(combined.residual, "residual", inputLength),
        ChannelsLastModel(combined.solo, "solo", biasModel.input_length),
    )


def _architecture(filters: int, layers: int, input_filter_width: int, output_filter_width: int) -> Architecture:
    try:
        return Architecture(
            filters=filters,
            layers=layers,
            input_filter_width=input_filter_width,
            output_filter_width=output_filter_width,
        )
    except ValidationError as error:
        lines = [line.partition(": ") for line in problems(error)]
        raise ValueError("; ".join(f"{_ARGUMENTS[key]}: {fault}" for key, _, fault in lines)) from None


def _regression(spec: Mapping[str, Any], argument: str) -> Regression:
    try:
        return Regression.model_validate(dict(spec))
    except ValidationError as error:
        raise ValueError(f"{argument}: " + "; ".join(problems(error))) from None


def _check_input_length(given: int, needed: int) -> None:
    if given < needed:
        raise ValueError(f"inputLength {given} is too short for this architecture: it needs {needed}")
    if given > needed:
        warnings.warn(
            f"inputLength {given} is longer than the {needed} bp that the architecture uses; it is cropped",
            stacklevel=3,
        )
