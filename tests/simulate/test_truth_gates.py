"""Gates against a written truth: what passes, and for each of them what fails."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.profile.predictions import Predictions
from cisgrammar.simulate.recovery import Planted
from cisgrammar.simulate.truth import Truth
from cisgrammar.simulate.truth_gates import binding_truth_gates, footprint_gates, site_gates
from toy_truth import compared, footprints_of, profiles, recovered


def verdicts(gates):
    return {gate.name: gate.verdict for gate in gates}


def test_a_model_that_uses_planted_sites_passes_and_shows_the_unplanted():
    gates = site_gates(recovered(), 0.05, "s", "f")
    assert verdicts(gates) == {
        "ablation.truth.A.planted": "pass",
        "ablation.truth.B.planted": "pass",
        "ablation.truth.false_calls": "pass",
        "ablation.truth.unplanted.called": "n/a",
        "ablation.truth.unplanted.relative_effect": "n/a",
    }
    values = {gate.name: gate.value for gate in gates}
    assert values["ablation.truth.false_calls"] == pytest.approx(3 / 178)
    assert values["ablation.truth.unplanted.called"] == pytest.approx(3 / 50)
    assert values["ablation.truth.unplanted.relative_effect"] == pytest.approx(0.25)


def test_a_factor_that_was_not_learned_fails_though_the_others_were():
    found = verdicts(site_gates(recovered(found=(1.0, 0.4)), 0.05, "s", "f"))
    assert (found["ablation.truth.A.planted"], found["ablation.truth.B.planted"]) == ("pass", "fail")
    # 0.70 of 100 is within the 95 % interval of 0.75.
    assert verdicts(site_gates(recovered(found=(0.9, 0.7)), 0.05, "s", "f"))["ablation.truth.B.planted"] == "warn"


@pytest.mark.parametrize(("unplanted", "verdict"), [((60, 9), "pass"), ((60, 14), "warn"), ((60, 30), "fail")])
def test_too_many_calls_of_what_was_not_planted_fail(unplanted, verdict):
    """Of 175 planted calls and 9, 14, 30 others: 4.9, 7.4, 14.6 % are false; by chance 5 % gives 9 % at most."""
    assert verdicts(site_gates(recovered(unplanted=unplanted), 0.05, "s", "f"))["ablation.truth.false_calls"] == verdict


def test_a_factor_that_was_not_looked_for_has_no_gate_and_one_that_was_missed_fails():
    table = recovered(found=(0.9, 0.0))
    missed = table.assign(found=np.where(table["factor"] == "B", 0, table["found"]))
    assert "ablation.truth.B.planted" not in verdicts(site_gates(missed, 0.05, "s", "f"))
    decoys = pd.DataFrame([("B", "decoy", 40, 40, 1, 0.025, 0.0)], columns=table.columns)
    found = verdicts(site_gates(pd.concat([missed, decoys]), 0.05, "s", "f"))
    assert found["ablation.truth.B.planted"] == "fail"


def test_nothing_planted_and_nothing_called_is_no_verdict():
    found = site_gates(recovered(found=(0.0, 0.0), unplanted=(0, 0)), 0.05, "s", "f")
    assert verdicts(found)["ablation.truth.false_calls"] == "n/a"
    assert verdicts(found)["ablation.truth.A.planted"] == "fail"


def test_footprints_of_the_true_depth_pass_and_flat_or_too_deep_ones_fail():
    assert [gate.name for gate in footprints_of(0.3, 0.3)] == [
        "combined.truth.A.footprint",
        "residual.truth.A.footprint",
    ]
    assert [gate.value for gate in footprints_of(0.3, 0.3)] == pytest.approx([0, 0], abs=1e-6)
    assert [gate.verdict for gate in footprints_of(0.35, 1.0)] == ["pass", "fail"]
    assert [gate.verdict for gate in footprints_of(0.7, 0.45)] == ["fail", "pass"]
    assert footprints_of(1.0, 0.3)[0].value == pytest.approx(1)


def test_a_factor_that_leaves_no_footprint_has_no_gate():
    assert footprints_of(1.0, 1.0, bare=["A"]) == []


def test_footprints_of_few_sites_are_shown_without_verdict():
    true = profiles(0.3)[:5]
    truth = Truth(np.zeros((21, 4)), {"A": np.ones((12, 4))}, true.ravel(), true.ravel())
    sites = Planted(600 * np.arange(5) + 300, np.zeros(5, dtype=bool), np.array(["A"] * 5))
    flat = Predictions({"h": np.full((5, 1, 600), -np.log(600))}, {"h": np.full(5, 7.0)})
    gates = footprint_gates(truth, sites, {"combined": flat, "residual": flat}, 600 * np.arange(5), "s", "f")
    assert {gate.verdict for gate in gates} == {"n/a"}


def test_betas_within_their_errors_pass_and_the_others_are_shown():
    gates = binding_truth_gates(compared(np.random.default_rng(1).normal(size=48).clip(-1.9, 1.9)), "m")
    assert verdicts(gates) == {
        "binding.truth.betas.outside": "pass",
        "binding.truth.betas.r2": "pass",
        "binding.truth.position_bias.outside": "n/a",
    }


def test_errors_that_are_too_small_and_another_matrix_fail():
    tight = verdicts(binding_truth_gates(compared(3 * np.random.default_rng(1).normal(size=48)), "m"))
    assert (tight["binding.truth.betas.outside"], tight["binding.truth.betas.r2"]) == ("fail", "pass")
    wide = verdicts(binding_truth_gates(compared(np.random.default_rng(1).normal(size=48).clip(-2, 2), error=2.0), "m"))
    assert (wide["binding.truth.betas.outside"], wide["binding.truth.betas.r2"]) == ("pass", "fail")
