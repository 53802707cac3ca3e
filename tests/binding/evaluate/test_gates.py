"""Gates of the binding stage: what passes, warns and fails, and their common form."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.evaluate.enrichment import enrichment_summary, enrichment_table
from cisgrammar.binding.evaluate.gates import agreement_gate, binding_gates, enrichment_gates, gain_gates
from cisgrammar.binding.evaluate.heldout import heldout
from cisgrammar.binding.fit.agreement import agreement_table, share_in_register
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.likelihood.fitted import Fitted
from toy_binding import NO_PENALTY, WIDTH, betas, dimer, drawn, factors_of, monomer


def gain(value: float, error: float, against: str = "non_specific", split: str = "held_out") -> dict:
    return {"library": "l", "split": split, "against": against, "gain": value, "standard_error": error}


def fit(unit: str = "bin", **values: float) -> dict:
    numbers = {"n": 20, "r2": 0.9, "r2_explainable": 0.95, "slope": 1.05, "slope_error": 0.02, "chi2": 1.0} | values
    return {"library": "l", "from_round": 0, "to_round": 1, "unit": unit} | numbers


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        (gain(0.1, 0.01), "pass"),
        (gain(0.015, 0.01), "fail"),
        (gain(-0.1, 0.01), "fail"),
        (gain(0.1, 0.01, "without_cooperativity"), "pass"),
        (gain(0.01, 0.01, "without_cooperativity"), "warn"),
        (gain(-0.001, 0.01, "without_cooperativity"), "fail"),
        (gain(-0.001, 0.01, "single_motif"), "fail"),
        (gain(float("nan"), 0.01, "single_motif"), "fail"),
    ],
)
def test_a_gain_must_be_more_than_twice_its_error(row: dict, verdict: str) -> None:
    (gate,) = gain_gates("m", [row])
    assert gate.verdict == verdict
    assert gate.bar == pytest.approx(2 * row["standard_error"])
    assert gate.name.endswith(".l")


def test_a_pair_is_judged_by_the_better_of_the_models_without_it() -> None:
    rows = [gain(0.1, 0.01, "without_cooperativity"), gain(-0.002, 0.001, "single_motif")]
    for given in (rows, rows[::-1]):
        (gate,) = gain_gates("m", given)
        assert (gate.name, gate.value, gate.verdict) == ("binding.cooperativity_gain.l", -0.002, "fail")


def test_training_reads_are_no_gate() -> None:
    assert gain_gates("m", [gain(0.1, 0.01, split="train")]) == []


@pytest.mark.parametrize(
    ("values", "verdicts"),
    [
        ({}, ["pass", "pass"]),
        ({"r2": 0.6}, ["warn", "pass"]),
        ({"r2": 0.4}, ["warn", "pass"]),
        ({"r2": 0.4, "r2_explainable": 0.45}, ["fail", "pass"]),
        ({"slope": 0.6}, ["pass", "warn"]),
        ({"slope": 0.3}, ["pass", "fail"]),
        ({"slope": 0.3, "slope_error": 0.2}, ["pass", "warn"]),
        ({"slope": 0.5, "slope_error": 0.4}, ["pass", "pass"]),
        ({"r2": float("nan"), "slope": float("nan"), "slope_error": float("nan")}, ["warn", "warn"]),
    ],
)
def test_enrichment_must_be_explained_and_calibrated(values: dict, verdicts: list[str]) -> None:
    assert [g.verdict for g in enrichment_gates("m", [fit(**values)])] == verdicts


def test_the_last_rounds_are_judged_and_kmers_shown() -> None:
    later = fit(r2=0.1) | {"to_round": 2}
    gates = enrichment_gates("m", [fit(), fit("kmer"), later])
    assert gates[0].value == 0.1
    assert [g.verdict for g in gates if "kmer" in g.name] == ["n/a"] * 3


def test_all_seeds_must_agree() -> None:
    assert agreement_gate("m", 1.0).verdict == "pass"
    assert agreement_gate("m", 2 / 3).verdict == "warn"
    assert agreement_gate("m", 1 / 2).verdict == "fail"


def verdicts(truth: Experiment, fit: Experiment, seed: int = 0) -> dict[str, str]:
    """Gates of a model beside held-out reads that `truth` has drawn."""
    width = truth.bindings[1].layer.input_shape
    tables = [{"library": drawn(truth, 4000, width, seed + i)} for i in (0, 1)]
    found = Fitted({"library": fit}, factors_of(fit), *tables, penalty=NO_PENALTY)
    summary = enrichment_summary(enrichment_table(found)).to_dict("records")
    gates = binding_gates("m", heldout(found).gains.to_dict("records"), summary, None)
    return {gate.name.split(".")[1]: gate.verdict for gate in gates}


def test_the_right_model_passes_and_one_of_other_reads_fails() -> None:
    right = verdicts(monomer(), balanced(monomer()))
    assert {right[n] for n in ("heldout_gain", "enrichment_r2", "calibration")} == {"pass"}
    other = monomer()
    other.bindings[1].psam.betas.data = other.bindings[1].psam.betas.data.flip(1).roll(1, 1)
    wrong = verdicts(monomer(), balanced(other))
    assert wrong["heldout_gain"] == wrong["enrichment_r2"] == "fail"


def test_affinities_to_the_third_power_are_not_calibrated() -> None:
    steep = monomer()
    steep.bindings[1].psam.betas.data *= 2
    steep.log_activity.data[1] += 6.0
    assert verdicts(monomer(), balanced(steep))["calibration"] == "fail"


def test_a_pair_fitted_to_one_wide_motif_fails() -> None:
    """TGACCT, whose last letters matter as much as its first: both halves side by side, but no spacing varies."""
    wide = PSAM(6).double()
    wide.betas.data = betas("TGACCT", 4, 1.5, 3.0)
    mode = Mode(Conv1d(wide, WIDTH, WIDTH, WIDTH))
    truth = Experiment([NonSpecific(WIDTH, WIDTH), mode], chain("bound_unsaturated", [True, True])).double()
    truth.log_activity.data[0] = -6.0
    assert verdicts(truth, balanced(dimer()))["cooperativity_gain"] == "fail"
    assert verdicts(dimer(), balanced(dimer()))["cooperativity_gain"] == "pass"


def test_seeds_that_found_different_motifs_fail() -> None:
    rng = np.random.default_rng(0)
    table = agreement_table({1: 0.4, 2: 0.41, 3: 0.42}, {s: {"a": rng.normal(size=(6, 4))} for s in (1, 2, 3)})
    assert agreement_gate("m", share_in_register(table)).verdict == "fail"


def balanced(model: Experiment) -> Experiment:
    """With the depth that as many reads of the last round ask for as of the first, on even reads."""
    reads = np.random.default_rng(9).integers(0, 4, (20_000, WIDTH)).astype(np.uint8)
    with torch.no_grad():
        model.log_depth[1] = -model.log_aggregate(torch.from_numpy(reads))[:, 0].exp().mean().log()
    return model


def test_the_model_is_the_sample_and_graded_gates_come_first() -> None:
    rows = [fit("kmer", r2=float("nan")), fit()]
    gates = binding_gates("m", [gain(0.1, 0.01)], rows, 1.0)
    assert {(g.stage, g.sample, g.fold) for g in gates} == {("binding", "m", "")}
    graded = [g.verdict != "n/a" for g in gates]
    assert graded == sorted(graded, reverse=True)
    assert [g.value for g in gates if g.name == "binding.kmer_r2.l"] == [None]
    assert not any(g.name == "binding.agreement" for g in binding_gates("m", [], [], None))
