"""All checks of a config together: tables, summary, controls and gates."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from cisgrammar.config.splice import FRAME_TABLES, Checks
from cisgrammar.splice.frames import oracles
from cisgrammar.splice.frames.checks import run_checks
from cisgrammar.splice.frames.effects import STATISTICS
from cisgrammar.splice.frames.gates import frame_gates
from toy_exons import make_genes

SETTINGS = Checks(limit=6, bootstrap=20)


@pytest.fixture(scope="module")
def toys():
    torch.set_num_threads(1)
    genes, exons = make_genes(14, exons=6, seed=8)
    genes = replace(genes, splits=("train",) * 10 + ("test",) * 4)
    blind = oracles.frame_blind(genes.subset("train"), genes, exons.internal_coding())
    return genes, exons, oracles.with_open_frame_rule(blind)


@pytest.fixture(scope="module")
def report(toys):
    genes, exons, model = toys
    return run_checks(model, genes, exons, SETTINGS, seed=1)


def test_every_check_gives_its_table_and_a_summary(report):
    assert set(report.tables) == {FRAME_TABLES[name] for name in SETTINGS.which}
    assert list(report.summary.columns) == ["check", "quantity", "metric", *STATISTICS]
    assert set(report.summary.check) == {*SETTINGS.which, "deletion_repaired"}
    assert report.summary.n_exons.max() <= 6
    for metric, rows in report.summary.groupby("metric"):
        tested = rows.dropna(subset="p")
        assert (tested.q >= tested.p - 1e-12).all(), metric


def test_gates_judge_the_oracles_and_show_the_model(report):
    gates = frame_gates(report)
    assert {(gate.stage, gate.sample, gate.fold) for gate in gates} == {("splice", "", "")}
    exact = [gate for gate in gates if "largest" in gate.name]
    assert len(exact) == 12
    assert {gate.verdict for gate in exact} == {"pass"}
    assert {gate.verdict for gate in gates if not gate.name.startswith("splice.oracle.")} == {"n/a"}


@pytest.mark.parametrize("distance", [8, 11, 15])
def test_edits_near_the_sites_do_not_reach_what_the_oracle_sees(toys, distance):
    genes, exons, model = toys
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


def test_the_same_seed_gives_the_same_numbers(toys, report):
    genes, exons, model = toys
    few = SETTINGS.model_copy(update={"which": ("adjacent_deletions", "poison_exons")})
    again = run_checks(model, genes, exons, few, seed=1)
    for name, table in again.tables.items():
        assert table.equals(report.tables[name])


def test_a_check_without_exons_is_named_before_anything_is_predicted(toys):
    genes, exons, model = toys
    with pytest.raises(ValueError, match=r"splice\.checks: adjacent_deletions: .*intron below 20.*out of `which`"):
        run_checks(model, genes, exons, SETTINGS.model_copy(update={"max_intron": 20}), 1)
    with pytest.raises(ValueError, match=r"codon_replacement: .*at least 5000 bp"):
        run_checks(model, genes, exons, SETTINGS.model_copy(update={"min_exon": 5000}), 1)
    assert np.isfinite(model.thresholds).all()
