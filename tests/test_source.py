"""Whether a process has the package that its rules were read with."""

import os
import shutil
from pathlib import Path

import pytest

import cisgrammar
from cisgrammar import source
from places import ROOT

OWN = Path(cisgrammar.__file__).parent


@pytest.fixture(autouse=True)
def unannounced(monkeypatch):
    # Set and unset, so that it is put back as it was at the end.
    monkeypatch.setenv(source._VARIABLE, "")
    monkeypatch.delenv(source._VARIABLE)


@pytest.fixture
def other(tmp_path):
    """Another checkout with the same package."""
    copy = tmp_path / "other" / "workflow" / "cisgrammar"
    shutil.copytree(OWN, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path / "other"


def change(checkout):
    path = checkout / "workflow" / "cisgrammar" / "script.py"
    path.write_text(path.read_text() + "\n")


def test_outside_of_a_workflow_there_is_nothing_to_compare():
    source.check()


def test_the_same_code_in_another_place_is_the_same(other):
    source.announce(other)
    assert os.environ[source._VARIABLE].endswith(f" {other}/workflow/cisgrammar")
    source.check()


def test_other_code_in_a_job_is_an_error_that_says_what_to_do(other, monkeypatch):
    source.announce(ROOT)
    change(other)
    monkeypatch.setattr(cisgrammar, "__file__", str(other / "workflow" / "cisgrammar" / "__init__.py"))
    with pytest.raises(source.SourceError) as error:
        source.check()
    assert f"({other}/workflow/cisgrammar)" in str(error.value)
    assert f"run `make install` in {ROOT}, or" in str(error.value)
    assert "\n" not in str(error.value)


def test_code_that_is_edited_during_a_run_in_one_place_is_one_copy(other, monkeypatch):
    monkeypatch.setattr(cisgrammar, "__file__", str(other / "workflow" / "cisgrammar" / "__init__.py"))
    source.announce(other)
    change(other)
    source.check()


def test_two_checkouts_in_one_run_are_an_error(other):
    change(other)
    with pytest.raises(
        source.SourceError, match=f"rules of {other} are read with the cisgrammar of .*use one checkout"
    ):
        source.announce(other)


def test_rules_from_an_address_take_the_package_that_is_imported(tmp_path):
    source.announce(tmp_path / "none")
    assert os.environ[source._VARIABLE].endswith(f" {OWN.resolve()}")
    source.check()
