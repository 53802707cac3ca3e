"""The parts of a profile model that sites are ablated in, each as a model of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

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
    whole
        The combined model that it is a part of; None for a model by itself.
    """

    name: str
    model: nn.Module
    heads: tuple[Head, ...]
    input_length: int
    output_length: int
    without_counts: frozenset[str] = frozenset()
    whole: CombinedModel | None = None

    @property
    def all_without_counts(self) -> bool:
        """Whether no head's log-counts are in a prediction."""
        return self.without_counts.issuperset(head.name for head in self.heads)

    def counts_of(self, head: Head, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Effects on the counts of a head; nan if they are in no prediction."""
        return np.full(np.shape(values), np.nan) if head.name in self.without_counts else values


class JoinedParts(nn.Module):
    """Outputs of several parts of a combined model, part by part, of which each network runs once."""

    def __init__(self, whole: CombinedModel, names: Sequence[str]) -> None:
        super().__init__()
        self.whole, self.names = whole, tuple(names)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One-hot `(batch, 4, length)` to each part's `(profile_0, ..., log_counts_0, ...)`, one after the other."""
        bias, residual = self.whole.bias(x), self.whole.residual(x)
        of = {"combined": self.whole.combine(bias, residual), "residual": residual, "bias": bias}
        return tuple(y for name in self.names for y in of[name])


@dataclass(frozen=True, eq=False)
class PartGroup:
    """Parts of a model that are run together, on the same sequences.

    Attributes
    ----------
    model
        One-hot `(batch, 4, input_length)` to the outputs of each part, one after the other.
    parts
        All of the same heads and lengths.
    """

    model: nn.Module
    parts: tuple[Part, ...]

    @property
    def input_length(self) -> int:
        """What all of them read, bp."""
        return self.parts[0].input_length

    def of_each(self, outputs: Sequence[Any]) -> list[list[Any]]:
        """The outputs of each part, of those of all."""
        each = len(outputs) // len(self.parts)
        return [list(outputs[i * each : (i + 1) * each]) for i in range(len(self.parts))]

    @property
    def log_counts(self) -> nn.Module:
        """The log-counts of each part's heads alone, `(batch, parts * heads)`."""
        return JoinedLogCounts(self)


class JoinedLogCounts(nn.Module):
    """The log-counts of a group of parts alone, `(batch, parts * heads)`.

    Where the bias's log-counts are in no prediction its network does not run, and its own are 0: nothing reads them.
    """

    def __init__(self, group: PartGroup) -> None:
        super().__init__()
        self.model, self.group = group.model, group

    def forward(self, x: Tensor) -> Tensor:
        """One-hot `(batch, 4, length)` to `(batch, parts * heads)` natural-log counts, the heads of a part together."""
        if isinstance(self.model, JoinedParts) and not any(head.use_bias_counts for head in self.model.whole.heads):
            own = torch.cat(list(self.model.whole.residual(x)[len(self.model.whole.heads) :]), dim=1)  # (batch, heads)
            none = torch.zeros_like(own)
            return torch.cat([none if part.all_without_counts else own for part in self.group.parts], dim=1)
        of_each = self.group.of_each(self.model(x))
        counts = [y for part, own in zip(self.group.parts, of_each, strict=True) for y in own[len(part.heads) :]]
        return torch.cat(counts, dim=1)  # (batch, parts * heads)


def grouped(parts: Sequence[Part]) -> list[PartGroup]:
    """Parts of one combined model as a group, on the sequences that the whole reads; any other by itself."""
    whole = parts[0].whole
    if len(parts) == 1 or whole is None or any(part.whole is not whole for part in parts):
        return [PartGroup(part.model, (part,)) for part in parts]
    together = tuple(replace(part, input_length=whole.input_length) for part in parts)
    return [PartGroup(JoinedParts(whole, [part.name for part in parts]), together)]


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
        Part(name, part, tuple(model.heads), part.input_length, part.output_length, without[name], model)
        for name, part in ((name, modules[name]) for name in names)
    ]
