"""Residual model plus frozen, transformed bias: what is left over is biology."""

from __future__ import annotations

import torch
from torch import Tensor

from cisgrammar.profile.models.counts_blend import CountsBlend
from cisgrammar.profile.models.heads import check_same_heads
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.profile.models.solo import SoloModel, crop_to
from cisgrammar.profile.models.transformation import TransformationModel, freeze


class CombinedModel(ProfileModel):
    """Profile logits of bias and residual add; counts add too where a head uses bias counts.

    log-counts are logaddexp(bias, residual) for heads with `use_bias_counts` (computed with the larger one
    taken out, so that neither over- nor underflows), and the residual's alone for others.

    Parameters
    ----------
    residual
        The bias-free model; it trains.
    bias
        The transformation model (or a solo model). It is frozen. Its input may be shorter: the sequence is cropped
        to its centre.

    Attributes
    ----------
    residual, transformation, solo
        The bias-free model, the transformed bias, and the bias before transformation.
    """

    def __init__(self, residual: SoloModel | CountsBlend, bias: TransformationModel | SoloModel) -> None:
        super().__init__()
        self.residual = residual
        self.heads = residual.heads
        self.input_length, self.output_length = residual.input_length, residual.output_length
        check_same_heads(bias.heads, self.heads, "the bias model", "the residual model")
        if bias.output_length != self.output_length:
            raise ValueError(
                f"bias model predicts {bias.output_length} bp, residual model {self.output_length}; they must agree"
            )
        extra = self.input_length - bias.input_length
        if extra < 0 or extra % 2:
            raise ValueError(
                f"bias model reads {bias.input_length} bp, residual model {self.input_length}; the residual model "
                "must read as much or more, by an even number"
            )
        self.transformation = freeze(bias)

    @property
    def solo(self) -> SoloModel | TransformationModel:
        """The bias model before transformation."""
        return self.transformation if isinstance(self.transformation, SoloModel) else self.transformation.solo

    def train(self, mode: bool = True) -> CombinedModel:
        """Set training mode for the residual model; the bias stays in eval mode."""
        super().train(mode)
        self.transformation.eval()
        return self

    def bias(self, x: Tensor) -> tuple[Tensor, ...]:
        """Outputs of the transformed bias for the centre of `x`; a gradient only to `x`, if it requires one."""
        # In training nothing before the bias learns: without a graph its fast forms run.
        with torch.set_grad_enabled(torch.is_grad_enabled() and x.requires_grad):
            return self.transformation(crop_to(crop_to(x, self.input_length), self.transformation.input_length))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """One-hot `(batch, 4, length)` to `(profile_0, ..., log_counts_0, ...)`, shapes as `SoloModel`."""
        return self.combine(self.bias(x), self.residual(x))

    def combine(self, bias: tuple[Tensor, ...], residual: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        """Join the outputs of the two models."""
        count = len(self.heads)
        profiles = tuple(b + r for b, r in zip(bias[:count], residual[:count], strict=True))
        log_counts = tuple(
            torch.logaddexp(b, r) if head.use_bias_counts else r
            for head, b, r in zip(self.heads, bias[count:], residual[count:], strict=True)
        )
        return profiles + log_counts
