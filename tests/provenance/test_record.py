"""Records of jobs: what stands in them, and what a damaged one is."""

import os
import shutil

import pytest

from cisgrammar.provenance.record import (
    Print,
    param_digests,
    print_of,
    producers,
    read_record,
    read_records,
    record_path,
    records_of,
    size_of,
    state_of,
)
from toy_job import run_job


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CISGRAMMAR_RESULTS", "res")
    (tmp_path / "reads.bed").write_text("chr1 1 2\n")
    run_job("count", {"reads": "reads.bed"}, {"a": "res/s/a.tsv", "b": "res/s/b.tsv"}, {"n": 3}, sample="s")
    run_job("fit", {"counts": "res/s/a.tsv", "reads": "reads.bed"}, {"model": "res/m/model.txt"}, threads=2)
    return tmp_path


def test_a_record_comes_back_as_it_was_written(made):
    (count,) = records_of(["res/s/b.tsv"], "res")
    assert count.path == record_path("res", "s/a.tsv")
    assert (count.rule, count.wildcards, count.threads) == ("count", {"sample": "s"}, 1)
    assert list(count.output_paths()) == ["res/s/a.tsv", "res/s/b.tsv"]
    assert list(count.input_paths()) == ["reads.bed"]
    count.write()
    assert read_record(count.path, "res") == count
    assert [record.rule for record in read_records("res")] == ["fit", "count"]


def test_inputs_that_a_job_made_move_with_the_record(made):
    (made / "elsewhere").mkdir()
    shutil.move(made / "res", made / "elsewhere" / "res")
    (fit,) = records_of(["elsewhere/res/m/model.txt"], "elsewhere/res")
    assert set(fit.input_paths()) == {"elsewhere/res/s/a.tsv", "reads.bed"}
    assert set(producers(["elsewhere/res/s/a.tsv"], "elsewhere/res")) == {
        "elsewhere/res/s/a.tsv",
        "elsewhere/res/s/b.tsv",
    }
    assert producers(["reads.bed"], "res") == {}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "other"}', '{"format": "cisgrammar-record-1"}'])
def test_a_damaged_record_is_none(made, text):
    path = record_path("res", "s/a.tsv")
    path.write_text(text)
    assert read_record(path, "res") is None
    assert [record.rule for record in read_records("res")] == ["fit"]


def test_a_print_is_of_bytes_and_its_state_sees_a_time_that_was_put_back(tmp_path):
    path = tmp_path / "a.bed"
    path.write_text("one")
    before, times = print_of(path), path.stat()
    path.write_text("two")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert state_of(path)[0] == before.state[0]
    assert state_of(path) != before.state
    assert not print_of(path).same(before)
    path.write_text("one")
    assert print_of(path).same(before)


def test_a_folder_is_its_visible_files(tmp_path):
    for name in ("f/a", "f/deep/b", "f/.hidden"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    folder = tmp_path / "f"
    before = print_of(folder)
    assert (before.size, size_of(folder)) == (11, 11)
    (folder / ".hidden").write_text("other")
    assert print_of(folder) == before
    (folder / "deep" / "b").rename(folder / "deep" / "c")
    assert not print_of(folder).same(before)


def test_a_file_that_changed_while_it_was_read_equals_nothing():
    assert not Print(3, "").same(Print(3, ""))


def test_params_have_digests_and_places_have_none():
    found = param_digests({"b": {"x": (1, 2), "a": None}, "a": 1.0, "checkpoints": "res/checkpoints"})
    assert list(found) == ["a", "b"]
    assert found == param_digests({"a": 1.0, "b": {"a": None, "x": [1, 2]}})
    assert found["a"] != param_digests({"a": 1.5})["a"]


def test_a_record_that_cannot_be_written_leaves_the_former_one_and_nothing_else(made, monkeypatch):
    (fit,) = records_of(["res/m/model.txt"], "res")
    before = fit.path.read_text()

    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        fit.write()
    assert [path.name for path in fit.path.parent.iterdir()] == [fit.path.name]
    assert fit.path.read_text() == before
