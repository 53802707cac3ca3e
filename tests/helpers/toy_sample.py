"""Positions whose labels follow known probabilities, shown at any temperature."""

import numpy as np
import torch

from cisgrammar.splice.calibration.temperature import Sample


def drawn_labels(log_probs, rng):
    return (rng.random(len(log_probs))[:, None] > np.exp(log_probs).cumsum(1)).sum(1).clip(max=2).astype(np.uint8)


def simulated(temperature, n=40_000, genes=40, seed=0):
    """Positions whose labels follow the logits at temperature 1, shown multiplied by `temperature`."""
    rng = np.random.default_rng(seed)
    logits = rng.normal([3, 0, 0], 2, (n, 3))
    truth = torch.log_softmax(torch.from_numpy(logits), 1).numpy()
    shown = torch.log_softmax(torch.from_numpy(logits * temperature), 1).numpy().astype(np.float32)
    return Sample(shown, drawn_labels(truth, rng), np.arange(n, dtype=np.int32) % genes, np.ones(n), genes)
