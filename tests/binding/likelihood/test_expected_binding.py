"""The mean of Z over all reads, against their enumeration."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.likelihood.composition import Composition
from cisgrammar.binding.likelihood.expected_binding import log_expected_z
from cisgrammar.binding.reads.count_table import Flanks
from toy_library import every_read, initial


@settings(max_examples=12, deadline=None)
@given(
    order=st.integers(0, 3),
    pairs=st.integers(0, 2),
    mode=st.sampled_from(["channel", "same", "reverse"]),
    strands=st.booleans(),
    hill=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_the_mean_of_z_is_that_over_all_reads(order, pairs, mode, strands, hill, seed) -> None:
    rng, flanks = np.random.default_rng(seed), Flanks("GA", "T")
    table = initial(every_read(5), flanks)
    length = table.input_shape
    psam = PSAM(3, pairwise_distance=pairs, score_reverse=strands).double()
    mode = "channel" if mode == "reverse" and not strands else mode
    layer = Conv1d(psam, length, length, length, train_posbias=True, bias_mode=mode)
    factor = Mode(layer, train_hill=hill)
    model = Experiment([NonSpecific(length, length), factor], chain("bound_unsaturated", [True, True])).double()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter is not factor.log_hill or hill:
                parameter += torch.from_numpy(rng.normal(0, 0.7, tuple(parameter.shape)))
    log_next = np.full((length, 4**order, 4), -700.0)
    log_next[[0, 1, 7], :, [2, 0, 3]] = 0.0
    log_next[2:7] = np.log(rng.dirichlet(np.ones(4), (5, 4**order)))
    composition = Composition("made up", torch.from_numpy(log_next))
    log_z = model.log_aggregate(torch.from_numpy(table.codes()))[:, 0].detach().numpy()
    wanted = np.log((np.exp(composition.log_probability(table.codes())) * np.exp(log_z)).sum())
    found = log_expected_z(model, composition)
    assert float(found.detach()) == pytest.approx(wanted, abs=1e-9)
    found.sum().backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in psam.parameters() if p.grad is not None)
