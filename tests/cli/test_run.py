"""What `cisgrammar run` hands to Snakemake."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cisgrammar.cli import run as run_module
from cisgrammar.cli.main import main
from cisgrammar.cli.places import workflow_folder
from cisgrammar.cli.run import snakemake_command, write_demo
from places import ROOT


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text("results: results\n")
    (tmp_path / "my.yaml").write_text("results: results\n")


SHOWN = ["--logger", "cisgrammar"]
QUIET = ["--quiet", "host", "rules", "reason"]
START = [sys.executable, "-m", "snakemake", "--snakefile", str(workflow_folder() / "Snakefile")]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ([], ["--cores", "all", *SHOWN, "--configfile", "config/config.yaml"]),
        (["my.yaml"], ["--cores", "all", *SHOWN, "--configfile", "my.yaml"]),
        (["my.yaml", "--cores", "3", "bias"], ["--cores", "3", "bias", *SHOWN, "--configfile", "my.yaml"]),
        (["bias", "-n"], ["--cores", "all", "bias", "-n", *QUIET, "--configfile", "config/config.yaml"]),
        (["-n", "-q", "none"], ["--cores", "all", "-n", "-q", "none", "--configfile", "config/config.yaml"]),
        (["--jobs", "50", "bias"], ["--jobs", "50", "bias", *SHOWN, "--configfile", "config/config.yaml"]),
        (["--quiet", "all", "-c2"], ["--quiet", "all", "-c2", *SHOWN, "--configfile", "config/config.yaml"]),
        (["--cores=2"], ["--cores=2", *SHOWN, "--configfile", "config/config.yaml"]),
        (["--demo", "-n"], ["--cores", "all", "-n", *QUIET, "--configfile", "config/config.yaml"]),
    ],
)  # fmt: skip
def test_words_keep_their_order(words, wanted):
    """An option's value that became a target would run something else."""
    assert snakemake_command(words) == START + wanted


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["none.yaml"], "no file none.yaml; write one"),
        (["--demo", "my.yaml"], "--demo runs config/config.yaml; leave my.yaml out"),
    ],
)
def test_a_config_that_is_not_there_is_said(words, message, capsys):
    assert main(["run", *words]) == 1
    out = capsys.readouterr()
    assert message in out.err
    assert "Traceback" not in out.err


def test_the_demo_needs_no_config_and_overwrites_none(tmp_path):
    with pytest.raises(ValueError, match=r"not the demo's; run the demo in an empty folder"):
        write_demo(ROOT)
    (tmp_path / "config" / "config.yaml").unlink()
    write_demo(ROOT)
    for name in ("config.yaml", "samples.tsv", "selex.tsv"):
        assert (tmp_path / "config" / name).read_bytes() == (ROOT / "config" / name).read_bytes()
    write_demo(ROOT)


def test_the_exit_code_is_snakemake_s(monkeypatch):
    called = []

    def start(command):
        called.append(command)
        return subprocess.CompletedProcess(command, 7)

    monkeypatch.setattr(run_module.subprocess, "run", start)
    assert main(["run", "my.yaml", "--cores", "1", "-n"]) == 7
    assert called == [[*START, "--cores", "1", "-n", *QUIET, "--configfile", "my.yaml"]]


def test_a_signal_ends_it_without_a_traceback(monkeypatch):
    def start(command):
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module.subprocess, "run", start)
    assert main(["run", "my.yaml"]) == 130


def test_a_config_that_is_no_text_is_said_before_snakemake_reads_it(tmp_path, capsys):
    (tmp_path / "mine.yaml").write_text("results: größe\n", encoding="latin-1")
    assert main(["run", "mine.yaml"]) == 1
    assert "mine.yaml:1: not UTF-8 text (byte 0xf6" in capsys.readouterr().err
