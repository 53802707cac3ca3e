"""Small binding models with known parameters, and reads drawn from them."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from cisgrammar.binding.fit.optimise import Effort, minimise
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.likelihood import Data, Objective, Penalty
from cisgrammar.binding.reads.count_table import CountTable

WIDTH = 10
NO_PENALTY = Penalty(l2=0.0, barrier=1e3)


def drawn(model: Experiment, n: int, width: int, seed: int, pool: int = 20_000) -> CountTable:
    """`n` even reads in the first round, and `n` of a pool drawn by their share in each later one."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (pool, width)).astype(np.uint8)
    with torch.no_grad():
        sums = model.log_enrichments(model.log_aggregate(torch.from_numpy(codes)))
    parts, rounds = [], len(sums)
    for total in sums:
        p = np.exp(total.double().numpy() - float(total.max()))
        parts.append(codes[rng.choice(pool, n, p=p / p.sum())])
    return CountTable(np.concatenate(parts), np.repeat(np.eye(rounds), n, axis=0))


def betas(consensus: str, seed: int, low: float = 0.8, high: float = 2.5) -> torch.Tensor:
    """A matrix `(positions, 4)` whose best sequence is `consensus`."""
    out = -np.random.default_rng(seed).uniform(low, high, (len(consensus), 4))
    out[np.arange(len(consensus)), ["ACGT".index(b) for b in consensus]] = 0.0
    return torch.from_numpy(out)


def monomer(width: int = WIDTH, rounds: int = 2, kind: str = "bound_unsaturated", **bias) -> Experiment:
    """Non-specific binding and one factor that likes TGAC."""
    psam = PSAM(4).double()
    psam.betas.data = betas("TGAC", 1)
    mode = Mode(Conv1d(psam, width, width, width, **bias))
    out = Experiment([NonSpecific(width, width), mode], chain(kind, [True] * rounds)).double()
    out.log_activity.data[0] = -5.0
    return out


def dimer(
    width: int = WIDTH, same: bool = False, rounds: int = 2, kind: str = "bound_unsaturated", **limits
) -> Experiment:
    """Two 3-bp factors (or one with itself) that bind together at 3 and 4 bp on the same strand."""
    first = PSAM(3).double()
    first.betas.data = betas("TGA", 2, 1.5, 3.0)
    second = first if same else PSAM(3).double()
    if not same:
        second.betas.data = betas("CCT", 3, 1.5, 3.0)
    layers = [Conv1d(psam, width, width, width) for psam in (first, second)]
    mode_a = Mode(layers[0])
    mode_b = mode_a if same else Mode(layers[1])
    spacing = Spacing(first, second, width - 2, **{"max_overlap": 0, "max_spacing": 1} | limits)
    modes = [mode_a] if same else [mode_a, mode_b]
    bindings = [NonSpecific(width, width), *modes, Cooperativity(spacing, mode_a, mode_b)]
    out = Experiment(bindings, chain(kind, [True] * rounds)).double()
    out.log_activity.data[:] = -6.0
    out.log_activity.data[-1] = 0.0
    spacing.log_spacing.data[:] = -6.0
    for offset, omega in ((3, 0.0), (4, 1.0)):
        spacing.log_spacing.data[0, offset + width - 3] = omega
        if same:
            spacing.log_spacing.data[0, -offset + width - 3] = omega
    return out


def factors_of(model: Experiment) -> dict[str, PSAM]:
    """Matrices by name: a, b."""
    found = {id(m): m for m in model.modules() if isinstance(m, PSAM)}
    # One library or two.
    return dict(zip("ab", found.values(), strict=False))


def fitted(model: Experiment, table: CountTable, penalty: Penalty = NO_PENALTY, **settings) -> Fitted:
    """Fit a model to its reads from where it is."""
    data = Data(table, model.observed)
    minimise(Objective(nn.ModuleList([model]), [data], penalty), Effort(60, 1e-7))
    return Fitted({"library": model}, factors_of(model), {"library": table}, penalty=penalty, **settings)
