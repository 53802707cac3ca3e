"""SIGKILL at any moment, then the same command again: the same files, byte for byte."""

import contextlib
import os
import random
import shutil
import signal
import subprocess
import time

import pytest

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
KILLS = 10
SEED = 20261121


def kill_after(flow, seconds):
    """Start a run and kill all of its processes; True if it was still running then."""
    process = flow.start("--rerun-incomplete")
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        wait_for_group(process.pid)
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


def test_ten_kills_leave_no_trace(finished, tmp_path):
    """Ten kills in a chain of runs: no half file is ever under a final name, and the end is the same."""
    wanted = finished.fingerprints()
    flow = type(finished)(tmp_path)
    moments, killed = random.Random(SEED), 0
    for _ in range(4 * KILLS):
        if not kill_after(flow, moments.uniform(2.5, 12)):
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
    done = flow.run("--rerun-incomplete")
    assert done.returncode == 0, done.stdout
    assert flow.fingerprints() == wanted
