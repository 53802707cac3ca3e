"""The parts of a profile model that sites are ablated in, each as a model of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.controlled import without_control
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.profile_model import ProfileModel


@dataclass(frozen=True, eq=False)
class Part:
    """A model and what is known of its outputs.

    Attributes
    ----------
    name
        combined, residual or bias.
    model
        One-hot `(batch, 4, input_length)` to `(profile_0, ..., log_counts_0, ...)`.
    heads
        Its heads.
    input_length, output_length
        bp.
    without_counts
        Heads whose log-counts are in no prediction of the whole model; effects on them are not tested.
    """

    name: str
    model: nn.Module
    heads: tuple[Head, ...]
    input_length: int
    output_length: int
    without_counts: frozenset[str] = frozenset()

    def counts_of(self, head: Head, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Effects on the counts of a head; nan if they are in no prediction."""
        return np.full(np.shape(values), np.nan) if head.name in self.without_counts else values


class LogCounts(nn.Module):
    """The log-counts of a model alone, `(batch, heads)`."""

    def __init__(self, model: nn.Module, heads: int) -> None:
        super().__init__()
        self.model, self.heads = model, heads

    def forward(self, x: Tensor) -> Tensor:
        """One-hot `(batch, 4, length)` to `(batch, heads)` natural-log counts."""
        return torch.cat(list(self.model(x)[self.heads :]), dim=1)  # (batch, heads)


def parts_of(model: ProfileModel, names: Sequence[str]) -> list[Part]:
    """Take a model apart: combined (the whole), residual, and bias (the transformed one).

    A model that is not combined has only one part, whatever it is called. The bias part predicts counts that are in
    no prediction of the whole unless `use_bias_counts`. Beside a control sites are ablated at a flat one.
    """
    model = without_control(model)
    if not isinstance(model, CombinedModel):
        return [Part(names[0], model, tuple(model.heads), model.input_length, model.output_length)]
    modules: dict[str, ProfileModel] = {"combined": model, "residual": model.residual, "bias": model.transformation}
    unused = frozenset(head.name for head in model.heads if not head.use_bias_counts)
    without = {"combined": frozenset[str](), "residual": frozenset[str](), "bias": unused}
    return [
        Part(name, part, tuple(model.heads), part.input_length, part.output_length, without[name])
        for name, part in ((name, modules[name]) for name in names)
    ]
