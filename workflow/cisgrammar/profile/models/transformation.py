"""A few parameters that bring a solo model's output to the scale of another experiment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from cisgrammar.config.profile import Regression
from cisgrammar.profile.models.heads import Head, as_heads
from cisgrammar.profile.models.solo import SoloModel


class ScalarRegression(nn.Module):
    """Sum of linear, sigmoid and relu functions of a number, with scalar parameters.

    linear: m x + b; sigmoid: m1 sigmoid(m2 x + b2) + b1; relu: m1 relu(m2 x + b2) + b1. All m start at 1, all b
    at 0, so that `linear` alone starts as the identity (as in BPReveal).
    """

    def __init__(self, types: Iterable[str]) -> None:
        super().__init__()
        self.types = tuple(types)
        for kind in self.types:
            if kind not in ("linear", "sigmoid", "relu"):
                raise ValueError(f"unknown regression type {kind!r}; use linear, sigmoid or relu")
            names = ("m", "b") if kind == "linear" else ("m1", "b1", "m2", "b2")
            for name in names:
                start = torch.ones(()) if name.startswith("m") else torch.zeros(())
                self.register_parameter(f"{kind}_{name}", nn.Parameter(start))

    def forward(self, x: Tensor) -> Tensor:
        """Apply to every element of `x`; same shape."""
        if not self.types:
            return x
        return torch.stack([getattr(self, f"_{kind}")(x) for kind in self.types]).sum(dim=0)

    def _linear(self, x: Tensor) -> Tensor:
        return self.linear_m * x + self.linear_b

    def _sigmoid(self, x: Tensor) -> Tensor:
        return self.sigmoid_m1 * torch.sigmoid(self.sigmoid_m2 * x + self.sigmoid_b2) + self.sigmoid_b1

    def _relu(self, x: Tensor) -> Tensor:
        return self.relu_m1 * torch.relu(self.relu_m2 * x + self.relu_b2) + self.relu_b1


def regression_of(types: Iterable[str]) -> Regression:
    """The spec of a sum of `types`; passthrough if there is none."""
    types = tuple(types)
    return Regression(name="simple", types=types) if types else Regression(name="passthrough")


def as_regression(spec: Regression | Mapping[str, Any]) -> ScalarRegression:
    """`{"name": "passthrough"}` or `{"name": "simple", "types": [...]}` to a module."""
    spec = spec if isinstance(spec, Regression) else Regression.model_validate(dict(spec))
    return ScalarRegression(() if spec.name == "passthrough" else spec.types)


class TransformationModel(nn.Module):
    """Frozen solo model followed by one small regression per head for the profile and one for the counts.

    The parameters are scalars shared over positions and tasks. Input and output are the solo model's, so that
    it can stand in for one. The solo model never trains and stays in eval mode.

    Parameters
    ----------
    solo
        The model to transform: a `SoloModel`, or a `TransformationModel` to chain another.
    profile_spec, counts_spec
        `Regression`, or BPReveal's dictionaries with `name` and `types`.
    heads
        The heads; names and tasks must be the solo model's. None takes the solo model's.
    """

    def __init__(
        self,
        solo: SoloModel | TransformationModel,
        profile_spec: Regression | Mapping[str, Any],
        counts_spec: Regression | Mapping[str, Any],
        heads: Iterable[Head | Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__()
        self.solo = freeze(solo)
        self.heads = solo.heads if heads is None else as_heads(heads)
        check_same_heads(solo.heads, self.heads, "the solo model", "the transformation")
        self.input_length, self.output_length = solo.input_length, solo.output_length
        self.profile_regressions = nn.ModuleList(as_regression(profile_spec) for _ in self.heads)
        self.counts_regressions = nn.ModuleList(as_regression(counts_spec) for _ in self.heads)

    def train(self, mode: bool = True) -> TransformationModel:
        """Set training mode for the regressions; the solo model stays in eval mode."""
        super().train(mode)
        self.solo.eval()
        return self

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One-hot `(batch, 4, length)` to the solo model's outputs, transformed; shapes as `SoloModel`."""
        return self.transform(self.solo(x))

    def transform(self, solo_outputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Transform outputs of the solo model that are there already."""
        regressions = (*self.profile_regressions, *self.counts_regressions)
        return tuple(f(out) for f, out in zip(regressions, solo_outputs, strict=True))


def freeze(module: nn.Module) -> Any:
    """Take `module` out of training for good: no gradients, eval mode."""
    return module.requires_grad_(False).eval()


def check_same_heads(a: tuple[Head, ...], b: tuple[Head, ...], name_a: str, name_b: str) -> None:
    """ValueError unless the heads have the same names and tasks in the same order."""
    if [(h.name, h.tasks) for h in a] != [(h.name, h.tasks) for h in b]:
        raise ValueError(
            f"{name_a} has heads {[(h.name, h.tasks) for h in a]}, {name_b} has {[(h.name, h.tasks) for h in b]}; "
            "names, number of tasks and order must agree"
        )
