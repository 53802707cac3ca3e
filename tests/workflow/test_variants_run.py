"""A run of a genome, variants and given models alone: the same bytes on one core, on two, and killed and resumed."""

import os
import signal
import subprocess
import time

import pytest

from given_models import write_inputs

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
CONFIG = {
    "threads": 2,
    "genome": {"fasta": "genome.fa"},
    "variants": {
        "vcf": "my.vcf",
        "genes": "genes.gtf",
        "cards": 2,
        "profile": {
            "models": ["one.safetensors", "two.safetensors"],
            "peaks": "peaks.bed",
            "shuffled": 39,
            "substitutions": 19,
            "batch_size": 16,
        },
        "binding": {"models": ["binding/m"]},
        "splice": {"weights": ["splice/model.safetensors"], "genes": "genes.gtf", "distance": 20},
    },
}
KILLED_AFTER = ("variants.tsv", "scores.tsv")
"""Files of the stage: a run is killed as soon as each is there."""


def prepared(flow):
    write_inputs(flow.folder)
    flow.write_config(CONFIG)
    return flow


def scores(flow):
    """Hashes of the stage's files; its manifest names times."""
    found = flow.fingerprints()
    return {name: value for name, value in found.items() if name.startswith("variants/my/")}


def kill_when_there(flow, path):
    """Start the run, and kill all of it once a file is there; True if it had not ended before."""
    process = flow.start("--rerun-incomplete")
    while process.poll() is None and not path.exists():
        time.sleep(0.01)
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    try:
        return process.wait(timeout=60) != 0
    except subprocess.TimeoutExpired:
        pytest.fail("the run outlives SIGKILL")


def test_cores_and_kills_change_no_byte(tmp_path, flow_in):
    flows = []
    for name in ("one", "killed"):
        (tmp_path / name).mkdir()
        flows.append(prepared(flow_in(tmp_path / name)))
    alone, killed = flows
    done = alone.run("--cores", "1")
    assert done.returncode == 0, done.stdout
    wanted = scores(alone)
    assert {"variants/my/annotated.vcf.gz", "variants/my/profiles.h5", "variants/my/qq.tsv"} <= set(wanted)
    folder = killed.results / "variants" / "my"
    for name in KILLED_AFTER:
        assert kill_when_there(killed, folder / name)
        assert (folder / name).exists()
        assert killed.run("--unlock").returncode == 0
    assert not (killed.results / "variants" / "my" / "variants.html").exists()
    done = killed.run("--cores", "2", "--rerun-incomplete")
    assert done.returncode == 0, done.stdout
    assert scores(killed) == wanted
