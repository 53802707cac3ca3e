"""Gates of the frame checks: oracles are judged, the model is shown."""

from dataclasses import replace

import pytest

from cisgrammar.config.splice import Checks
from cisgrammar.splice.frames.checks import run_checks
from cisgrammar.splice.frames.gates import frame_gates


def test_gates_judge_the_oracles_and_show_the_model(report):
    gates = frame_gates(report)
    assert {(gate.stage, gate.sample, gate.fold) for gate in gates} == {("splice", "", "")}
    exact = [gate for gate in gates if "largest" in gate.name]
    assert len(exact) == 12
    assert {gate.verdict for gate in exact} == {"pass"}
    assert {gate.verdict for gate in gates if not gate.name.startswith("splice.oracle.")} == {"n/a"}


@pytest.mark.parametrize("distance", [8, 11, 15])
def test_edits_near_the_sites_do_not_reach_what_the_oracle_sees(split_toys, distance):
    genes, exons, model = split_toys
    found = run_checks(model, genes, exons, Checks(limit=6, bootstrap=0, distance=distance), seed=1)
    exact = [gate for gate in frame_gates(found) if "largest" in gate.name]
    assert {gate.name: gate.value for gate in exact} == {gate.name: 0.0 for gate in exact}
    assert len(exact) == 12


def test_an_oracle_with_an_effect_that_must_be_0_fails(report):
    wrong = report.controls.copy()
    wrong.loc[(wrong.quantity == "largest") & (wrong.check == "deletion"), "value"] = 1e-9
    gates = {gate.name: gate.verdict for gate in frame_gates(replace(report, controls=wrong))}
    assert gates["splice.oracle.frame_blind.deletion.largest_that_must_be_0"] == "fail"
    assert gates["splice.oracle.frame_blind.codon_replacement.largest_that_must_be_0"] == "pass"
