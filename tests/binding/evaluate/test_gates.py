"""Gates of the binding stage: what passes, warns and fails, and their common form."""

from __future__ import annotations

import pytest

from cisgrammar.binding.evaluate.gates import agreement_gate, binding_gates, enrichment_gates, gain_gates


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
    ],
)
def test_a_gain_must_be_more_than_twice_its_error(row: dict, verdict: str) -> None:
    (gate,) = gain_gates("m", [row])
    assert gate.verdict == verdict
    assert gate.bar == pytest.approx(2 * row["standard_error"])
    assert gate.name.endswith(".l")


def test_training_reads_are_no_gate() -> None:
    assert gain_gates("m", [gain(0.1, 0.01, split="train")]) == []


@pytest.mark.parametrize(
    ("values", "verdicts"),
    [
        ({}, ["pass", "pass"]),
        ({"r2": 0.5}, ["warn", "pass"]),
        ({"slope": 0.5}, ["pass", "warn"]),
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


def test_the_model_is_the_sample_and_graded_gates_come_first() -> None:
    rows = [fit("kmer", r2=float("nan")), fit()]
    gates = binding_gates("m", [gain(0.1, 0.01)], rows, 1.0)
    assert {(g.stage, g.sample, g.fold) for g in gates} == {("binding", "m", "")}
    graded = [g.verdict != "n/a" for g in gates]
    assert graded == sorted(graded, reverse=True)
    assert [g.value for g in gates if g.name == "binding.kmer_r2.l"] == [None]
    assert not any(g.name == "binding.agreement" for g in binding_gates("m", [], [], None))
