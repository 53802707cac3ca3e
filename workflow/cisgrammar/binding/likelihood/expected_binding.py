"""Binding expected of an initial library: the mean of Z over all reads that it may hold, without drawing any."""

from __future__ import annotations

import torch

from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.likelihood.composition import Composition, advance


def log_expected_z(experiment: Experiment, composition: Composition) -> torch.Tensor:
    """Logarithm of the mean Z over reads of this composition, by column of `log_activity`, `(columns,)`.

    Z is a sum over windows, and of the exponential of one window's score a Markov chain has an exact mean: a sum over
    its letters, one after the other, of what the chain and the matrix give them.
    """
    total = None
    for binding, activity, on in zip(experiment.bindings, experiment.log_activity, experiment.active, strict=True):
        if not on:
            continue
        if isinstance(binding, NonSpecific):
            # Of reads of one length it is a constant.
            read = torch.zeros((1, composition.length), dtype=torch.uint8, device=activity.device)
            mean = binding(read)[0]
        elif isinstance(binding, Mode):
            mean = torch.logsumexp(log_expected_windows(binding, composition), (0, 1))
        else:
            raise ValueError("pairs of sites have no such mean")
        column = activity + mean
        total = column if total is None else torch.logaddexp(total, column)
    if total is None:
        raise ValueError("no binding is active; activate one first")
    return total


def log_expected_windows(mode: Mode, composition: Composition) -> torch.Tensor:
    """Logarithm of the mean of exp(hill * score) of each window, `(channels, windows)`."""
    layer = mode.layer
    chain = composition.of_order(max(composition.order, layer.psam.pairwise_distance, 1))
    hill = mode.log_hill.exp()
    monomers, pairs = layer.score_filters()
    windows, letters = layer.out_len(composition.length), monomers.shape[1]
    log_next = chain.log_next.to(monomers)  # (length, contexts, letters)
    weights = chain.log_contexts().to(monomers)[:windows].expand(len(monomers), -1, -1)  # (channels, windows, contexts)
    contexts = torch.arange(log_next.shape[1], device=monomers.device)
    for i in range(layer.psam.kernel_size):
        score = monomers[:, None, :, i].expand(-1, len(contexts), -1)  # (channels, contexts, letters)
        for distance, values in enumerate(pairs, start=1):
            if i >= distance:
                before = contexts // letters ** (distance - 1) % letters
                score = score + values[..., i - distance][:, before]
        weights = advance(weights[..., None] + log_next[i : i + windows] + hill * score[:, None])
    return torch.logsumexp(weights, -1) + hill * (layer.get_log_posbias()[-1] + layer.psam.bias)
