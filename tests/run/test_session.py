"""A process of Snakemake from its plan to its end."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from cisgrammar.provenance.lock import ResultsLock
from cisgrammar.run.session import Session
from places import ROOT
from toy_run import toy_run

HOLD = """
import sys, time
from cisgrammar.provenance.lock import ResultsLock
ResultsLock(sys.argv[1]).take()
print("taken", flush=True)
time.sleep(600)
"""


class Shown(Exception):
    """What Snakemake shows as one line."""


class Rules:
    """Snakemake's rules: one that a config has not is an error of its own."""

    train_bias = SimpleNamespace(
        rule=SimpleNamespace(output=["{results}/bias/{sample}/{fold}/threshold_{threshold}/model.safetensors"])
    )

    def __getattr__(self, name):
        raise Shown(f"Rule {name} is not defined in this workflow")


@pytest.fixture
def session(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CISGRAMMAR_RESULTS", raising=False)
    run = toy_run(tmp_path, results=str(tmp_path / "res"))
    Rules.train_bias.rule.output = [
        f"{tmp_path}/res/bias/{{sample}}/{{fold}}/threshold_{{threshold}}/model.safetensors"
    ]
    return Session(run, ["a/fold0"], ROOT, lambda fromdict: fromdict, Shown)


@pytest.fixture
def other(tmp_path):
    """Another run that works in the same results."""
    command = [sys.executable, "-c", HOLD, str(tmp_path / "res")]
    with subprocess.Popen(command, env={"PYTHONPATH": ":".join(sys.path)}, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        yield process
        process.kill()


def test_a_stages_files_and_code_are_known_once_the_rules_are(session, tmp_path):
    session.plan(Rules(), main=True)
    assert not (tmp_path / "res").exists(), "a plan makes no folder"
    files = session.files("bias")
    # Two samples; both thresholds in the first fold, its choice in the two others.
    assert len(files) == 2 * (2 + 1 + 1)
    assert f"{tmp_path}/res/bias/a/fold0/threshold_0.5/model.safetensors" in files
    stages = session.stages()
    assert set(stages["bias"]["code"]) == {"train_bias"}
    assert stages["bias"]["settings"]["bias"]["thresholds"] == [0.5, 1.0]
    assert stages["combined"]["code"] == {}


def test_a_file_without_a_record_is_said(session, tmp_path, capsys):
    path = tmp_path / "res" / "bias" / "a" / "fold0" / "threshold_1" / "model.safetensors"
    path.parent.mkdir(parents=True)
    path.write_text("")
    session.plan(Rules(), main=True)
    assert "threshold_1/model.safetensors: no record of how it was made" in capsys.readouterr().err


def test_a_jobs_process_leaves_results_as_they_are(session, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("cisgrammar.run.session.settle_results", lambda *_: pytest.fail("it settles"))
    monkeypatch.setattr("cisgrammar.run.session.pass_hangup_on", lambda: print("passes on"))
    (tmp_path / "res").mkdir()
    session.plan(Rules(), main=False)
    assert capsys.readouterr().out == "passes on\n"


def test_a_second_run_stops_with_one_sentence_and_a_second_plan_says_so(session, other, capsys):
    session.plan(Rules(), main=True)
    assert "another run works in this folder, so what is there is not compared" in capsys.readouterr().err
    with pytest.raises(Shown, match="another run works in this folder; wait until it has ended"):
        session.begin()


def test_results_that_cannot_be_marked_are_an_error(session, tmp_path, monkeypatch):
    def refuse(*_):
        raise PermissionError(30, "Read-only file system")

    monkeypatch.setattr("cisgrammar.run.session.settle_results", refuse)
    (tmp_path / "res").mkdir()
    with pytest.raises(Shown, match=r"cannot be brought up to date: .*Read-only"):
        session.plan(Rules(), main=True)


def test_a_run_keeps_its_results_until_its_process_ends(session, tmp_path, monkeypatch):
    monkeypatch.setattr("cisgrammar.run.interruption.Interruption.watch", lambda self: setattr(self, "happened", True))
    session.begin()
    with pytest.raises(RuntimeError, match="another run"):
        ResultsLock(tmp_path / "res").take(wait=0)
    assert session.ended() == f"done; files are in {tmp_path}/res"
    assert session.ended(well=False) == "interrupted; the same command goes on from here"
