"""Before the rules are read: config files of this project alone, and a Python that a shell can start."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest

from cisgrammar.config.fields import ConfigError
from cisgrammar.run import beginning
from cisgrammar.run.beginning import begin, check_files, is_entry, python_for_jobs, typed
from cisgrammar.source import SourceError
from places import ROOT


@pytest.mark.parametrize("name", ["Snakefile", "workflow/Snakefile"])
def test_files_of_an_own_entry_are_looked_at(tmp_path, name):
    (tmp_path / "c.yaml").write_text("bias:\n")
    assert is_entry(ROOT / name, ROOT)
    with pytest.raises(ConfigError, match=r"c\.yaml:1: bias: nothing is written after the colon"):
        check_files([tmp_path / "c.yaml"], ROOT / name, ROOT)


def test_files_of_another_workflow_are_not(tmp_path):
    (tmp_path / "c.yaml").write_text("bias:\n")
    assert not is_entry(tmp_path / "Snakefile", ROOT)
    check_files([tmp_path / "c.yaml"], tmp_path / "Snakefile", ROOT)


def test_a_default_config_that_is_no_text_is_one_line(tmp_path):
    assert beginning.readable(str(tmp_path / "absent.yaml"), OSError) == str(tmp_path / "absent.yaml")
    path = tmp_path / "c.yaml"
    path.write_text("results: größe\n", encoding="latin-1")
    with pytest.raises(OSError, match=r"c\.yaml:1: not UTF-8 text"):
        beginning.readable(str(path), OSError)


def test_a_plain_path_is_left_as_it_is():
    assert python_for_jobs("/opt/größe/.venv-3/bin/python3.11", "/data") == "/opt/größe/.venv-3/bin/python3.11"


@pytest.mark.parametrize("folder", ["my project", "a(b)", "a[1]", "it's", "a&b", "x;y", "$HOME", "a*", "a#b", "~me"])
def test_a_path_with_blanks_or_brackets_is_seen_from_the_folder_of_the_jobs(tmp_path, folder):
    place = tmp_path / folder / "cis grammar"
    (place / ".venv" / "bin").mkdir(parents=True)
    python = place / ".venv" / "bin" / "python"
    python.write_text("#!/bin/sh\necho started\n")
    python.chmod(0o755)
    path = python_for_jobs(str(python), place)
    assert path == ".venv/bin/python"
    assert subprocess.run(f"{path} x", shell=True, cwd=place, capture_output=True, text=True).stdout == "started\n"
    with pytest.raises(ConfigError, match=r"with which Snakemake can start no job; run from"):
        python_for_jobs(str(python), tmp_path / "else where")


def test_a_run_begins_with_its_code_its_python_and_its_files(tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAMMAR_RULES", "")
    monkeypatch.setattr(sys, "executable", str(tmp_path / "a b" / "python"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.yaml").write_text("seed: 1\nseed: 2\n")
    with pytest.raises(ConfigError, match="with which Snakemake can start no job"):
        begin([], ROOT / "Snakefile", ROOT)
    (tmp_path / "a b").mkdir()
    monkeypatch.chdir(tmp_path / "a b")
    with pytest.raises(ConfigError, match=r"c\.yaml:2: seed is given twice"):
        begin([tmp_path / "c.yaml"], ROOT / "Snakefile", ROOT)
    assert sys.executable == "python"
    assert str(ROOT / "workflow" / "cisgrammar") in os.environ["CISGRAMMAR_RULES"]


def test_two_checkouts_are_a_fault_of_the_config(monkeypatch):
    def refuse(checkout):
        raise SourceError("use one checkout in a run")

    monkeypatch.setattr(beginning, "announce", refuse)
    with pytest.raises(ConfigError, match="use one checkout in a run"):
        begin([], ROOT / "Snakefile", ROOT)


def test_what_stands_in_braces_on_the_command_line_has_its_type():
    config = {"seed": 3, "samples": "7", "bias": {"thresholds": ["2.0"], "training": {"epochs": "1", "jitter": 5}}}
    given = {"samples": "7", "bias": {"thresholds": ["2.0"], "training": {"epochs": "1"}}, "combined": {}}
    found = typed(config, given)
    assert found["bias"] == {"thresholds": [2.0], "training": {"epochs": 1, "jitter": 5}}
    assert (found["seed"], found["samples"], found["combined"]) == (3, "7", {})
    assert config["bias"]["thresholds"] == ["2.0"]


def test_a_config_that_cannot_be_run_is_one_error_of_snakemake(tmp_path, monkeypatch):
    monkeypatch.delenv("CISGRAMMAR_SOURCE", raising=False)
    settings = SimpleNamespace(config={})
    workflow = SimpleNamespace(configfiles=[], main_snakefile=tmp_path / "Snakefile", config_settings=settings)
    with pytest.raises(RuntimeError, match="nothing to run"):
        beginning.run_of(workflow, {"seed": 1}, ROOT, RuntimeError)
    config = {"splice": {"genes": {"fasta": "g.fa", "annotation": "g.gtf", "test": ["1"], "validation": ["2"]}}}
    assert beginning.run_of(workflow, config, ROOT, RuntimeError).config.splice is not None
    assert os.environ["CISGRAMMAR_SOURCE"] == str(ROOT)


@pytest.mark.parametrize(("asked", "wanted"), [(None, True), ("", True), ("1", True), ("0", False)])
def test_speed_can_be_turned_off_and_is_never_that_of_another_workflow(monkeypatch, asked, wanted):
    monkeypatch.delenv("CISGRAMMAR_FAST_DAG", raising=False)
    if asked is not None:
        monkeypatch.setenv("CISGRAMMAR_FAST_DAG", asked)
    assert beginning.wants_speed(True) is wanted
    assert not beginning.wants_speed(False)
