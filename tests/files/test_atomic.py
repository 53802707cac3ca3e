"""No half file under a final name."""

import json
import os
import socket
import subprocess

import pytest

from cisgrammar.files.atomic import atomic_path, temporary_name, write_json


def test_file_appears_only_at_the_end(tmp_path):
    path = tmp_path / "new" / "table.tsv.gz"
    with atomic_path(path) as partial:
        partial.write_text("half")
        assert not path.exists()
        assert partial.parent == path.parent
        assert partial.suffix == ".gz"
        assert partial.name.startswith(".")
    assert path.read_text() == "half"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "table.tsv"
    path.write_text("old")

    def write_half():
        with atomic_path(path) as partial:
            partial.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_rerun_after_a_kill_leaves_nothing_behind(tmp_path):
    path = tmp_path / "table.tsv"
    temporary_name(path).write_text("left by a killed job")
    with atomic_path(path) as partial:
        assert not partial.exists()
        partial.write_text("whole")
    assert [p.name for p in tmp_path.iterdir()] == ["table.tsv"]


def test_two_writers_of_one_file_both_end_with_a_whole_one(tmp_path, monkeypatch):
    """A job whose Snakemake was killed works on beside its successor, and ends while that one has written half."""
    path = tmp_path / "table.tsv"
    orphan = atomic_path(path)
    monkeypatch.setattr(os, "getpid", os.getppid)
    orphans = orphan.__enter__()
    orphans.write_text("half of the orphan's")
    monkeypatch.undo()
    with atomic_path(path) as partial:
        partial.write_text("half")
        orphans.write_text("whole, of the orphan")
        orphan.__exit__(None, None, None)
        assert path.read_text() == "whole, of the orphan"
        partial.write_text("whole, of the successor")
    assert path.read_text() == "whole, of the successor"
    assert list(tmp_path.iterdir()) == [path]


def test_what_killed_writers_left_is_removed_and_nothing_else(tmp_path):
    host, dead = socket.gethostname(), subprocess.Popen(["true"])
    dead.wait()
    old = tmp_path / ".table.other-host-1.partial.tsv"
    gone = [tmp_path / f".table.{host}-{dead.pid}.partial.tsv", old]
    kept = [
        tmp_path / f".table.{host}-{os.getppid()}.partial.tsv",
        tmp_path / ".table.other-host-2.partial.tsv",
        temporary_name(tmp_path / "tables.tsv"),
        tmp_path / "table.tsv.bak",
    ]
    for path in [*gone, *kept]:
        path.write_text("")
    os.utime(old, (0, 0))
    with atomic_path(tmp_path / "table.tsv") as partial:
        partial.write_text("whole")
    assert sorted(tmp_path.iterdir()) == sorted([*kept, tmp_path / "table.tsv"])


def test_json_refuses_nan(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": [1.5, None]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"b": 1, "a": [1.5, None]}
    with pytest.raises(ValueError, match="Out of range"):
        write_json(tmp_path / "b.json", {"x": float("nan")})
    assert not (tmp_path / "b.json").exists()
