"""Snakemake's events as lines; warnings and errors as Snakemake has them."""

import logging
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from snakemake.common.configfile import load_configfile

from cisgrammar.script import QUIET
from cisgrammar.terminal.handler import LogHandler
from snakemake_logger_plugin_cisgrammar import LogHandler as Offered
from snakemake_logger_plugin_cisgrammar import no_text


@pytest.fixture
def handler(monkeypatch, tmp_path):
    monkeypatch.setenv(QUIET, "0")
    monkeypatch.chdir(tmp_path)
    return LogHandler(SimpleNamespace(dryrun=False), None)


def record(message, level=logging.INFO, **fields):
    made = logging.LogRecord("snakemake", level, "", 0, message, (), None)
    vars(made).update(fields)
    return made


def test_a_run_in_lines(handler, capsys):
    events = [
        record("Building DAG of jobs..."),
        record("stats", event="run_info", stats={"train_bias": 1, "all": 1, "total": 2}),
        record(
            "", event="job_info", jobid=4, rule_name="train_bias", wildcards={"sample": "a", "fold": "f"}, output=[]
        ),
        record("", event="job_started", jobs=[4]),
        record("", event="job_finished", job_id=4),
        record(None, event="progress", done=1, total=2),
        record("", event="job_info", jobid=0, rule_name="all", wildcards=None, output=[]),
        record("", event="job_finished", job_id=0),
        record("Nothing to be done (all requested files are present and up to date)."),
    ]
    for event in events:
        handler.emit(event)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "2 jobs of 2 rules"
    assert lines[1].startswith("1/2  train_bias a f ")
    assert lines[2].startswith("2/2  all ")
    assert lines[3].startswith("Nothing to be done")
    assert len(lines) == 4


def test_jobs_are_told_to_keep_their_logs(handler):
    assert os.environ[QUIET] == "1"


def test_warnings_and_errors_are_shown(handler, capsys):
    handler.emit(record("a warning", logging.WARNING))
    handler.emit(record("Error in rule x", logging.ERROR, event="job_error"))
    assert capsys.readouterr().err.splitlines() == ["a warning", "Error in rule x"]


def test_a_dry_run_is_shown_as_snakemake_shows_it(monkeypatch, capsys):
    monkeypatch.setenv(QUIET, "0")
    handler = LogHandler(SimpleNamespace(dryrun=True), None)
    handler.emit(record("stats", event="run_info", stats={"total": 2}))
    assert capsys.readouterr().err == "stats\n"
    assert os.environ[QUIET] == "0"


def test_of_a_quiet_dry_run_the_jobs_are_counted(monkeypatch, capsys):
    monkeypatch.setenv(QUIET, "0")
    handler = LogHandler(SimpleNamespace(dryrun=True, quiet=[SimpleNamespace(name="RULES")]), None)
    stats = record("Job stats: a table", event="run_info", stats={"train_bias": 3, "all": 1, "total": 4})
    for each in (stats, record("host: x"), stats, record("odd", logging.WARNING)):
        handler.emit(each)
    handler.emit(record("Nothing to be done (all requested files are present and up to date)."))
    lines = capsys.readouterr().err.splitlines()
    assert lines[:2] == ["jobs      4 of 2 rules", "odd"]
    assert lines[2].startswith("jobs      0: Nothing to be done")


def test_a_terminal_shows_what_runs_below_the_finished_jobs(handler, capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    job = {"event": "job_info", "wildcards": {"sample": "a", "fold": "f"}, "output": []}
    handler.emit(record("stats", event="run_info", stats={"train_bias": 1, "all": 1, "total": 2}))
    handler.emit(record("", jobid=4, rule_name="train_bias", **job))
    assert capsys.readouterr().err.endswith("runs: train_bias a f   about 10 s left")
    handler.emit(record("", event="job_finished", job_id=4))
    shown = capsys.readouterr().err
    assert shown.startswith("\r\x1b[K1/2  train_bias a f ")
    assert shown.endswith("\n")


def test_snakemake_finds_it_by_its_name():
    from snakemake_interface_logger_plugins.registry import LoggerPluginRegistry

    assert isinstance(Offered(SimpleNamespace(dryrun=True), None), LogHandler)
    registry = LoggerPluginRegistry()
    registry.collect_plugins()
    assert registry.is_installed("cisgrammar")
    assert LogHandler.writes_to_stream.fget(None)


def test_finding_it_imports_no_cisgrammar():
    """The rules of a checkout bring their own package: an installed one that came first would stand for it."""
    code = "import sys, snakemake_logger_plugin_cisgrammar; print('cisgrammar' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("a: 1\nb: größe\n".encode("latin-1"), "c.yaml:2: not UTF-8 text (byte 0xf6); save the file as UTF-8"),
        ("a: 1\n".encode("utf-16"), "c.yaml: UTF-16 text; save the file as UTF-8"),
        (b"a: 2024-13-45\n", "c.yaml: not a config (month must be in 1..12); `make check` names the line to correct"),
        (b"[" * 3000, "c.yaml: not a config (maximum recursion depth exceeded"),
        (None, "c.yaml: cannot be read (Is a directory); name a config file"),
    ],
)
def test_a_config_that_snakemake_cannot_read_is_one_line(tmp_path, data, said):
    path = tmp_path / "c.yaml"
    path.mkdir() if data is None else path.write_bytes(data)
    with pytest.raises((OSError, ValueError, RecursionError)) as caught:
        load_configfile(path)
    line = no_text(caught.value)
    assert line.startswith(f"{tmp_path}/{said}")
    assert "\n" not in line


def test_other_errors_stay_as_they_are(tmp_path):
    with pytest.raises(ValueError) as caught:
        int("x")
    assert no_text(caught.value) == no_text(None) == ""
