"""Reads selected from initial libraries that are even, made position by position, or lack part of the motif."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.reads.count_table import CountTable
from toy_binding import WIDTH, betas

_POOL = 150_000


@dataclass(frozen=True)
class Selected:
    """A library: numbers of reads of both rounds, and how it departs from even letters.

    `kept` is the share of reads with the consensus that the library holds, `uneven` whether letters differ by
    position; `low`, `high` and `log_nonspecific` are of the truth.
    """

    motif: str
    reads: tuple[int, int]
    kept: float = 1.0
    uneven: bool = False
    low: float = 1.5
    high: float = 3.0
    log_nonspecific: float = -6.0


RIGHT = Selected("TGACGA", (20_000, 5_000))
STRICT = Selected("TGAC", (4_000, 4_000), low=1.2, high=3.75, log_nonspecific=-8.0)
SETTINGS = {
    "right": RIGHT,
    "half of the motif": replace(RIGHT, kept=0.5),
    "a third of the motif": replace(RIGHT, reads=(40_000, 2_000), kept=0.3),
    "half of a short motif": Selected("TGAC", (60_000, 3_000), 0.5, low=0.8, high=2.5, log_nonspecific=-5.0),
    "few initial reads": replace(STRICT, reads=(1_000, 100_000), uneven=True),
    "few initial reads, fewer selected": replace(STRICT, reads=(2_000, 20_000), uneven=True),
    "even": STRICT,
}


def library(setting: Selected, seed: int) -> tuple[Experiment, CountTable]:
    """The truth, and reads drawn from it."""
    rng = np.random.default_rng([seed, 15])
    psam = PSAM(len(setting.motif)).double()
    psam.betas.data = betas(setting.motif, 1, setting.low, setting.high)
    mode = Mode(Conv1d(psam, WIDTH, WIDTH, WIDTH))
    truth = Experiment([NonSpecific(WIDTH, WIDTH), mode], chain("bound_unsaturated", [True, True])).double()
    truth.log_activity.data[0] = setting.log_nonspecific
    pool = _pool(setting, rng)
    with torch.no_grad():
        weight = truth.log_aggregate(torch.from_numpy(pool))[:, 0].exp().numpy()
    before, after = setting.reads
    reads = [pool[rng.choice(len(pool), before)], pool[rng.choice(len(pool), after, p=weight / weight.sum())]]
    return truth, CountTable(np.concatenate(reads), np.repeat(np.eye(2), setting.reads, axis=0))


def _pool(setting: Selected, rng: np.random.Generator) -> NDArray[np.uint8]:
    shares = rng.dirichlet(np.full(4, 8.0), WIDTH) if setting.uneven else np.full((WIDTH, 4), 0.25)
    below = shares.cumsum(1)[:, :3]
    pool = (rng.random((_POOL, WIDTH, 1)) > below).sum(2).astype(np.uint8)
    return pool[~holds(pool, setting.motif) | (rng.random(len(pool)) < setting.kept)]


def holds(reads: NDArray[np.uint8], consensus: str) -> NDArray[np.bool_]:
    """Which reads hold the consensus on either strand."""
    motif = np.array(["ACGT".index(b) for b in consensus])
    windows = np.lib.stride_tricks.sliding_window_view(reads, len(motif), axis=1)
    return (windows == motif).all(2).any(1) | (windows == (3 - motif)[::-1]).all(2).any(1)
