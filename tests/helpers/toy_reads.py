"""Reads drawn from a binding model."""

from __future__ import annotations

import numpy as np
import torch

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.reads.count_table import CountTable


def drawn(model: Experiment, n: int, width: int, seed: int, pool: int = 60_000) -> CountTable:
    """`n` even reads in round 0 and `n` reads of a pool drawn by their Z in round 1."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (pool, width)).astype(np.uint8)
    with torch.no_grad():
        log_z = model.log_aggregate(torch.from_numpy(codes))[:, 0].double().numpy()
    p = np.exp(log_z - log_z.max())
    after = codes[rng.choice(pool, n, p=p / p.sum())]
    counts = np.repeat([[1.0, 0.0], [0.0, 1.0]], n, axis=0)
    return CountTable(np.concatenate([rng.integers(0, 4, (n, width)).astype(np.uint8), after]), counts)


def monomer(width: int = 12, kernel_size: int = 5, **settings) -> Experiment:
    layer = Conv1d(PSAM(kernel_size, **settings), width, width, width)
    return Experiment([NonSpecific(width, width), Mode(layer)], chain("bound_unsaturated", [True, True]))
