"""Standard errors: closed forms, what reads say when drawn again, and that no choice of gauge changes them."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.evaluate import parameter_tables as reported
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.standard_errors import covariance, generalised_inverse
from cisgrammar.binding.reads.count_table import CountTable
from toy_binding import NO_PENALTY, WIDTH, drawn, fitted, monomer

COUNTS = np.array([[400.0, 90.0], [250.0, 310.0], [330.0, 60.0], [120.0, 700.0]])


def one_base() -> Fitted:
    """Reads of one base on one strand: log odds of the counts are the parameters."""
    psam = PSAM(1, score_reverse=False)
    model = Experiment([Mode(Conv1d(psam, 1, 1, 1))], chain("bound_unsaturated", [True, True])).double()
    table = CountTable.from_strings(list("ACGT"), COUNTS)
    return fitted(model, table)


def test_the_errors_of_one_base_are_those_of_log_odds_ratios() -> None:
    found = one_base()
    table = reported.matrix_table(found, covariance(found))
    log_odds = np.log(COUNTS[:, 1] / COUNTS[:, 0])
    centring = np.eye(4) - 0.25
    variance = centring @ np.diag((1 / COUNTS).sum(1)) @ centring
    np.testing.assert_allclose(table["beta"], log_odds - log_odds.mean(), atol=1e-3)
    np.testing.assert_allclose(table["standard_error"], np.sqrt(np.diag(variance)), rtol=1e-3)
    np.testing.assert_allclose(table["log_affinity"].max(), 0.0, atol=1e-12)


def test_the_error_of_a_depth_is_that_of_the_totals() -> None:
    found = one_base()
    found.experiments["library"].bindings[0].psam.freeze()
    table = reported.parameters_table(found, covariance(found)).set_index("parameter")
    model = found.experiments["library"]
    share = torch.stack([model(torch.tensor([[b]], dtype=torch.uint8))[0].exp() for b in range(4)]).detach().numpy()
    information = (COUNTS.sum(1) * share.prod(1)).sum()
    assert table.loc["log_depth", "standard_error"].iloc[1] == pytest.approx(information**-0.5, rel=1e-3)
    assert table.loc["log_depth", "standard_error"].iloc[0] == 0.0


def test_errors_are_the_spread_of_fits_to_reads_drawn_again() -> None:
    values, errors = [], []
    for seed in range(6):
        found = fitted(monomer(7), drawn(monomer(7), 1500, 7, seed, 8000))
        table = reported.matrix_table(found, covariance(found))
        values.append(table["beta"].to_numpy())
        errors.append(table["standard_error"].to_numpy())
    z = (np.array(values) - reported.fixed_gauge(monomer().bindings[1].psam).monomers.ravel()) / np.array(errors)
    assert np.sqrt((z**2).mean()) == pytest.approx(1.0, abs=0.25)
    spread = np.array(values).std(0, ddof=1)
    assert np.median(spread / np.median(errors, axis=0)) == pytest.approx(1.0, abs=0.3)


def test_two_copies_of_a_library_say_as_much_as_twice_the_reads() -> None:
    model = monomer()
    table = drawn(model, 500, WIDTH, 3)
    twice = CountTable(table.variable, 2 * table.counts)
    one = fitted(model, twice)
    other = Experiment([model.bindings[0], model.bindings[1]], chain("bound_unsaturated", [True, True])).double()
    other.load_state_dict(model.state_dict())
    both = Fitted({"x": model, "y": other}, one.factors, {"x": table, "y": table}, penalty=NO_PENALTY)
    errors = [reported.matrix_table(f, covariance(f))["standard_error"] for f in (one, both)]
    np.testing.assert_allclose(errors[0], errors[1], rtol=0.02)


def test_a_subset_of_the_reads_says_nearly_the_same() -> None:
    found = fitted(monomer(), drawn(monomer(), 2000, WIDTH, 5))
    errors = [reported.matrix_table(found, covariance(found, rows))["standard_error"] for rows in (1000, 10_000)]
    np.testing.assert_allclose(errors[0], errors[1], rtol=0.25)


def test_what_nothing_determines_has_no_error() -> None:
    found = one_base()
    known = covariance(found)
    psam = found.factors["a"]
    assert np.isnan(known.errors(lambda: psam.betas.detach().numpy())).all()
    assert np.isfinite(
        known.errors(lambda: psam.betas.detach().numpy()[:, 1:] - psam.betas.detach().numpy()[:, :1])
    ).all()


def test_the_generalised_inverse_is_one() -> None:
    rng = np.random.default_rng(0)
    half = rng.normal(size=(6, 4)) * np.array([0.1, 1, 10, 1])
    curvature = half @ half.T
    inverse, null = generalised_inverse(curvature)
    np.testing.assert_allclose(curvature @ inverse @ curvature, curvature, rtol=1e-6, atol=1e-9 * curvature.max())
    assert null.shape == (6, 2)
    np.testing.assert_allclose(curvature @ null, 0, atol=1e-9 * curvature.max())
