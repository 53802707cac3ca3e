"""Times of results: as make and Snakemake read them, they say what the records say."""

import os
from pathlib import Path

import pytest

from cisgrammar.provenance.compare import Compared, Wanted
from cisgrammar.provenance.record import read_records, state_of
from cisgrammar.provenance.settle import OUTDATED_NS, keep_states, keep_states_since, outdate, settle
from toy_job import run_job


@pytest.fixture(autouse=True)
def _made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CISGRAMMAR_RESULTS", "res")
    Path("in.txt").write_text("in")
    run_job("first", {"a": "in.txt"}, {"x": "res/x.txt", "y": "res/y.txt"})
    run_job("second", {"x": "res/x.txt"}, {"z": "res/deep/z.txt"})


def records():
    """In the order of reading."""
    return sorted(read_records("res"), key=lambda record: record.rule)


def wanted(record):
    return record, Wanted(Path("scripts", f"{record.rule}.py"), record.code, None, None)


def time_of(path):
    return os.lstat(path).st_mtime_ns


def newer(first, *others):
    return all(time_of(first) > time_of(other) for other in others)


def test_equal_results_become_newer_than_inputs_and_scripts_however_they_were_copied():
    for path, seconds in (("in.txt", 500), ("res/x.txt", 100), ("res/y.txt", 900), ("res/deep/z.txt", 50)):
        os.utime(path, (seconds, seconds))
    os.utime("scripts/second.py", (700, 700))
    settle(Compared(equal=[wanted(record) for record in records()]))
    assert newer("res/x.txt", "in.txt")
    assert newer("res/deep/z.txt", "res/x.txt", "scripts/second.py")
    # What is in order stays.
    assert time_of("res/y.txt") == 900 * 10**9 or newer("res/y.txt", "in.txt")
    again = [time_of(path) for path in ("res/x.txt", "res/y.txt", "res/deep/z.txt")]
    settle(Compared(equal=[wanted(record) for record in records()]))
    assert [time_of(path) for path in ("res/x.txt", "res/y.txt", "res/deep/z.txt")] == again


def test_the_records_know_the_new_states():
    os.utime("res/x.txt", (1, 1))
    settle(Compared(equal=[wanted(record) for record in records()]))
    first = records()[0]
    assert first.outputs["x.txt"].state == state_of("res/x.txt")


def test_other_results_and_orphans_become_older_than_anything_and_keep_their_content():
    first, _ = records()
    Path("res/orphan.txt").write_text("?")
    settle(Compared(other=[(first, ["seed"])]), ["res/orphan.txt", "res/none.txt"])
    assert {time_of(path) for path in ("res/x.txt", "res/y.txt", "res/orphan.txt")} == {OUTDATED_NS}
    assert Path("res/orphan.txt").read_text() == "?"
    assert time_of("res/deep/z.txt") > OUTDATED_NS


def test_a_folder_has_the_time_of_snakemakes_file_in_it():
    Path("res/tracks").mkdir()
    Path("res/tracks/.snakemake_timestamp").touch()
    outdate(["res/tracks"])
    assert time_of("res/tracks/.snakemake_timestamp") == time_of("res/tracks") == OUTDATED_NS


def test_a_link_is_touched_itself_and_not_what_it_leads_to():
    Path("res/link.txt").symlink_to("x.txt")
    before = time_of("res/x.txt")
    outdate(["res/link.txt"])
    assert (time_of("res/link.txt"), time_of("res/x.txt")) == (OUTDATED_NS, before)


def test_what_must_be_made_again_and_cannot_be_touched_is_an_error(monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr(os, "utime", refuse)
    first, second = records()
    os.rename("res/x.txt", "res/x.txt")
    settle(Compared(equal=[wanted(second)]))
    with pytest.raises(PermissionError):
        settle(Compared(other=[(first, ["seed"])]))


def test_states_are_kept_for_records_of_this_run_alone():
    for path in ("res/x.txt", "res/deep/z.txt"):
        os.utime(path)
    first, second = records()
    began = first.path.stat().st_mtime
    os.utime(second.path, (began - 100, began - 100))
    keep_states_since("res", began)
    first, second = records()
    assert first.outputs["x.txt"].state == state_of("res/x.txt")
    assert second.outputs["deep/z.txt"].state != state_of("res/deep/z.txt")


def test_the_state_of_a_file_of_another_size_is_not_kept():
    Path("res/x.txt").write_text("longer than it was, so somebody else's")
    keep_states(records()[0])
    assert records()[0].outputs["x.txt"].state != state_of("res/x.txt")
