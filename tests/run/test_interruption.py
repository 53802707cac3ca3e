"""Signals to the process that runs Snakemake reach the scripts of its jobs."""

import os
import signal
import subprocess
import sys

import pytest

from cisgrammar.run.interruption import Interruption, end_scripts, pass_hangup_on

SCRIPT = "import time; print('begun', flush=True); time.sleep(600)"


@pytest.fixture
def scripts(tmp_path):
    """A job's script behind a shell, as Snakemake starts it, and another process that is none."""
    path = tmp_path / ".snakemake" / "scripts" / "tmpx.train_bias.py"
    path.parent.mkdir(parents=True)
    path.write_text(SCRIPT)
    job = subprocess.Popen(["bash", "-c", f"{sys.executable} {path}; exit $?"], stdout=subprocess.PIPE, text=True)
    other = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, text=True)
    for process in (job, other):
        assert process.stdout.readline() == "begun\n"
    yield job, other
    for process in (job, other):
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.fixture
def handlers():
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    yield before
    for number, handler in before.items():
        signal.signal(number, handler)


def test_scripts_of_jobs_are_ended_and_nothing_else(scripts):
    job, other = scripts
    assert end_scripts(os.getpid()) == 1
    assert job.wait(timeout=20) == 143
    assert other.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_scripts_first_and_then_does_what_snakemake_does(scripts, handlers, number):
    seen = []
    signal.signal(signal.SIGTERM, lambda *given: seen.append(given[0]))
    interruption = Interruption()
    interruption.watch()
    assert not interruption.happened
    signal.raise_signal(number)
    assert scripts[0].wait(timeout=20) == 143
    assert (interruption.happened, seen) == (True, [number])


def test_ctrl_c_is_snakemakes_and_is_remembered(scripts, handlers):
    interruption = Interruption()
    interruption.watch()
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
    assert interruption.happened
    assert scripts[0].wait(timeout=20) == 143


def test_under_nohup_a_hangup_does_nothing(handlers):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    interruption = Interruption()
    interruption.watch()
    pass_hangup_on()
    signal.raise_signal(signal.SIGHUP)
    assert not interruption.happened


def test_the_snakemake_of_a_job_passes_a_hangup_on_and_waits(scripts, handlers):
    pass_hangup_on()
    signal.raise_signal(signal.SIGHUP)
    assert scripts[0].wait(timeout=20) == 143
