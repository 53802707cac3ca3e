"""The loss of a profile model: multinomial NLL of where reads fall, squared error of how many."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from cisgrammar.config.profile import Loss
from cisgrammar.profile.models.heads import Head
from cisgrammar.statistics.shapes import check_same_shape
from cisgrammar.training.team import ALONE, Team


def log_factorials(counts: Tensor) -> Tensor:
    """The part of the multinomial log-likelihood without parameters: ln N! - sum ln y!, per window.

    `(batch, tasks, length)` to `(batch,)`.
    """
    flat = counts.flatten(1).float()  # (batch, tasks * length)
    return torch.lgamma(flat.sum(dim=1) + 1) - torch.lgamma(flat + 1).sum(dim=1)


def multinomial_nll(logits: Tensor, counts: Tensor) -> Tensor:
    """Multinomial negative log-likelihood of each window, factorials included.

    Parameters
    ----------
    logits, counts
        `(batch, tasks, length)`; one softmax over tasks and positions together.

    Returns
    -------
    Tensor
        `(batch,)`, nats. A window without reads gives exactly 0: it holds no information on where reads fall.
    """
    check_same_shape(logits, counts)
    flat, y = logits.flatten(1).float(), counts.flatten(1).float()  # (batch, tasks * length)
    total = y.sum(dim=1)
    log_likelihood = (y * flat).sum(dim=1) - total * torch.logsumexp(flat, dim=1)
    return -(log_likelihood + log_factorials(counts))


def log_total(counts: Tensor, pseudocount: float) -> Tensor:
    """ln(pseudocount + N) of each window; -inf for a window without reads and pseudocount 0. `(batch,)`."""
    return torch.log(counts.flatten(1).float().sum(dim=1) + pseudocount)


def counts_mse(log_counts: Tensor, counts: Tensor, pseudocount: float, team: Team = ALONE) -> Tensor:
    """Mean squared error of log-counts over the windows that have a finite target; this process's share of it.

    Parameters
    ----------
    log_counts
        `(batch, 1)`.
    counts
        `(batch, tasks, length)`.
    pseudocount
        Added to N before the logarithm. With 0, windows without reads are left out of the mean (their target
        would be -inf); if all are, the error is 0.
    team
        The processes that have the other windows of the batch.
    """
    target = log_total(counts, pseudocount).unsqueeze(1)  # (batch, 1)
    check_same_shape(log_counts, target)
    finite = torch.isfinite(target)
    error = torch.where(finite, log_counts.float() - torch.where(finite, target, 0), 0)
    return error.square().sum() / team.total(finite.sum()).clamp(min=1)


class LossParts(NamedTuple):
    """A batch's loss and what it is made of, per head; `counts_mse` without its weight."""

    total: Tensor
    profile_nll: tuple[Tensor, ...]
    counts_mse: tuple[Tensor, ...]


class ProfileLoss:
    """Sum over heads of profile_weight * mean multinomial NLL + counts_weight * mean squared log-count error.

    Parameters
    ----------
    heads
        The model's heads.
    settings
        One `Loss` per head.
    counts_weights
        The weight of each head's count error. A list that adaptation may change between epochs.
    """

    def __init__(self, heads: tuple[Head, ...], settings: list[Loss], counts_weights: list[float]) -> None:
        if not len(heads) == len(settings) == len(counts_weights):
            raise ValueError(f"{len(heads)} heads, {len(settings)} losses, {len(counts_weights)} count weights")
        self.heads, self.settings, self.counts_weights = heads, settings, counts_weights

    def __call__(self, outputs: tuple[Tensor, ...], counts: tuple[Tensor, ...], team: Team = ALONE) -> LossParts:
        """Loss of a batch, or a process's share of it: outputs as `SoloModel`, counts `(batch, tasks, length)`."""
        number = len(self.heads)
        windows = team.total(torch.tensor(len(counts[0]), device=counts[0].device))
        nll = tuple(multinomial_nll(o, y).sum() / windows for o, y in zip(outputs[:number], counts, strict=True))
        mse = tuple(
            counts_mse(o, y, s.pseudocount, team)
            for o, y, s in zip(outputs[number:], counts, self.settings, strict=True)
        )
        return LossParts(self.total(nll, mse), nll, mse)

    def total(self, profile_nll: tuple, counts_error: tuple):
        """Weighted sum of the parts."""
        parts = zip(self.settings, self.counts_weights, profile_nll, counts_error, strict=True)
        return sum(s.profile_weight * p + w * c for s, w, p, c in parts)
