"""A job's record is of what it read and made."""

import os
import sys

import pytest

from cisgrammar.provenance.job import Job, rule_name
from cisgrammar.provenance.record import print_of, records_of
from toy_job import run_job, toy_job


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CISGRAMMAR_RESULTS", "other\nres")
    (tmp_path / "in.txt").write_text("in")


def record():
    (found,) = records_of(["res/out.txt"], "res")
    return found


def test_an_input_that_changes_during_the_job_has_no_print():
    given = toy_job("count", {"a": "in.txt"}, {"out": "out.txt"})
    job = Job(given)
    for name in ("in.txt", "out.txt"):
        with open(name, "w") as handle:
            handle.write("other")
    job.write()
    (found,) = records_of(["out.txt"], ".")
    assert not found.inputs["in.txt"].same(print_of("in.txt"))


def test_an_input_of_another_job_is_what_its_record_says_though_snakemake_touched_it():
    run_job("first", {"a": "in.txt"}, {"out": "res/mid.txt"})
    os.utime("res/mid.txt")
    run_job("second", {"a": "res/mid.txt"}, {"out": "res/out.txt"})
    assert list(record().made_inputs) == ["mid.txt"]
    assert record().made_inputs["mid.txt"].same(print_of("res/mid.txt"))
    assert record().inputs == {}


def test_a_file_that_is_no_longer_its_records_is_read():
    run_job("first", {"a": "in.txt"}, {"out": "res/mid.txt"})
    with open("res/mid.txt", "a") as handle:
        handle.write("more")
    run_job("second", {"a": "res/mid.txt"}, {"out": "res/out.txt"})
    assert record().inputs["res/mid.txt"].same(print_of("res/mid.txt"))


def test_code_params_and_threads_are_in_it():
    run_job("count", {"a": "in.txt"}, {"out": "res/out.txt"}, {"seed": 1}, threads=3)
    before = record()
    assert (before.threads, list(before.params)) == (3, ["seed"])
    run_job("count", {"a": "in.txt"}, {"out": "res/out.txt"}, {"seed": 2})
    assert record().params != before.params
    with open("scripts/count.py", "a") as handle:
        handle.write("# x\n")
    run_job("count", {"a": "in.txt"}, {"out": "res/out.txt"}, {"seed": 2})
    assert record().code != before.code


def test_a_job_without_outputs_leaves_nothing(tmp_path):
    Job(toy_job("count", {"a": "in.txt"}, {})).write()
    assert not list(tmp_path.rglob("*.made"))


def test_a_rule_that_another_workflow_renamed_has_its_scripts_name(monkeypatch):
    given = toy_job("count", {"a": "in.txt"}, {"out": "res/out.txt"})
    given.rule = "other_count"
    monkeypatch.setattr(sys, "argv", ["/x/.snakemake/scripts/tmpab12.count.py"])
    assert rule_name(given) == "count"
    monkeypatch.setattr(sys, "argv", ["pytest"])
    assert rule_name(given) == "other_count"
