"""`snakemake --profile slurm` on a real Slurm: whatever happens to its jobs, the results are the local run's."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from slurm_cluster import Cluster, missing, wait_until

from places import ROOT

pytestmark = [pytest.mark.workflow, pytest.mark.slurm, pytest.mark.timeout(1800)]
# Each Slurm job starts Snakemake twice: what follows one upon the other here is one job, to be done in minutes.
GROUPS = [
    *(f"{rule}=prepare" for rule in ("simulate", "prepare_genome", "tile_genome", "count_reads", "tile_signal")),
    *(f"{rule}=prepare" for rule in ("select_regions", "preflight")),
    *(f"{rule}=transformation" for rule in ("choose_bias", "train_transformation")),
    *(f"{rule}=score" for rule in ("predict_profiles", "evaluate_profiles")),
    "write_manifest=manifests",
]
RESOURCES = ["train_bias:gpu=1", "train_bias:slurm_partition=gpu", "summarise:mem_mb=120 if attempt == 1 else 1000"]
QUICK = ["--slurm-init-seconds-before-status-checks=1", "--seconds-between-status-checks=1", "--latency-wait=20"]
STEP = 600
# The one documented way back after Snakemake itself was killed.
CANCEL_ALL = r"""squeue --me -h -o "%i %j" | awk '$2 ~ /^cisgrammar_/ {print $1}' | xargs -r scancel"""


class Submitted:
    """A run of the workflow in a folder of its own whose jobs go to the cluster."""

    def __init__(self, flow, cluster: Cluster) -> None:
        self.flow, self.cluster = flow, cluster
        self.log = flow.folder / "run.log"
        self.training = flow.folder / "logs" / "combined" / "tiny" / "fold0" / "train_combined.log"

    def start(self, *extra: str) -> subprocess.Popen:
        run = ["--snakefile", str(ROOT / "Snakefile"), "--configfile", "config.yaml", "--profile", str(ROOT / "slurm")]
        options = [*QUICK, "--groups", *GROUPS, "--set-resources", *RESOURCES]
        environment = self.cluster.environment | {"GIT_DIR": os.devnull}
        environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])
        command = [sys.executable, "-m", "snakemake", *run, *options, *extra]
        with self.log.open("ab") as log:
            return subprocess.Popen(command, cwd=self.flow.folder, env=environment, stdout=log, stderr=log)

    def said(self, pattern: str) -> list[str]:
        return re.findall(pattern, self.log.read_text()) if self.log.exists() else []

    def job(self, rule: str) -> str | None:
        """The id of the one running Slurm job of a rule or group."""
        return next((job for job, comment in self.cluster.jobs("RUNNING").items() if f"rule_{rule}" in comment), None)

    def wait(self, condition, what: str):
        try:
            return wait_until(condition, STEP, what)
        except TimeoutError as error:
            pytest.fail(f"{error}\n{self.log.read_text()[-5000:]}\n{self.cluster.logs()}")


@pytest.fixture(scope="module")
def cluster():
    pytest.importorskip("snakemake_executor_plugin_slurm", reason="the Slurm plugin is in requirements.lock")
    if absent := missing():
        pytest.skip(f"no {', '.join(absent)}: apt-get install slurm-wlm munge")
    cluster = Cluster()
    try:
        try:
            cluster.start()
        except (TimeoutError, OSError) as error:
            pytest.skip(f"Slurm does not start on this machine: {error}\n{cluster.logs()}")
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="module")
def story(cluster, finished, tmp_path_factory):
    """All that happens to one run, in order; the tests read what was noted on the way."""
    run = Submitted(type(finished)(tmp_path_factory.mktemp("slurm")), cluster)
    noted = SimpleNamespace(run=run)
    stop_with_ctrl_c(run, noted)
    kill_snakemake(run, noted)
    process = run.start()
    try:
        preempt_training(run, noted)
        cancel_from_outside(run, noted)
        noted.code = process.wait(timeout=STEP)
    finally:
        process.kill()
        process.wait()
    return noted


def stop_with_ctrl_c(run, noted):
    """SIGTERM to Snakemake, which then waits for its jobs, and Ctrl-C."""
    process = run.start()
    try:
        job = run.wait(lambda: run.job("train_bias"), "the first train_bias")
        noted.gpu_job = run.cluster.client("squeue", "-h", "-j", job, "-O", "Partition:.8,tres-per-job:.20").split()
        process.send_signal(signal.SIGTERM)
        time.sleep(1)
        noted.jobs_at_sigterm = run.cluster.jobs()
        process.send_signal(signal.SIGINT)
        noted.code_of_ctrl_c = process.wait(timeout=60)
    finally:
        process.kill()
        process.wait()
    with contextlib.suppress(TimeoutError):
        wait_until(lambda: not run.cluster.jobs(), 20, "an empty queue")
    noted.jobs_after_ctrl_c = run.cluster.jobs()


def kill_snakemake(run, noted):
    """SIGKILL to Snakemake on the login node: its jobs run on, until the documented command ends them."""
    process = run.start()
    try:
        run.wait(lambda: run.job("train_bias"), "train_bias again")
    finally:
        process.kill()
        process.wait()
    noted.jobs_of_the_killed = run.cluster.jobs()
    subprocess.run(["bash", "-c", CANCEL_ALL], env=run.cluster.environment, check=True)
    run.wait(lambda: not run.cluster.jobs(), "an empty queue")
    noted.unlocked = run.start("--unlock").wait(timeout=STEP)


def preempt_training(run, noted):
    """SIGTERM to a training at its first step, then SIGKILL: what Slurm does to a job that another one pushes out."""
    psutil = pytest.importorskip("psutil")

    def script():
        for process in psutil.process_iter(["cmdline", "cwd"]):
            command = process.info["cmdline"] or []
            if process.info["cwd"] == str(run.flow.folder) and command[-1:] and "train_combined.py" in command[-1]:
                return process
        return None

    training = run.wait(script, "train_combined")
    run.wait(lambda: run.training.exists() and "training on" in run.training.read_text(), "its first step")
    # Held, so that it cannot be done before the signal is there.
    training.suspend()
    noted.preempted = run.job("train_combined")
    run.cluster.cancel(noted.preempted, signal_name="TERM")
    training.resume()
    run.wait(lambda: not training.is_running(), "its end")
    noted.at_sigterm = run.training.read_text()
    run.cluster.cancel(noted.preempted, signal_name="KILL")


def cancel_from_outside(run, noted):
    noted.cancelled = run.wait(lambda: run.job("score"), "the predictions")
    run.cluster.cancel(noted.cancelled)


def test_ctrl_c_leaves_no_job(story):
    assert story.code_of_ctrl_c not in (0, None)
    assert len(story.jobs_at_sigterm) >= 1, "SIGTERM alone waits for what runs"
    assert story.run.said("Will exit after finishing currently running jobs")
    assert story.jobs_after_ctrl_c == {}


def test_a_killed_snakemake_is_followed_by_one_documented_command(story):
    assert len(story.jobs_of_the_killed) >= 1
    assert story.unlocked == 0
    assert CANCEL_ALL in (ROOT / "docs" / "cluster.md").read_text()


def test_a_gpu_job_asks_for_its_partition_and_gpu(story):
    assert story.gpu_job == ["gpu", "gres:gpu:1"]


def test_a_preempted_training_saves_at_once_and_goes_on(story):
    assert "saved at epoch" in story.at_sigterm
    assert story.run.said(rf"SLURM-job '{story.preempted}' failed")
    assert re.search(r"resuming at epoch 1, step [1-9]", story.run.training.read_text())


def test_a_job_cancelled_from_outside_is_run_again(story):
    assert story.run.said(rf"JOB {story.cancelled} ON \w+ CANCELLED")
    asked = story.run.said(r"(?s)rule predict_profiles:.*?mem_mb=(\d+)")
    assert int(asked[-1]) > int(asked[0]), "the next attempt has more memory"


def test_a_job_short_of_memory_gets_more_at_its_next_attempt(story):
    asked = story.run.said(r"(?s)rule summarise:.*?mem_mb=(\d+)")
    assert asked == ["120", "1000"]


def test_the_results_are_those_of_the_local_run(story, finished):
    assert story.code == 0, story.run.log.read_text()[-5000:]
    assert story.run.flow.fingerprints() == finished.fingerprints()
    assert story.run.cluster.jobs() == {}
