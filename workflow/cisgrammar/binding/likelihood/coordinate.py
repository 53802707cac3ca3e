"""The trained numbers of a model, one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import nn

from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.likelihood.spaced import allowed_entries

# Step of the differences by which slopes are estimated.
STEP = 1e-5


@dataclass(frozen=True, eq=False)
class Coordinate:
    """One number among the parameters: entry `index` of the flattened `parameter`."""

    parameter: nn.Parameter
    index: int

    @contextmanager
    def moved(self, step: float) -> Iterator[None]:
        """Add `step` to the number for a while."""
        flat = self.parameter.data.view(-1)
        before = flat[self.index].clone()
        flat[self.index] += step
        try:
            yield
        finally:
            flat[self.index] = before


def coordinates(model: Iterable[Experiment]) -> list[Coordinate]:
    """Numbers that are trained and can change a share: no banned spacings, unused activities, first depths."""
    masks: dict[int, torch.Tensor] = {}
    for experiment in model:
        activity = torch.zeros_like(experiment.log_activity, dtype=torch.bool)
        used = {c for c in experiment.activity_columns() if c is not None}
        for row, on in enumerate(experiment.active):
            activity[row, sorted(used)] = on
        depth = torch.zeros_like(experiment.log_depth, dtype=torch.bool)
        # Depths matter by their differences alone.
        depth[experiment.observed[1:]] = True
        masks |= {id(experiment.log_activity): activity, id(experiment.log_depth): depth}
        for spacing, allowed in allowed_entries(experiment):
            key = id(spacing.log_spacing)
            masks[key] = masks[key] | allowed if key in masks else allowed
    found: dict[int, nn.Parameter] = {id(p): p for e in model for p in e.parameters() if p.requires_grad}
    out = []
    for key, parameter in found.items():
        mask = masks.get(key, torch.ones_like(parameter, dtype=torch.bool)).flatten()
        out += [Coordinate(parameter, int(i)) for i in torch.nonzero(mask)[:, 0]]
    return out
