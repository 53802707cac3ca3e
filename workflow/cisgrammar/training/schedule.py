"""When to lower the learning rate, and when to stop."""

from __future__ import annotations

import math

from cisgrammar.config.training import Training

WARM_UP = 0.05
MIN_GAIN = 1e-4


def learning_rate(settings: Training, cuts: int, progress: float) -> float:
    """The learning rate at a step.

    Parameters
    ----------
    settings
        `learning_rate` and `schedule`.
    cuts
        How often a plateau has halved the rate.
    progress
        Fraction of all the steps of `epochs` that is done, 0 to 1; for the cosine.
    """
    if settings.schedule == "plateau":
        return settings.learning_rate * 0.5**cuts
    if progress < WARM_UP:
        return settings.learning_rate * progress / WARM_UP + 1e-8
    along = (progress - WARM_UP) / (1 - WARM_UP)
    return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * along))


def plateau(epochs_since_best: int, epochs_since_cut: int, settings: Training) -> bool:
    """Whether the learning rate should be halved after this epoch."""
    waited = min(epochs_since_best, epochs_since_cut)
    return settings.schedule == "plateau" and waited >= settings.plateau_patience


def should_stop(epochs_since_best: int, settings: Training) -> bool:
    """Whether training has gone long enough without gain."""
    return epochs_since_best >= settings.early_stopping_patience
