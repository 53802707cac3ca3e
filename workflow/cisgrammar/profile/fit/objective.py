"""A profile model with its windows and loss, as the training loop wants it; and the adaptive count weight."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from torch import Tensor, nn

from cisgrammar.config.profile import Loss
from cisgrammar.profile.data.window_sampler import Batch, WindowSampler
from cisgrammar.profile.fit.losses import LossParts, ProfileLoss
from cisgrammar.profile.models.profile_model import ProfileModel
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.training.team import ALONE, Team

START_FACTOR = 37.0
"""Counts weight per unit of fraction and mean count that adaptation starts from (BPReveal)."""


class ProfileObjective:
    """Trains solo, transformation and combined models alike.

    Parameters
    ----------
    model
        Any model with the outputs of `SoloModel`.
    training, validation
        Samplers of windows.
    losses
        One per head.
    team
        The processes that share each batch, and the device of this one.
    settle
        Called before each validation, when the averaged weights are in the model.
    """

    def __init__(
        self,
        model: ProfileModel,
        training: WindowSampler,
        validation: WindowSampler,
        losses: list[Loss],
        team: Team = ALONE,
        settle: Callable[[], None] | None = None,
    ) -> None:
        self.settle = settle
        self.model: nn.Module = model
        self.network: nn.Module = model
        self.heads, self.team = model.heads, team
        self.training, self.validation = training, validation
        mean_counts = float(np.mean(training.primary.counts))
        self.loss_of = ProfileLoss(self.heads, losses, [starting_weight(s, mean_counts) for s in losses])

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Batches of an epoch, of each this process's part, on the device."""
        return (batch.to(self.team.device) for batch in self.training.batches(epoch, self.team))

    def steps(self) -> int:
        """Batches in an epoch."""
        return self.training.steps()

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Loss of a batch and its parts by name; this process's share of each."""
        parts = self.loss_of(self.network(*_inputs(batch)), batch.counts, self.team)
        return {"loss": parts.total, **self._named(parts)}

    def validate(self) -> dict[str, float]:
        """Parts of the loss over the validation windows, each window weighing the same."""
        names = [f"{part}_{head.name}" for part in ("profile_nll", "counts_mse") for head in self.heads]
        sums, windows = dict.fromkeys(names, 0.0), 0
        if self.settle is not None:
            self.settle()
        for batch in self.validation.fixed_batches(self.team):
            batch = batch.to(self.team.device)
            # A share of nobody else's: each batch is one process's.
            parts = self.loss_of(self.model(*_inputs(batch)), batch.counts)
            for name, value in self._named(parts).items():
                sums[name] += float(value) * batch.size
            windows += batch.size
        *totals, number = self.team.totals([*sums.values(), windows])
        return {name: value / number for name, value in zip(names, totals, strict=True)}

    def watched(self, validation: Mapping[str, float]) -> float:
        """Weighted loss from its parts, with the weights of now."""
        nll = tuple(validation[f"profile_nll_{h.name}"] for h in self.heads)
        mse = tuple(validation[f"counts_mse_{h.name}"] for h in self.heads)
        return float(self.loss_of.total(nll, mse))

    def end_epoch(self, training: Mapping[str, float], validation: Mapping[str, float], epoch: int) -> None:
        """Adapt the counts weight of each head that has a fraction as its target."""
        source = validation if epoch == 0 else training
        for i, (head, settings) in enumerate(zip(self.heads, self.loss_of.settings, strict=True)):
            if settings.counts_fraction is not None:
                nll, mse = source[f"profile_nll_{head.name}"], source[f"counts_mse_{head.name}"]
                weight = self.loss_of.counts_weights[i]
                self.loss_of.counts_weights[i] = adapted_weight(weight, settings.counts_fraction, nll, mse, epoch)

    def state(self) -> dict[str, Any]:
        """The counts weights."""
        return {f"counts_weight_{h.name}": w for h, w in zip(self.heads, self.loss_of.counts_weights, strict=True)}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Put the counts weights back."""
        self.loss_of.counts_weights[:] = [state[f"counts_weight_{h.name}"] for h in self.heads]

    def _named(self, parts: LossParts) -> dict[str, Tensor]:
        names = [h.name for h in self.heads]
        nll = {f"profile_nll_{n}": v for n, v in zip(names, parts.profile_nll, strict=True)}
        return nll | {f"counts_mse_{n}": v for n, v in zip(names, parts.counts_mse, strict=True)}


def _inputs(batch: Batch) -> tuple[Any, ...]:
    """What a model reads of a batch: the sequence, and the control if there is one."""
    x = one_hot(batch.codes)
    return (x,) if batch.control is None else (x, batch.control)


def starting_weight(settings: Loss, mean_counts: float) -> float:
    """The counts weight of the first epoch: as given, else 37 * fraction * mean counts (BPReveal)."""
    if settings.counts_weight is not None:
        return settings.counts_weight
    return START_FACTOR * (settings.counts_fraction or 0.0) * mean_counts


def adapted_weight(weight: float, fraction: float, profile_nll: float, counts_error: float, epoch: int) -> float:
    """The counts weight with which counts make up `fraction` of the loss (BPReveal's rule).

    The first two epochs (0 and 1) jump to it, by a factor of 10 at most; later ones go 30 % of the way, by a factor of
    2 at most.

    Parameters
    ----------
    weight
        The weight until now.
    fraction
        Wanted share of the counts' error in the sum of both.
    profile_nll, counts_error
        The epoch's mean multinomial NLL and unweighted squared error of log-counts.
    epoch
        Number of the epoch that has ended, from 0.
    """
    if counts_error <= 0 or weight <= 0:
        return weight
    wanted = fraction * profile_nll / (counts_error * (1 - fraction))
    early = epoch <= 1
    wanted = wanted if early else 0.7 * weight + 0.3 * wanted
    most = 10.0 if early else 2.0
    return weight * min(max(wanted / weight, 1 / most), most)
