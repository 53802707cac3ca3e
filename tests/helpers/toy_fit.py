"""A motif that is known, and reads drawn from it."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.psam import Seed
from cisgrammar.binding.reads.count_table import CountTable
from toy_reads import drawn, monomer

QUICK = FitSettings(subset=3000, search=Search(kmer=5, kmer_starts=1, random_starts=1, shift=1))


@pytest.fixture(scope="module")
def truth() -> Experiment:
    model = monomer(seed=Seed("TGACC")).double()
    rng = np.random.default_rng(5)
    betas = -rng.uniform(0.8, 2.5, (5, 4))
    betas[np.arange(5), [3, 2, 0, 1, 1]] = 0.0
    model.bindings[1].psam.betas.data = torch.from_numpy(betas)
    model.log_activity.data = torch.tensor([[-6.0], [0.0]]).double()
    return model


@pytest.fixture(scope="module")
def table(truth: Experiment) -> CountTable:
    return drawn(truth, 3000, 12, seed=0)


def centred(model: Experiment) -> np.ndarray:
    values = model.bindings[1].psam.get_filter(0)[0].T.detach().numpy()
    return values - values.mean(1, keepdims=True)
