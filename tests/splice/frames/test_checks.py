"""All checks of a config together: tables, summary and errors."""

from dataclasses import replace

import numpy as np
import pytest

from cisgrammar.config.splice import FRAME_TABLES
from cisgrammar.splice.frames.checks import run_checks
from cisgrammar.splice.frames.effects import STATISTICS
from cisgrammar.tables.contracts import splice as contracts
from toy_exons import CHECK_SETTINGS


def test_every_check_gives_its_table_and_a_summary(report):
    assert set(report.tables) == {FRAME_TABLES[name] for name in CHECK_SETTINGS.which}
    assert list(report.summary.columns) == ["check", "quantity", "metric", *STATISTICS]
    assert set(report.summary.check) == {*CHECK_SETTINGS.which, "deletion_repaired"}
    assert report.summary.n_exons.max() <= 6
    for metric, rows in report.summary.groupby("metric"):
        tested = rows.dropna(subset="p")
        assert (tested.q >= tested.p - 1e-12).all(), metric


def test_the_same_seed_gives_the_same_numbers(split_toys, report):
    genes, exons, model = split_toys
    few = CHECK_SETTINGS.model_copy(update={"which": ("adjacent_deletions", "poison_exons")})
    again = run_checks(model, genes, exons, few, seed=1)
    for name, table in again.tables.items():
        assert table.equals(report.tables[name])


def test_without_training_genes_motifs_are_counted_in_validation_genes(split_toys, report):
    genes, exons, model = split_toys
    held_out = replace(genes, splits=tuple("validation" if split == "train" else split for split in genes.splits))
    few = CHECK_SETTINGS.model_copy(update={"which": ("phase_handedness",)})
    assert run_checks(model, held_out, exons, few, seed=1).tables["handedness"].equals(report.tables["handedness"])


def test_a_check_without_exons_is_named_before_anything_is_predicted(split_toys):
    genes, exons, model = split_toys
    with pytest.raises(ValueError, match=r"splice\.checks: adjacent_deletions: .*intron below 20.*out of `which`"):
        run_checks(model, genes, exons, CHECK_SETTINGS.model_copy(update={"max_intron": 20}), 1)
    with pytest.raises(ValueError, match=r"codon_replacement: .*at least 5000 bp"):
        run_checks(model, genes, exons, CHECK_SETTINGS.model_copy(update={"min_exon": 5000}), 1)
    assert np.isfinite(model.thresholds).all()


def test_every_table_keeps_its_contract(report, tmp_path):
    tables = [(contracts.FRAME_TABLES[name], table) for name, table in report.tables.items()]
    tables += [(contracts.FRAME_SUMMARY, report.summary), (contracts.FRAME_CONTROLS, report.controls)]
    for contract, table in tables:
        contract.write(tmp_path / "table.tsv", table)
        assert len(contract.read(tmp_path / "table.tsv")) == len(table) > 0
