"""Reads as draws from a known initial library: exact means, smaller and honest errors, and when it is not believed."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.binding.evaluate import parameter_tables as reported
from cisgrammar.binding.export import centred_betas
from cisgrammar.binding.fit.optimise import Effort, minimise
from cisgrammar.binding.fit.refine import Refinement, estimates
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.likelihood.composition import fit_composition
from cisgrammar.binding.likelihood.expected_binding import log_expected_z
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.library_likelihood import LibraryObjective, library_composition
from cisgrammar.binding.likelihood.likelihood import Data, Objective
from cisgrammar.binding.likelihood.standard_errors import covariance
from cisgrammar.binding.reads.count_table import CountTable
from toy_binding import NO_PENALTY, WIDTH, dimer, drawn, factors_of, fitted, monomer
from toy_library import from_library, strict


def test_the_loss_is_that_of_the_reads_probabilities_and_its_gradient_is_right() -> None:
    model, table = monomer(), drawn(monomer(), 300, WIDTH, 0)
    composition = fit_composition(table, 0)
    data = Data(table, [0, 1])
    objective = LibraryObjective(nn.ModuleList([model]), [data], NO_PENALTY, compositions=[composition])
    selected = table.subset(table.counts[:, 1] > 0)

    def loss() -> float:
        log_z = model.log_aggregate(torch.from_numpy(selected.codes()))[:, 0]
        log_share = log_z - log_expected_z(model, composition)
        return -float((log_share * torch.from_numpy(selected.counts[:, 1])).sum().detach()) / table.counts.sum()

    assert objective.backward() == pytest.approx(loss(), abs=1e-6)
    psam = model.bindings[1].psam
    slope, step = float(psam.betas.grad[2, 1]), 1e-4
    values = []
    for sign in (1, -1):
        with torch.no_grad():
            psam.betas[2, 1] += sign * step
            values.append(loss())
            psam.betas[2, 1] -= sign * step
    assert slope == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-4)


def test_errors_are_smaller_by_as_much_as_is_reported() -> None:
    truth, values, errors = centred_betas(strict().bindings[1].psam), {}, {}
    for seed in range(12):
        table = drawn(strict(), 2000, WIDTH, seed, pool=200_000)
        model, composition = from_library(table, strict())
        whole = {"factors": factors_of(model), "train": {"library": table}, "penalty": NO_PENALTY}
        library = Fitted({"library": model}, **whole, compositions={"library": composition})
        for name, found in (("library", library), ("free", fitted(strict(), table))):
            values.setdefault(name, []).append(centred_betas(found.factors["a"]).ravel())
            table_of_errors = reported.matrix_table(found, covariance(found))
            errors.setdefault(name, []).append(table_of_errors["standard_error"].to_numpy())
    z = {name: (np.array(values[name]) - truth.ravel()) / np.array(errors[name]) for name in values}
    assert np.sqrt((z["library"] ** 2).mean()) == pytest.approx(1.0, abs=0.25)
    seen = {name: np.sqrt(((np.array(values[name]) - truth.ravel()) ** 2).mean(0)) for name in values}
    said = {name: np.mean(errors[name], 0) for name in values}
    ratios = [np.median(found["library"] / found["free"]) for found in (seen, said)]
    assert ratios[0] == pytest.approx(ratios[1], rel=0.2)
    assert (said["library"] < said["free"]).all()
    assert ratios[1] < 0.8


def test_depths_keep_their_errors_and_nothing_is_nan() -> None:
    table = drawn(monomer(), 2000, WIDTH, 1)
    model, composition = from_library(table, monomer())
    tables = []
    for compositions in ({}, {"library": composition}):
        found = Fitted(
            {"library": model},
            factors_of(model),
            {"library": table},
            penalty=NO_PENALTY,
            compositions=compositions,
        )
        tables.append(reported.parameters_table(found, covariance(found)).set_index("parameter")["standard_error"])
    free, library = (t["log_depth"].to_numpy()[-1] for t in tables)
    assert np.isfinite(library)
    assert 0 < library < free


@pytest.mark.parametrize(
    ("model", "table", "reason"),
    [
        (dimer(), drawn(monomer(), 50, WIDTH, 0), "pairs of sites"),
        (monomer(kind="bound"), drawn(monomer(), 50, WIDTH, 0), "unsaturated"),
        (monomer(rounds=3), drawn(monomer(rounds=3), 50, WIDTH, 0), "one round"),
        (monomer(), CountTable.from_strings(["ACGTACGTAC", "ACGTNACGTA"], np.eye(2)), "hold N"),
    ],
    ids=["dimer", "saturated", "rounds", "N"],
)
def test_what_it_does_not_hold_for_says_why(model: Experiment, table: CountTable, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        library_composition(model, table)


def test_libraries_without_a_composition_keep_their_likelihood_beside_one_that_has_it() -> None:
    """Two libraries share a matrix; of one the initial reads hold N."""
    model, table = monomer(), drawn(monomer(), 1500, WIDTH, 5)
    other = Experiment([model.bindings[0], model.bindings[1]], chain("bound_unsaturated", [True, True])).double()
    other.log_activity.data[0] = -5.0
    odd = drawn(monomer(), 1500, WIDTH, 6)
    variable = odd.variable.copy()
    variable[0, 0] = odd.alphabet.wildcard
    tables = [table, CountTable(variable, odd.counts)]
    models = nn.ModuleList([model, other])
    data = [Data(t, [0, 1]) for t in tables]
    minimise(Objective(models, data, NO_PENALTY), Effort(60, 1e-8))
    before = estimates(models)()
    step = Refinement(models, tables, data, data, NO_PENALTY, Effort(60, 1e-8), 4096)
    _, found = step.run()
    assert [c is not None for c in found] == [True, False]
    assert not np.array_equal(estimates(models)(), before)
    assert all(p.requires_grad for p in (model.log_depth, other.log_depth, model.bindings[1].psam.betas))
