"""Initial libraries of known composition, and a model fitted to them."""

from __future__ import annotations

import copy
import itertools

import numpy as np
from torch import nn

from cisgrammar.binding.fit.optimise import Effort, minimise
from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.likelihood.composition import Composition
from cisgrammar.binding.likelihood.library_likelihood import LibraryObjective, library_composition
from cisgrammar.binding.likelihood.likelihood import Data
from cisgrammar.binding.reads.count_table import CountTable, Flanks
from toy_binding import NO_PENALTY, monomer

QUICK = FitSettings(subset=6000, search=Search(kmer=4, kmer_starts=1, random_starts=0, shift=0), penalty=NO_PENALTY)


def every_read(length: int) -> np.ndarray:
    return np.array(list(itertools.product(range(4), repeat=length)), dtype=np.uint8)


def markov(n: int, length: int, order: int, seed: int, sharp: float = 1.0) -> np.ndarray:
    """Reads of a chain of some order, the same at all positions."""
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.full(4, 1 / sharp), 4**order)
    reads = rng.integers(0, 4, (n, length))
    for at in range(length):
        context = np.zeros(n, dtype=int)
        for back in range(max(0, at - order), at):
            context = context * 4 + reads[:, back]
        p = table[context].cumsum(1)
        reads[:, at] = (rng.random((n, 1)) > p[:, :3]).sum(1)
    return reads.astype(np.uint8)


def initial(codes: np.ndarray, flanks: Flanks | None = None) -> CountTable:
    return CountTable(codes, np.ones((len(codes), 1)), flanks or Flanks())


def from_library(table: CountTable, start: Experiment) -> tuple[Experiment, Composition]:
    """A model fitted to reads as draws from their initial library."""
    model = copy.deepcopy(start)
    composition = library_composition(model, table)
    model.log_depth.requires_grad_(False)
    data = Data(table, [0, 1])
    objective = LibraryObjective(nn.ModuleList([model]), [data], NO_PENALTY, compositions=[composition])
    minimise(objective, Effort(80, 1e-9))
    model.log_depth.requires_grad_(True)
    return model, composition


def strict() -> Experiment:
    """Binding so strong that reads with a site have none like them in the initial library."""
    model = monomer()
    model.bindings[1].psam.betas.data *= 1.5
    model.log_activity.data[0] = -8.0
    return model
