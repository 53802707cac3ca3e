"""The two phases of learning log-counts, as the training loop takes them: local rates, then totals of peaks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from cisgrammar.profile.data.pieces import PieceBatch, PieceSampler
from cisgrammar.profile.data.window_sampler import Batch, WindowSampler
from cisgrammar.profile.models.counts_network import CountsNetwork, bins_of
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.training.team import ALONE, Team

_DISPERSION = 0.5
_DEEP = 60.0


class _Objective:
    """What both phases have in common: nothing adapts between epochs, and one process trains."""

    team: Team = ALONE

    def watched(self, validation: Mapping[str, float]) -> float:
        """The one number that is measured on validation windows."""
        return next(iter(validation.values()))

    def end_epoch(self, training: Mapping[str, float], validation: Mapping[str, float], epoch: int) -> None:
        """Nothing adapts."""

    def state(self) -> dict[str, Any]:
        """Nothing to keep."""
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Nothing to put back."""


class RatesObjective(_Objective):
    """Local rates: the reads of each bin under a negative binomial, and the totals of stretches of a window's length.

    The multinomial likelihood of profiles is blind to how many reads there are; this one is not, and it uses
    all of the training genome.
    """

    def __init__(self, network: CountsNetwork, training: PieceSampler, validation: PieceSampler) -> None:
        self.model: nn.Module = network
        self.network: nn.Module = network
        self.rates, self.training, self.validation = network, training, validation
        self.device = next(network.parameters()).device
        self.window = bins_of(network.output_length)

    def batches(self, epoch: int) -> Iterator[PieceBatch]:
        """Pieces of an epoch."""
        for batch in self.training.batches(epoch):
            yield PieceBatch(*(part.to(self.device) for part in (batch.codes, batch.counts, batch.counted)))

    def steps(self) -> int:
        """Batches in an epoch."""
        return self.training.steps()

    def loss(self, batch: PieceBatch) -> dict[str, Tensor]:
        """Mean over bins, plus a third of the weighted squared error of totals."""
        log_rates = self.rates.log_rates(one_hot(batch.codes))  # (batch, heads, bins)
        nll = self._mean_nll(log_rates, batch)
        totals = self._totals_error(log_rates, batch)
        return {"loss": nll + totals / 3, "rates_nll": nll, "totals_error": totals}

    def validate(self) -> dict[str, float]:
        """Mean over the bins of validation windows."""
        total, bins = 0.0, 0
        for batch in self.validation.batches(0, turned=False):
            batch = PieceBatch(*(part.to(self.device) for part in (batch.codes, batch.counts, batch.counted)))
            number = int(batch.counted.sum())
            total += float(self._mean_nll(self.rates.log_rates(one_hot(batch.codes)), batch)) * number
            bins += number
        return {"rates_nll": total / max(bins, 1)}

    def _mean_nll(self, log_rates: Tensor, batch: PieceBatch) -> Tensor:
        nll = negative_binomial_nll(log_rates, batch.counts, _DISPERSION).mean(1)  # (batch, bins)
        return (nll * batch.counted).sum() / batch.counted.sum().clamp(min=1)

    def _totals_error(self, log_rates: Tensor, batch: PieceBatch) -> Tensor:
        width, stride = self.window, max(1, self.window // 4)
        whole = batch.counted.unfold(1, width, stride).all(2)[:, None]  # (batch, 1, windows)
        predicted = log_rates.unfold(2, width, stride).logsumexp(3)  # (batch, heads, windows)
        counts = batch.counts.unfold(2, width, stride).sum(3)
        # The variance of ln(N + 1) for Poisson reads, and what a model leaves; deep windows are what is asked for.
        weight = torch.where(counts >= _DEEP, 6.0, 1.0) / (1 / (counts + 1) + 0.3) * whole
        error = weight * (predicted - torch.log1p(counts)).square()
        return error.sum() / (whole.sum() * counts.shape[1]).clamp(min=1)


class TotalsObjective(_Objective):
    """The squared error of ln(N + 1) of peaks, the same as a model is judged by."""

    def __init__(self, network: CountsNetwork, training: WindowSampler, validation: WindowSampler) -> None:
        self.model: nn.Module = network
        self.network: nn.Module = network
        self.training, self.validation = training, validation
        self.device = next(network.parameters()).device

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Peaks of an epoch."""
        return (batch.to(self.device) for batch in self.training.batches(epoch))

    def steps(self) -> int:
        """Batches in an epoch."""
        return self.training.steps()

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Mean over windows and heads."""
        error = self._error(batch)
        return {"loss": error, "counts_mse": error}

    def validate(self) -> dict[str, float]:
        """Mean over validation peaks and heads."""
        errors = [float(self._error(b.to(self.device))) * b.size for b in self.validation.fixed_batches()]
        return {"counts_mse": sum(errors) / len(self.validation)}

    def _error(self, batch: Batch) -> Tensor:
        wanted = torch.stack([torch.log1p(c.sum((1, 2))) for c in batch.counts], dim=1)  # (batch, heads)
        return (self.model(one_hot(batch.codes)) - wanted).square().mean()


def negative_binomial_nll(log_mean: Tensor, counts: Tensor, dispersion: float) -> Tensor:
    """Negative log-likelihood, element by element, of counts with variance mean + dispersion * mean^2."""
    size = 1 / dispersion
    # log(mean + size), safe for any log mean.
    log_sum = torch.logaddexp(log_mean, torch.full_like(log_mean, math.log(size)))
    constant = torch.lgamma(counts + size) - torch.lgamma(counts + 1) - math.lgamma(size) + size * math.log(size)
    return (size + counts) * log_sum - counts * log_mean - constant
