"""Log-sum-exp in few passes, and scaling of log scores, both safe where scores are -inf."""

from __future__ import annotations

from typing import Any

import torch
from torch.autograd import Function


def shifted_exp(x: torch.Tensor, dim: tuple[int, ...]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return exp(x - max) and the max over `dim` (kept); a max of -inf is taken as 0."""
    top = x.amax(dim, keepdim=True)
    top.masked_fill_(torch.isinf(top), 0.0)
    return (x - top).exp_(), top


class LogSumExp(Function):
    """Log-sum-exp over the last dimension; the exponentials are kept for the gradient instead of done again."""

    @staticmethod
    def forward(ctx: Any, x: torch.Tensor) -> torch.Tensor:
        """Return `(reads,)` from `(reads, terms)`."""
        exp_x, top = shifted_exp(x, (1,))
        total = exp_x.sum(1)  # (reads,)
        ctx.save_for_backward(exp_x, total)
        return total.log() + top[:, 0]

    @staticmethod
    def backward(ctx: Any, grad: torch.Tensor) -> torch.Tensor:
        """Shares of the terms; zero where all terms are -inf."""
        exp_x, total = ctx.saved_tensors
        share = torch.where(total > 0, grad / total, 0.0)  # (reads,)
        return exp_x * share[:, None]


def log_sum_exp(x: torch.Tensor) -> torch.Tensor:
    """Log-sum-exp of `(reads, terms)` over terms; where all are -inf the result is -inf and the gradient zero."""
    return LogSumExp.apply(x)


def scale_scores(scores: torch.Tensor, factor: torch.Tensor) -> torch.Tensor:
    """`factor * scores` where scores of -inf stay so and leave no gradient (0 * inf would be NaN)."""
    absent = torch.isneginf(scores)
    return (scores.masked_fill(absent, 0.0) * factor).masked_fill(absent, -torch.inf)
