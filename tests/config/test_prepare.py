"""The sections of data: folds that do not overlap, limits on counts, shifts."""

import re

import pytest

from cisgrammar.config.prepare import Counts, Folds, Genome, PeakCounts, Prepare
from toy_config import refusal

SPLIT = {"test": ["chr1"], "validation": ["chr2"]}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "exactly one of `splits`, `k` and `files`"),
        ({"k": 5, "splits": {"a": SPLIT}}, "exactly one of `splits`, `k` and `files`"),
        ({"k": 2}, "^k: .*got 2"),
        ({"k": 3, "by": "regex"}, "folds of chromosomes, got by=regex"),
        ({"k": 3, "files": ["a.json"]}, "exactly one of `splits`, `k` and `files`"),
        ({"files": ["a.json"], "by": "bed"}, "`files` name chromosomes and parts of them, got by=bed"),
        ({"files": []}, "files: .*at least 1"),
        ({"splits": {}}, "`splits` is empty"),
        ({"splits": {"all": SPLIT}}, "all is what a run calls"),
        ({"splits": {"a b": SPLIT}}, "splits.a b"),
        ({"splits": {"a": SPLIT | {"test": ["chr2"]}}}, r"fold a: \['chr2'\] in both test and validation"),
        ({"splits": {"a": SPLIT | {"train": ["chr1", "chr3"]}}}, r"fold a: \['chr1'\] in both test and train"),
        ({"splits": {"a": SPLIT | {"train": ["chr2"]}}}, r"fold a: \['chr2'\] in both (train and v|validation and t)"),
        ({"splits": {"b": SPLIT, "a": SPLIT | {"test": []}}}, "splits.a.test: .*at least 1"),
        ({"splits": {"a": {"test": ["chr1"]}}}, "splits.a.validation: is missing"),
        ({"k": 3, "max_shared_kmers": 1.5}, "max_shared_kmers: .*<= 1, got 1.5"),
    ],
)
def test_folds_that_contradict_themselves_are_refused(given, said):
    assert re.search(said, refusal(Folds, given))


def test_shared_kmers_have_a_bar_unless_told_otherwise():
    assert Folds(k=3).max_shared_kmers == 0.1
    assert Folds.model_validate({"k": 3, "max_shared_kmers": None}).max_shared_kmers is None


def test_folds_are_named_in_order():
    assert Folds(k=3).names == ["fold0", "fold1", "fold2"]
    assert Folds.model_validate({"splits": {"b": SPLIT, "a": SPLIT}}).names == ["b", "a"]


def test_fold_files_may_name_variables(monkeypatch):
    monkeypatch.setenv("BEDS", "/beds")
    monkeypatch.delenv("NONE", raising=False)
    splits = {"a": {"test": ["${BEDS}/t.bed"], "validation": ["${NONE:-v}.bed"]}}
    fold = Folds.model_validate({"by": "bed", "splits": splits}).splits["a"]
    assert (fold.test, fold.validation) == (("/beds/t.bed",), ("v.bed",))


def test_a_regular_expression_is_no_path_with_variables():
    splits = {"a": {"test": ["${x}"], "validation": ["b$"]}}
    assert Folds.model_validate({"by": "regex", "splits": splits}).splits["a"].test == ("${x}",)


def test_a_quantile_replaces_the_default_limit():
    peaks = PeakCounts.model_validate({"min_quantile": 0.1})
    assert (peaks.min_counts, peaks.min_quantile) == (None, 0.1)
    assert PeakCounts.model_validate({"max_quantile": 0.9}).min_counts == 20


def test_peaks_have_a_limit_and_background_has_none():
    prepare = Prepare.model_validate({"peaks": {"max_counts": 5000}})
    assert (prepare.peaks.min_counts, prepare.peaks.max_counts) == (20, 5000)
    assert (prepare.background.min_counts, prepare.background.max_counts) == (None, None)


@pytest.mark.parametrize(
    ("section", "given", "said"),
    [
        (Counts, {"min_counts": 1, "min_quantile": 0.1}, "give min_counts or min_quantile, not both"),
        (PeakCounts, {"min_counts": 1, "min_quantile": 0.1}, "give min_counts or min_quantile, not both"),
        (Counts, {"max_counts": 1, "max_quantile": 0.1}, "give max_counts or max_quantile, not both"),
        (Counts, {"min_quantile": 1.1}, "^min_quantile"),
        (Counts, {"min_counts": 5, "max_counts": 4}, "min_counts 5 is above max_counts 4: no window is left"),
        (PeakCounts, {"max_counts": 19}, "min_counts 20 is above max_counts 19"),
        (Counts, {"min_quantile": 0.5, "max_quantile": 0.4}, "min_quantile 0.5 is above max_quantile 0.4"),
        (Prepare, {"gc_bin": 0}, "^gc_bin"),
        (Prepare, {"shift": "manual"}, "^shift.*'manual'"),
        (Prepare, {"shift": [4]}, "^shift"),
        (Prepare, {"resize": "middle"}, "^resize.*'middle'"),
        (Prepare, {"remove_overlaps": -1}, "^remove_overlaps"),
        (Genome, {}, "^fasta: is missing"),
    ],
)
def test_a_bad_value_is_named(section, given, said):
    assert re.search(said, refusal(section, given))


def test_a_shift_is_auto_or_two_numbers():
    assert Prepare().shift == "auto"
    assert Prepare.model_validate({"shift": [4, -4]}).shift == (4, -4)
