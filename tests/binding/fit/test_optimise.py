"""The optimiser: closed forms of its minimum and its curvature, and its threads."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from cisgrammar.binding.fit import optimise
from cisgrammar.binding.fit.optimise import Effort, fisher_information, minimise
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.likelihood.likelihood import Data, Objective, Penalty
from cisgrammar.binding.reads.count_table import CountTable
from toy_fit import (
    centred,
)
from toy_reads import monomer


def test_minimise_reaches_the_closed_form_of_a_depth(table: CountTable) -> None:
    model = monomer().double()
    model.active = [True, False]
    model.freeze()
    model.unfreeze("depth")
    loss = minimise(Objective(torch.nn.ModuleList([model]), [Data(table, [0, 1])]), Effort(100, 1e-12))
    assert loss == pytest.approx(np.log(2), abs=1e-4)
    model.freeze()
    objective = Objective(torch.nn.ModuleList([model]), [Data(table, [0, 1])])
    with pytest.raises(ValueError, match="nothing to fit"):
        minimise(objective)


def test_the_curvature_of_a_depth_is_that_of_a_binomial(table: CountTable) -> None:
    model = monomer().double()
    model.active = [True, False]
    model.freeze()
    model.log_depth.requires_grad_(True)
    objective = Objective(torch.nn.ModuleList([model]), [Data(table, [0, 1])], Penalty(l2=0.0))
    minimise(objective, Effort(100, 1e-12))
    information = fisher_information(objective, 2000)
    # Half of the reads in each round: p (1 - p) = 1/4, and only the difference of the two depths matters.
    assert np.diag(information) == pytest.approx([0.25, 0.25], rel=0.15)
    assert information[0, 1] == pytest.approx(-0.25, rel=0.15)


def test_a_known_curvature_leads_to_the_same_minimum_sooner(truth: Experiment, table: CountTable) -> None:
    data = Data(table, [0, 1])
    results = []
    for known in (False, True):
        model = copy.deepcopy(truth)
        model.requires_grad_(False)
        model.bindings[1].psam.unfreeze("monomer")
        model.unfreeze("depth")
        objective = Objective(torch.nn.ModuleList([model]), [data], Penalty(l2=1e-4))
        curvature = fisher_information(objective) if known else None
        objective.evaluations = 0
        # Below 1e-8 the last steps are rounding, and their number says nothing.
        loss = minimise(objective, Effort(200, 1e-8), curvature)
        results.append((loss, objective.evaluations, centred(model)))
    assert results[1][0] == pytest.approx(results[0][0], abs=1e-6)
    np.testing.assert_allclose(results[1][2], results[0][2], atol=0.02)
    assert results[1][1] < results[0][1]


def test_few_reads_are_fitted_on_one_thread_and_the_callers_number_is_put_back() -> None:
    before, seen = torch.get_num_threads(), []
    torch.set_num_threads(2)
    try:
        for reads in (99_999, 100_000):
            with optimise.threads_for(reads):
                seen.append(torch.get_num_threads())
        with pytest.raises(KeyError), optimise.threads_for(5):
            raise KeyError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert seen == [1, 2]
