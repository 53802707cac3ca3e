"""SIGKILL at any moment, then the same command again: the same files, byte for byte."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time

import psutil
import pytest

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
# `make faults` asks for more.
KILLS = int(os.environ.get("CISGRAMMAR_KILLS", "10"))
KINDS = ("all", "scheduler", "job")
SEED = 20261121


def kill_after(flow, seconds, what):
    """Start a run and, after a while, kill part of it; True if it was still running then.

    `what` is "all": every process; "scheduler": Snakemake alone, whose jobs work on while the next run begins; "job": a
    random script, of which Snakemake says that it failed.
    """
    process = flow.start("--rerun-incomplete")
    try:
        process.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        pass
    if what == "scheduler":
        process.kill()
    elif what == "all" or not kill_job(flow):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        wait_for_group(process.pid)
    return process.wait() != 0


def kill_job(flow):
    """SIGKILL to one script of a run; False if none runs now."""
    for process in psutil.process_iter(["cmdline", "cwd"]):
        command = process.info["cmdline"] or [""]
        if process.info["cwd"] == str(flow.folder) and ".snakemake/scripts/" in command[-1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
                return True
    return False


def wait_for_group(group):
    """Wait until no process of the group is left, so that none writes into the next run."""
    with contextlib.suppress(ProcessLookupError):
        for _ in range(500):
            os.killpg(group, 0)
            time.sleep(0.02)
        pytest.fail(f"process group {group} outlives SIGKILL")


def forget(flow, stage):
    for folder in (flow.results / stage, flow.results / "checkpoints" / stage):
        shutil.rmtree(folder, ignore_errors=True)


def test_kills_leave_no_trace(finished, tmp_path):
    """Kills of everything, Snakemake alone or one job: no half file is ever under a final name, the end is the same."""
    wanted = finished.fingerprints()
    flow = type(finished)(tmp_path)
    moments, killed = random.Random(SEED), 0
    for _ in range(4 * KILLS):
        if not kill_after(flow, moments.uniform(2.5, 12), moments.choice(KINDS)):
            # It ended before its moment came: give it work again.
            forget(flow, moments.choice(["prepare", "bias", "transformation", "combined", "evaluate"]))
            continue
        killed += 1
        assert flow.run("--unlock").returncode == 0
        found = flow.fingerprints()
        assert {name: found[name] for name in found} == {name: wanted.get(name) for name in found}
        if killed == KILLS:
            break
    assert killed == KILLS
    assert flow.run("--unlock").returncode == 0
    done = flow.run("--rerun-incomplete")
    assert done.returncode == 0, done.stdout
    assert flow.fingerprints() == wanted
