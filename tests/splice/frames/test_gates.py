"""Gates of the frame checks: oracles are judged, the model is shown."""

from dataclasses import replace

import pytest

from cisgrammar.config.splice import Checks
from cisgrammar.splice.frames import checks, oracles
from cisgrammar.splice.frames.checks import control_checks, run_checks
from cisgrammar.splice.frames.gates import frame_gates


def by_name(report):
    return {gate.name: gate for gate in frame_gates(report)}


def pairs(report):
    """Oracles and checks that have effects which must be 0."""
    largest = report.controls[report.controls.quantity == "largest"]
    return len(largest[["oracle", "check"]].drop_duplicates())


def test_gates_judge_the_oracles_and_show_the_model(report):
    gates = frame_gates(report)
    assert {(gate.stage, gate.sample, gate.fold) for gate in gates} == {("splice", "", "")}
    exact = [gate for gate in gates if gate.name == "splice.oracles"]
    assert [(gate.value, gate.bar, gate.verdict) for gate in exact] == [(0, 0, "pass")]
    assert pairs(report) == 12
    assert {gate.verdict for gate in gates if not gate.name.startswith("splice.oracle")} == {"n/a"}


@pytest.mark.parametrize("distance", [8, 11, 15])
def test_edits_near_the_sites_do_not_reach_what_the_oracle_sees(split_toys, distance):
    genes, exons, model = split_toys
    found = run_checks(model, genes, exons, Checks(limit=6, bootstrap=0, distance=distance), seed=1)
    assert by_name(found)["splice.oracles"].verdict == "pass"
    assert pairs(found) == 12


def test_an_oracle_with_an_effect_that_must_be_0_fails(report):
    wrong = report.controls.copy()
    wrong.loc[(wrong.quantity == "largest") & (wrong.check == "deletion"), "value"] = 1e-9
    gate = by_name(replace(report, controls=wrong))["splice.oracles"]
    assert (gate.value, gate.verdict) == (2, "fail")


def test_a_blind_oracle_that_sees_frames_fails(report, split_toys, monkeypatch):
    genes, exons, _ = split_toys
    plain = oracles.frame_blind
    monkeypatch.setattr(checks.oracles, "frame_blind", lambda *given: oracles.with_open_frame_rule(plain(*given)))
    settings = Checks(limit=6, bootstrap=0, which=("codon_replacement", "deletion"))
    gate = by_name(replace(report, controls=control_checks(genes, exons, settings, seed=1)))["splice.oracles"]
    assert gate.value >= 1
    assert gate.verdict == "fail"


def test_a_rule_about_frames_that_is_not_seen_fails(report, split_toys, monkeypatch):
    """The oracle that stands for a rule about frames has none: no check can see what it is for."""
    genes, exons, _ = split_toys
    monkeypatch.setattr(checks.oracles, "with_open_frame_rule", lambda blind, reach: blind)
    settings = Checks(limit=6, bootstrap=0)
    gates = by_name(replace(report, controls=control_checks(genes, exons, settings, seed=1)))
    seen = {name: gate.verdict for name, gate in gates.items() if name.startswith("splice.oracle.open_frames.")}
    assert len(seen) == 3
    assert set(seen.values()) == {"fail"}


def test_an_effect_that_few_exons_leave_unsure_is_a_warning(report):
    unsure = report.controls.copy()
    unsure.loc[unsure.quantity != "largest", ["value", "p"]] = -5.0, 0.2
    gates = by_name(replace(report, controls=unsure))
    assert {gate.verdict for name, gate in gates.items() if ".open_frames." in name} == {"warn"}
