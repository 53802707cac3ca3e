"""A few parameters that bring a solo model's output to the scale of another experiment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import torch
from torch import Tensor, nn

from cisgrammar.config.profile import Regression, RegressionType
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.models.solo import SoloModel

Frozen = TypeVar("Frozen", bound=nn.Module)


class ScalarRegression(nn.Module):
    """Sum of linear, sigmoid and relu functions of a number, with scalar parameters.

    linear: m x + b; sigmoid: m1 sigmoid(m2 x + b2) + b1; relu: m1 relu(m2 x + b2) + b1. All m start at 1, all b
    at 0, so that `linear` alone starts as the identity (as in BPReveal).
    """

    linear_m: Tensor
    linear_b: Tensor
    sigmoid_m1: Tensor
    sigmoid_b1: Tensor
    sigmoid_m2: Tensor
    sigmoid_b2: Tensor
    relu_m1: Tensor
    relu_b1: Tensor
    relu_m2: Tensor
    relu_b2: Tensor

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
        functions = {"linear": self.linear, "sigmoid": self.sigmoid, "relu": self.relu}
        return torch.stack([functions[kind](x) for kind in self.types]).sum(dim=0)

    def linear(self, x: Tensor) -> Tensor:
        """M x + b."""
        return self.linear_m * x + self.linear_b

    def sigmoid(self, x: Tensor) -> Tensor:
        """m1 sigmoid(m2 x + b2) + b1."""
        return self.sigmoid_m1 * torch.sigmoid(self.sigmoid_m2 * x + self.sigmoid_b2) + self.sigmoid_b1

    def relu(self, x: Tensor) -> Tensor:
        """m1 relu(m2 x + b2) + b1."""
        return self.relu_m1 * torch.relu(self.relu_m2 * x + self.relu_b2) + self.relu_b1


def regression_of(types: Iterable[RegressionType]) -> Regression:
    """The spec of a sum of `types`; passthrough if there is none."""
    types = tuple(types)
    return Regression(name="simple", types=types) if types else Regression(name="passthrough")


def types_of(spec: Regression) -> tuple[RegressionType, ...]:
    """The functions that a spec sums; none for passthrough."""
    return () if spec.name == "passthrough" else spec.types


class TransformationModel(ProfileModel):
    """Frozen solo model followed by one small regression per head for the profile and one for the counts.

    The parameters are scalars shared over positions and tasks. Heads, input and output are the solo model's, so that
    it can stand in for one. The solo model never trains and stays in eval mode.

    Parameters
    ----------
    solo
        The model to transform: a `SoloModel`, or a `TransformationModel` to chain another.
    profile_spec, counts_spec
        Functions of the logits, and of the log-counts.
    """

    def __init__(
        self, solo: SoloModel | TransformationModel, profile_spec: Regression, counts_spec: Regression
    ) -> None:
        super().__init__()
        self.solo = freeze(solo)
        self.heads: tuple[Head, ...] = solo.heads
        self.input_length: int = solo.input_length
        self.output_length: int = solo.output_length
        self.profile_types, self.counts_types = types_of(profile_spec), types_of(counts_spec)
        self.profile_regressions = nn.ModuleList(ScalarRegression(self.profile_types) for _ in self.heads)
        self.counts_regressions = nn.ModuleList(ScalarRegression(self.counts_types) for _ in self.heads)

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


def freeze(module: Frozen) -> Frozen:
    """Take `module` out of training for good: no gradients, eval mode."""
    module.requires_grad_(False).eval()
    return module
