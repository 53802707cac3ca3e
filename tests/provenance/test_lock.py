"""One run at a time in a results folder."""

import os
import subprocess
import sys
import time

import pytest

from cisgrammar.provenance.lock import LOCK, ResultsInUseError, ResultsLock

HOLD = """
import sys, time
from cisgrammar.provenance.lock import ResultsLock
ResultsLock(sys.argv[1]).take()
print("taken", flush=True)
time.sleep(600)
"""


@pytest.fixture
def holder(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", HOLD, str(tmp_path / "res")]
    with subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == "taken\n"
        yield process
        process.kill()


def test_a_second_run_is_told_in_one_sentence(tmp_path, holder):
    lock = ResultsLock(tmp_path / "res")
    with pytest.raises(ResultsInUseError, match=r"res: another run works in this folder; wait .*results:") as error:
        lock.take(wait=0.1)
    assert "\n" not in str(error.value)


def test_a_killed_run_leaves_no_lock(tmp_path, holder):
    holder.kill()
    holder.wait()
    ResultsLock(tmp_path / "res").take(wait=5)


def test_the_lock_is_waited_for_a_while_and_can_be_given_back(tmp_path):
    first, second = ResultsLock(tmp_path), ResultsLock(tmp_path)
    first.take()
    first.take()
    start = time.monotonic()
    with pytest.raises(ResultsInUseError):
        second.take(wait=0.3)
    assert time.monotonic() - start >= 0.3
    first.release()
    second.take(wait=0)
    second.release()
    second.release()
    first.take(wait=0)


def test_jobs_do_not_inherit_it(tmp_path):
    """A killed Snakemake's jobs work on, and its successor begins."""
    lock = ResultsLock(tmp_path)
    lock.take()
    assert not os.get_inheritable(lock._handle)
    lock.release()


def test_a_folder_that_cannot_be_written_is_used_without(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(os, "open", refuse)
    lock = ResultsLock(tmp_path)
    lock.take()
    lock.release()
    assert not (tmp_path / LOCK).exists()
