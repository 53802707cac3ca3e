"""Tables, JSON and gates of a calibration say the same."""

import pytest

from cisgrammar.files.atomic import write_json
from cisgrammar.gates import judge
from cisgrammar.splice.calibration import tables
from cisgrammar.splice.calibration.calibrate import calibrate
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.models.position_weights import fit_position_weights
from cisgrammar.tables.contracts import splice as contracts
from toy_calibration import CONTEXT, FEW, Motifs, toy_genes


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
    scaled = graded["splice.held_out.nll_after_scaling"]
    assert scaled.verdict == judge(found.held_out.nll["after"], found.held_out.nll["before"], "below")
    assert {gate.bar for gate in gates if gate.name.endswith(".tied")} == {None}


def test_unset_thresholds_are_not_read_as_numbers(tmp_path):
    write_json(tmp_path / "a.json", {"thresholds": {"acceptor": 0.5, "donor": None}})
    write_json(tmp_path / "b.json", {"other": 1})
    with pytest.raises(ValueError, match="no threshold for donor"):
        tables.read_thresholds(tmp_path / "a.json")
    with pytest.raises(ValueError, match=r"wanted a calibration\.json"):
        tables.read_thresholds(tmp_path / "b.json")
