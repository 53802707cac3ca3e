"""Records beside a run: what is other, for which reason, and what is only somewhere else or touched."""

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cisgrammar.provenance.compare import Wanted, compare
from cisgrammar.provenance.record import param_digests, read_records
from toy_job import run_job

JOBS = {
    "count": ({"reads": "reads.bed"}, {"a": "res/a.tsv"}, {"n": 3}),
    "fit": ({"a": "res/a.tsv"}, {"model": "res/m/model.txt"}, {"seed": 1, "epochs": 2}),
    "draw": ({"model": "res/m/model.txt"}, {"figure": "res/f.png"}, {}),
}


@pytest.fixture(autouse=True)
def _made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CISGRAMMAR_RESULTS", "res")
    Path("reads.bed").write_text("chr1 1 2\n")
    for rule, job in JOBS.items():
        run_job(rule, *job)


def wanted(changed=None, results="res", without=(), **jobs):
    """What the run gives to each job: as in JOBS, but for what is changed of some."""
    plans = {}
    for record in read_records(results):
        inputs, _, params = jobs.get(record.rule, JOBS[record.rule])
        named = frozenset(path.replace("res/", f"{results}/") for path in inputs.values())
        plan = Wanted(Path("scripts", f"{record.rule}.py"), record.code, param_digests(params), named)
        plans[record.rule] = replace(plan, **(changed or {}).get(record.rule, {}))
    return lambda record: None if record.rule in without else plans[record.rule]


def found(results="res", **changed):
    result = compare(read_records(results), wanted(results=results, **changed))
    return [record.rule for record, _ in result.equal], {record.rule: why for record, why in result.other}


def test_what_the_run_would_make_is_equal_and_stands_in_the_order_of_reading():
    assert found() == (["count", "fit", "draw"], {})


def test_a_change_is_named_and_what_follows_is_snakemakes():
    other = {**JOBS["fit"][2], "epochs": 20}
    equal, why = found(fit=(*JOBS["fit"][:2], other))
    assert (equal, why) == (["count", "draw"], {"fit": ["epochs"]})


def test_a_param_that_is_new_or_gone_is_a_change():
    assert found(draw=({"model": "res/m/model.txt"}, {}, {"look": 1}))[1] == {"draw": ["look"]}
    assert found(count=({"reads": "reads.bed"}, {}, {}))[1] == {"count": ["n"]}


def test_other_code_is_a_change():
    assert found(changed={"fit": {"code": "0"}})[1] == {"fit": ["code"]}


def test_other_input_files_are_a_change_whatever_is_in_them():
    shutil.copy("reads.bed", "copy.bed")
    assert found(count=({"reads": "copy.bed"}, {}, {"n": 3}))[1] == {"count": ["other input files"]}


def test_what_a_job_only_waits_for_may_have_other_content_but_not_another_name():
    Path("reads.bed").write_text("chr1 5 9\n")
    run_job("count", *JOBS["count"])
    assert found()[1] == {"fit": ["res/a.tsv"]}
    waiting = {"fit": {"awaited": frozenset({"res/a.tsv"})}}
    assert found(changed=waiting)[1] == {}
    shutil.copy("res/a.tsv", "res/b.tsv")
    other = found(fit=({"a": "res/b.tsv"}, *JOBS["fit"][1:]), changed=waiting)[1]
    assert other == {"fit": ["other input files"]}


def test_an_input_with_other_content_is_found_though_its_time_and_size_were_kept():
    before = os.stat("reads.bed")
    Path("reads.bed").write_text("chr1 1 3\n")
    os.utime("reads.bed", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert found()[1] == {"count": ["reads.bed"]}


def test_a_touched_input_is_the_same_and_is_read_only_once(monkeypatch):
    for path in ("reads.bed", "res/a.tsv"):
        os.utime(path)
    assert found()[0] == ["count", "fit", "draw"]
    monkeypatch.setattr("cisgrammar.provenance.compare.print_of", lambda path: pytest.fail(f"{path} is read again"))
    assert found()[0] == ["count", "fit", "draw"]


def test_an_output_that_was_edited_is_made_again():
    Path("res/a.tsv").write_text("edited")
    assert found()[1] == {"count": ["a.tsv was changed after it was made"]}


def test_a_job_that_read_other_content_than_is_there_is_made_again():
    """Count ran again by itself, as by another run that was killed: fit has read what was there before."""
    Path("reads.bed").write_text("chr2 1 2\n")
    run_job("count", *JOBS["count"])
    assert found()[1] == {"fit": ["res/a.tsv"]}


def test_a_job_that_made_the_same_again_changes_nothing_after_it():
    run_job("count", *JOBS["count"])
    assert found()[1] == {}


def test_files_that_are_gone_are_left_to_snakemake():
    Path("res/a.tsv").unlink()
    Path("reads.bed").unlink()
    assert found()[1] == {}


def test_jobs_that_the_run_has_not_are_foreign():
    result = compare(read_records("res"), wanted(without=("draw",)))
    assert [record.rule for record in result.foreign] == ["draw"]
    assert [record.rule for record, _ in result.equal] == ["count", "fit"]


@pytest.mark.parametrize("copy", [shutil.copytree, shutil.move])
def test_a_folder_that_was_copied_or_moved_is_what_it_was(copy):
    copy("res", "elsewhere")
    assert found("elsewhere") == (["count", "fit", "draw"], {})


def test_an_output_of_a_removed_record_is_compared_by_content():
    Path("res/.made/.a.tsv.made").unlink()
    assert found() == (["fit", "draw"], {})
    Path("res/a.tsv").write_text("other")
    assert found()[1] == {"fit": ["res/a.tsv"]}


def test_where_nothing_can_be_written_it_is_compared_all_the_same(monkeypatch):
    os.utime("reads.bed")
    monkeypatch.setattr("cisgrammar.provenance.record.Record.write", lambda record: _refuse())
    assert found()[0] == ["count", "fit", "draw"]


def _refuse():
    raise PermissionError(13, "read-only")
