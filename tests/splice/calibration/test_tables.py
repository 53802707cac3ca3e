"""Tables, JSON and gates of a calibration say the same."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cisgrammar.files.atomic import write_json
from cisgrammar.gates import judge
from cisgrammar.splice.calibration import tables
from cisgrammar.splice.calibration.calibrate import _accuracy, calibrate
from cisgrammar.splice.calibration.scaling import choose_temperature
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.models.position_weights import fit_position_weights
from cisgrammar.tables.contracts import splice as contracts
from toy_calibration import CONTEXT, FEW, Motifs, toy_genes
from toy_sample import simulated


def test_tables_json_and_gates_say_the_same(tmp_path):
    genes, other = toy_genes(seed=1), toy_genes(seed=2)
    found = calibrate(ModelToAnalyze(Motifs(), CONTEXT, CONTEXT), genes, other, FEW)
    simple = calibrate(fit_position_weights(genes), genes, other, FEW)
    accuracy = tables.accuracy_table({"model": found, "position_weights": simple})
    key = ["role", "model", "channel", "metric"]
    assert not accuracy.duplicated(key).any()
    value = accuracy.set_index(key)["value"]
    assert value["held_out", "model", "donor", "top_k_0.5"] == found.held_out.channels[1].top_k[0.5].value
    contracts.THRESHOLDS.write(tmp_path / "thresholds.tsv", tables.thresholds_table(found))
    read = contracts.THRESHOLDS.read(tmp_path / "thresholds.tsv")
    assert read.threshold.tolist() == pytest.approx(found.thresholds.tolist(), rel=1e-5)
    reliability = tables.reliability_table(found)
    assert set(reliability.stage) == {"before", "after"}
    for (role, _, _), part in reliability.groupby(["role", "channel", "stage"]):
        assert part.n.sum() == pytest.approx(len((genes if role == "calibration" else other).codes))
    # Most bases are sampled: the numbers of bases in bins are sums of weights, which need not be whole.
    for contract, table in (
        (contracts.ACCURACY, accuracy),
        (contracts.PR, tables.pr_table({"model": found})),
        (contracts.RELIABILITY, reliability),
    ):
        contract.write(tmp_path / "table.tsv", table)
        assert len(contract.read(tmp_path / "table.tsv")) == len(table)
    write_json(tmp_path / "calibration.json", tables.as_json(found, genes="abc"))
    assert tables.read_thresholds(tmp_path / "calibration.json") == tuple(found.thresholds)
    gates = tables.gates(found, simple, "genes", "test")
    assert {(gate.stage, gate.sample, gate.fold) for gate in gates} == {("splice", "genes", "test")}
    graded = {gate.name: gate for gate in gates if gate.verdict != "n/a"}
    gate = graded["splice.held_out.donor.top_k_1"]
    assert gate.bar == simple.held_out.channels[1].top_k[1.0].value
    assert gate.verdict == ("pass" if gate.value > gate.bar else "fail")
    assert found.scaling.kept
    scaled = graded["splice.held_out.nll_after_scaling"]
    assert scaled.verdict == judge(found.held_out.nll["after"], found.held_out.nll["before"], "below")
    before, after = (found.held_out.reliability[stage][0].ece_candidates for stage in ("before", "after"))
    scaled = graded["splice.held_out.acceptor.ece_candidates_after_scaling"]
    assert (scaled.value, scaled.bar) == (after.value, before.value)
    saved = json.loads((tmp_path / "calibration.json").read_text())
    assert saved["scaling"]["reason"] == found.scaling.reason
    assert saved["scaling"]["cross_fitted"]["nll"] == dict(zip(("before", "after"), found.scaling.nll, strict=True))
    assert {gate.bar for gate in gates if gate.name.endswith(".tied")} == {None}


def verdicts(found, simple):
    return {gate.name: gate.verdict for gate in tables.gates(found, simple, "", "")}


def test_a_model_without_knowledge_fails_against_position_weights():
    genes, other = toy_genes(seed=1), toy_genes(seed=2)
    simple = calibrate(fit_position_weights(genes), genes, other, FEW)
    constant = calibrate(ModelToAnalyze(Motifs(noise=0.0, scale=0.0), CONTEXT, CONTEXT), genes, other, FEW)
    found = verdicts(constant, simple)
    for site in ("acceptor", "donor"):
        assert found[f"splice.held_out.{site}.top_k_1"] == "fail"
        assert found[f"splice.held_out.{site}.pr_auc"] == "fail"


@pytest.mark.parametrize(("sharpness", "verdict"), [(1.0, "fail"), (2.5, "pass")])
def test_scaling_that_held_out_genes_do_not_need_fails(sharpness, verdict):
    """Validation genes say that the model is far too sure; held-out genes are right as they are, or alike."""
    found = calibrate(ModelToAnalyze(Motifs(), CONTEXT, CONTEXT), toy_genes(seed=1), toy_genes(seed=2), FEW)
    scaling = choose_temperature(simulated(2.5, n=10_000), FEW)
    assert scaling.kept
    there = simulated(sharpness, n=10_000, seed=1)
    held_out = _accuracy("held_out", found.held_out.channels, there, scaling.temperature, FEW)
    said = verdicts(replace(found, scaling=scaling, held_out=held_out), found)
    assert said["splice.held_out.nll_after_scaling"] == verdict
    for site in ("acceptor", "donor"):
        assert said[f"splice.held_out.{site}.ece_candidates_after_scaling"] == verdict


def test_without_scaling_its_gates_have_no_bar():
    genes, other = toy_genes(seed=1), toy_genes(seed=2)
    found = calibrate(ModelToAnalyze(Motifs(), CONTEXT, CONTEXT), genes, other, FEW)
    kept = replace(found, scaling=replace(found.scaling, kept=False))
    said = verdicts(kept, found)
    assert said["splice.held_out.nll_after_scaling"] == "n/a"
    assert said["splice.held_out.donor.ece_candidates_after_scaling"] == "n/a"
    assert "splice.held_out.donor.ece_candidates_before_scaling" in said


def test_harm_within_a_standard_error_passes_and_within_chance_is_a_warning():
    harm = tables._no_harm
    assert [harm(0.05, 0.04, (0.001, error)) for error in (0.001, 0.0006, 0.0004)] == ["pass", "warn", "fail"]
    assert harm(0.05, 0.04, (0.001, np.nan)) == "warn", "too few genes"
    assert [harm(0.05, bar, (-0.001, 0.0001)) for bar in (0.05, 0.06, np.nan)] == ["pass", "pass", "n/a"]


def test_unset_thresholds_are_not_read_as_numbers(tmp_path):
    write_json(tmp_path / "a.json", {"thresholds": {"acceptor": 0.5, "donor": None}})
    write_json(tmp_path / "b.json", {"other": 1})
    with pytest.raises(ValueError, match="no threshold for donor"):
        tables.read_thresholds(tmp_path / "a.json")
    with pytest.raises(ValueError, match=r"wanted a calibration\.json"):
        tables.read_thresholds(tmp_path / "b.json")


def test_the_temperature_is_read_or_missed(tmp_path):
    write_json(tmp_path / "a.json", {"temperature": {"value": 0.5, "lower": 0.4, "upper": 0.6}})
    write_json(tmp_path / "b.json", {"thresholds": {}})
    assert tables.read_temperature(tmp_path / "a.json") == 0.5
    with pytest.raises(ValueError, match=r"b\.json: no temperature in it"):
        tables.read_temperature(tmp_path / "b.json")
