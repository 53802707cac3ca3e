"""Random SIGKILLs on a real Slurm, of jobs, of Snakemake and of nodes' daemons: the results are the local run's."""

import random
import subprocess
from contextlib import suppress

import pytest
from slurm_cluster import NODES
from test_slurm import CANCEL_ALL, STEP, Submitted, cluster  # noqa: F401 - the fixture

pytestmark = [pytest.mark.workflow, pytest.mark.slurm, pytest.mark.long, pytest.mark.timeout(3600)]
KILLS = 8
SEED = 20261125


def strike(run, process, kind, choice):
    """Kill something of a run; the process of the run that goes on."""
    if kind == "job":
        run.cluster.cancel(choice(sorted(run.cluster.jobs("RUNNING")) or ["0"]), signal_name="KILL")
        return process
    if kind == "slurmd":
        run.cluster.kill_slurmd(choice(NODES))
        return process
    process.kill()
    process.wait()
    subprocess.run(["bash", "-c", CANCEL_ALL], env=run.cluster.environment, check=True)
    run.wait(lambda: not run.cluster.jobs(), "an empty queue")
    assert run.start("--unlock").wait(timeout=STEP) == 0
    return run.start()


def at_work(run, process):
    """The process of a run that has a running job; a run whose job was killed more often than it is tried goes on."""
    while True:
        run.wait(lambda now=process: now.poll() is not None or run.cluster.jobs("RUNNING"), "a running job")
        if process.poll() is None:
            return process
        assert process.returncode != 0, "the run ended before all kills"
        process = run.start()


def ended(run, process):
    """The exit status of a run; a whole one takes more than a step on a machine that others use. Logs if it hangs."""
    for _ in range(2):
        with suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=STEP)
    pytest.fail(f"{process.args}\n{run.log.read_text()[-5000:]}\n{run.cluster.logs()}")


def test_random_kills_on_slurm(cluster, finished, tmp_path):  # noqa: F811
    wanted = finished.fingerprints()
    run, drawn = Submitted(type(finished)(tmp_path), cluster), random.Random(SEED)
    process, done = run.start(), 0
    for kind in drawn.choices(["job", "slurmd", "snakemake"], weights=[3, 2, 2], k=KILLS):
        process = at_work(run, process)
        # Not a wait for something: the moment is to be a random one.
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=drawn.uniform(1, 8))
        process = strike(run, process, kind, drawn.choice)
        done += 1
        found = run.flow.fingerprints()
        assert {name: found[name] for name in found} == {name: wanted.get(name) for name in found}
        print(done, kind, len(found), flush=True)
    # A job may have been killed more often than it is tried.
    codes = [ended(run, process)]
    while codes[-1] != 0 and len(codes) < 4:
        codes.append(ended(run, run.start()))
    assert done == KILLS
    assert run.flow.fingerprints() == wanted
    assert cluster.jobs() == {}
