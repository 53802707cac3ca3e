"""No half file under a final name."""

import json

import pytest

from cisgrammar.atomic import atomic_path, temporary_name, write_json


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


def test_two_writers_of_one_file_do_not_meet(tmp_path):
    """A job whose Snakemake was killed works on beside its successor: its end must not publish the other's half."""
    path = tmp_path / "table.tsv"

    def orphan(successor):
        with atomic_path(path) as first:
            first.write_text("whole, but of the orphan")
            second = successor.__enter__()
            second.write_text("half")

    successor = atomic_path(path)
    with pytest.raises(FileNotFoundError):
        orphan(successor)
    assert not path.exists()
    successor.gen.close()
    assert list(tmp_path.iterdir()) == []


def test_others_files_beside_it_are_left(tmp_path):
    others = [tmp_path / ".table.old.partial.tsv", temporary_name(tmp_path / "tables.tsv"), tmp_path / "table.tsv.bak"]
    for other in others:
        other.write_text("")
    with atomic_path(tmp_path / "table.tsv") as partial:
        partial.write_text("whole")
    assert sorted(tmp_path.iterdir()) == sorted([*others, tmp_path / "table.tsv"])


def test_json_refuses_nan(tmp_path):
    write_json(tmp_path / "a.json", {"b": 1, "a": [1.5, None]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"b": 1, "a": [1.5, None]}
    with pytest.raises(ValueError, match="Out of range"):
        write_json(tmp_path / "b.json", {"x": float("nan")})
    assert not (tmp_path / "b.json").exists()
