"""The rules are found beside a checkout's package, or where the wheel puts them."""

import pytest

import cisgrammar
from cisgrammar.cli.places import workflow_folder
from places import ROOT


def test_a_checkout_has_its_own_rules(monkeypatch):
    monkeypatch.setattr(cisgrammar, "__file__", str(ROOT / "workflow" / "cisgrammar" / "__init__.py"))
    assert workflow_folder() == ROOT


def test_an_installed_package_brings_them(tmp_path, monkeypatch):
    package = tmp_path / "lib" / "site" / "cisgrammar"
    package.mkdir(parents=True)
    monkeypatch.setattr(cisgrammar, "__file__", str(package / "__init__.py"))
    with pytest.raises(ValueError, match="no Snakefile beside"):
        workflow_folder()
    folder = package.parent / "cisgrammar_workflow"
    (folder / "workflow" / "rules").mkdir(parents=True)
    (folder / "Snakefile").touch()
    assert workflow_folder() == folder
