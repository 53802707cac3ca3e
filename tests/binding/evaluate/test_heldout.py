"""Held-out likelihood beside simpler models, with errors of the differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.evaluate.heldout import heldout, mean_and_error, non_specific
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import NonSpecific
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.likelihood import Data, negative_log_likelihood
from cisgrammar.binding.reads.count_table import CountTable
from toy_binding import NO_PENALTY, WIDTH, dimer, drawn, factors_of, monomer


def given(model: Experiment, n: int = 1500) -> Fitted:
    width = model.bindings[1].layer.input_shape
    tables = [drawn(model, n, width, seed) for seed in (0, 1)]
    sets = [{"library": table} for table in tables]
    with torch.no_grad():
        log_z = model.log_aggregate(torch.from_numpy(tables[0].variable[:n]))[:, 0]
        model.log_depth[1] = -torch.logsumexp(log_z, 0) + np.log(n)
    return Fitted({"library": model}, factors_of(model), *sets, penalty=NO_PENALTY)


def test_each_split_and_model_is_scored_as_the_likelihood_says() -> None:
    found = given(monomer())
    table = heldout(found).table
    assert list(table.columns) == ["library", "split", "model", "reads", "nll_per_read", "standard_error"]
    table = table.set_index(["split", "model"])
    for split, tables in (("train", found.train), ("held_out", found.held_out)):
        data = Data(tables["library"], [0, 1])
        wanted = negative_log_likelihood(found.experiments["library"], data)
        assert table.loc[(split, "fit"), "nll_per_read"] == pytest.approx(wanted, rel=1e-5)
        assert table.loc[(split, "non_specific"), "nll_per_read"] == pytest.approx(np.log(2), rel=1e-6)
        assert table.loc[(split, "fit"), "reads"] == data.total


def test_gains_are_differences_with_smaller_errors_than_either() -> None:
    found = heldout(given(monomer()))
    table = found.table.set_index(["split", "model"])
    for row in found.gains.to_dict("records"):
        parts = [table.loc[(row["split"], model)] for model in (row["against"], "fit")]
        assert row["gain"] == pytest.approx(parts[0]["nll_per_read"] - parts[1]["nll_per_read"], abs=1e-9)
        assert row["gain"] > 2 * row["standard_error"] > 0


def test_the_error_of_a_mean_counts_copies_of_a_read_as_one() -> None:
    rng = np.random.default_rng(0)
    values, counts = rng.normal(2.0, 1.0, 4000), rng.integers(1, 4, 4000)
    table = CountTable(rng.integers(0, 4, (4000, 6)).astype(np.uint8), np.stack([counts, 0 * counts + 1.0], 1))
    data = Data(table, [0])
    rows = torch.from_numpy(values * counts)
    mean, error = mean_and_error(rows, data)
    assert mean == pytest.approx((values * counts).sum() / counts.sum())
    draws = [rng.integers(0, 4000, 4000) for _ in range(300)]
    spread = np.std([(values * counts)[d].sum() / counts[d].sum() for d in draws])
    assert error == pytest.approx(spread, rel=0.15)


def test_without_cooperativity_is_fitted_where_there_is_a_dimer() -> None:
    found = given(dimer(), 800)
    before = {k: v.clone() for k, v in found.experiments["library"].state_dict().items() if torch.is_tensor(v)}
    gains = heldout(found).gains
    assert set(gains["against"]) == {"non_specific", "without_cooperativity", "single_motif"}
    row = gains[(gains["split"] == "held_out") & (gains["against"] == "without_cooperativity")].iloc[0]
    assert row["gain"] > 2 * row["standard_error"]
    for key, value in before.items():
        assert torch.equal(found.experiments["library"].state_dict()[key], value)
    assert found.experiments["library"].active == [True] * 4


def test_a_given_model_without_cooperativity_is_taken() -> None:
    found = given(dimer(), 300)
    other = monomer()
    found_gains = heldout(found, {"library": other}).gains
    row = found_gains[found_gains["against"] == "without_cooperativity"].iloc[0]
    wanted = negative_log_likelihood(other, found.data()["library"])
    fit = negative_log_likelihood(found.experiments["library"], found.data()["library"])
    assert row["gain"] == pytest.approx(wanted - fit, rel=1e-4)


def test_non_specific_binding_to_reads_of_several_lengths_is_fitted() -> None:
    reads = ["ACGTACGT", "TTGACGTA", "ACG", "TTT", "GGA", "CCCCAAAA"]
    counts = np.array([[9.0, 30.0], [11.0, 25.0], [20.0, 5.0], [22.0, 6.0], [18.0, 4.0], [10.0, 35.0]])
    table = CountTable.from_strings(reads, counts)
    binding = NonSpecific(3, 8, train_posbias=True)
    model = Experiment([binding], chain("bound_unsaturated", [True, True])).double()
    found = Fitted({"library": model}, {}, {"library": table}, penalty=NO_PENALTY)
    alone = non_specific(found)["library"]
    share = alone(torch.from_numpy(table.codes())).exp().detach().numpy()
    long = np.array([len(r) == 8 for r in reads])
    assert share[long, 1] == pytest.approx(counts[long, 1].sum() / counts[long].sum(), abs=1e-3)
    assert share[~long, 1] == pytest.approx(counts[~long, 1].sum() / counts[~long].sum(), abs=1e-3)


def test_without_held_out_reads_only_training_is_scored() -> None:
    model = monomer()
    found = Fitted({"library": model}, factors_of(model), {"library": drawn(model, 100, WIDTH, 0)})
    assert set(heldout(found).table["split"]) == {"train"}
