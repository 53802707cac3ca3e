"""What the error of an estimated composition adds to the estimates that take selected reads as draws from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.likelihood.composition import Composition
from cisgrammar.binding.likelihood.coordinate import STEP, Coordinate
from cisgrammar.binding.likelihood.expected_binding import log_expected_z


def composition_noise(
    experiment: Experiment, composition: Composition, numbers: Sequence[Coordinate]
) -> NDArray[np.float64]:
    """Covariance of the slopes of log E[Z] by `numbers` that the composition's own error causes, `(numbers, numbers)`.

    By the delta method: G C G^T, where G holds the second derivatives of log E[Z] by a number and by the logarithm of
    a letter's probability (forward differences of the gradient), and C is the covariance of the logarithms of
    multinomial shares p estimated from N reads, (diag(1 / p) - 1 1^T) / N for each context.
    """
    if composition.group is None or composition.seen is None or not len(composition.seen):
        return np.zeros((len(numbers), len(numbers)))
    log_next = composition.log_next.clone()
    varied = Composition(composition.kind, log_next.requires_grad_(True), composition.group, composition.seen)

    def gradient() -> torch.Tensor:
        with torch.enable_grad():
            (found,) = torch.autograd.grad(log_expected_z(experiment, varied)[0], log_next)
        return found

    mask = composition.group >= 0  # (length, contexts)
    group, seen = composition.group[mask], composition.seen
    letters = log_next.shape[2]
    log_p = torch.zeros(len(seen), letters, dtype=log_next.dtype, device=log_next.device)
    log_p[group] = log_next.detach()[mask]
    base, rows = gradient(), []
    for number in numbers:
        with number.moved(STEP):
            slope = ((gradient() - base) / STEP)[mask]  # (contexts, letters)
        rows.append(torch.zeros_like(log_p).index_add_(0, group, slope))
    slopes = torch.stack(rows)  # (numbers, groups, letters)
    scaled = slopes / (log_p / 2).exp() / seen[:, None].sqrt()
    sums = slopes.sum(-1) / seen.sqrt()  # (numbers, groups)
    scaled = scaled.flatten(1)
    return (scaled @ scaled.T - sums @ sums.T).cpu().numpy()
