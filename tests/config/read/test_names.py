"""Names that would share a folder of the results."""

from pathlib import Path

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read import names
from cisgrammar.config.read.names import alike, check_apart, tells_capitals

ROWS = {"m": ["one", "two"], "fold0": ["library"]}


@pytest.mark.parametrize(
    ("samples", "folds", "genes"),
    [
        (["s", "t"], ["fold0"], True),
        (["binding"], ["a"], True),
        (["splice"], ["fold0", "m"], True),
        (["splice"], ["genes"], False),
        (["m", "one"], ["m"], True),
    ],
)
def test_names_that_lie_apart_are_taken(tmp_path, samples, folds, genes):
    check_apart(tmp_path, samples, folds, ROWS, genes)


@pytest.mark.parametrize(
    ("samples", "folds", "said"),
    [
        (["s", "binding"], ["a", "m"], "sample binding, fold m, would lie where those of the SELEX model m do; rename"),
        (["splice"], ["genes"], "sample splice, fold genes, would lie where those of the genes of the splice stage do"),
    ],
)
def test_figures_of_two_do_not_share_a_folder(tmp_path, samples, folds, said):
    with pytest.raises(ConfigError, match=said):
        check_apart(tmp_path, samples, folds, ROWS, True)


def test_names_that_differ_in_capitals():
    assert list(alike(["a", "b", "A", "Straße", "STRASSE"])) == [("a", "A"), ("Straße", "STRASSE")]
    assert list(alike(["a", "b"])) == []


def test_they_are_refused_where_the_disk_takes_them_for_one(tmp_path, monkeypatch):
    monkeypatch.setattr(names, "tells_capitals", lambda folder: True)
    check_apart(tmp_path, ["s", "S"], ["f", "F"], {"m": ["l", "L"], "M": []}, False)
    monkeypatch.setattr(names, "tells_capitals", lambda folder: False)
    with pytest.raises(ConfigError) as caught:
        check_apart(tmp_path, ["s", "S"], ["f", "F"], {"m": ["l", "L"], "M": []}, False)
    assert [line.split(":")[0] for line in str(caught.value).splitlines()] == [
        "samples",
        "folds",
        "models",
        "libraries of model m",
    ]


def test_a_disk_is_asked_and_nothing_is_left(tmp_path, monkeypatch):
    (tmp_path / "a").touch()
    told = not (tmp_path / "A").exists()
    assert tells_capitals(tmp_path / "not" / "yet") == told
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    # As a disk that takes both for one answers.
    monkeypatch.setattr(Path, "exists", lambda self: True)
    assert not tells_capitals(tmp_path)
