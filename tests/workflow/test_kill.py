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
from conftest import TINY

from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.fasta import read_fasta

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(900)]
# `make faults` asks for more.
KILLS = int(os.environ.get("CISGRAMMAR_KILLS", "10"))
KINDS = ("all", "scheduler", "job")
SEED = 20261121
LATER = {
    "discover": {"references": 2, "min_seqlets": 5, "most_windows": 60},
    "predict": {"regions": "own.bed"},
    "browser": {},
    "variants": {"vcf": "v.vcf", "profile": {"shuffled": 10, "substitutions": 5}},
}


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


def kill_until_done(flow, wanted, kills, stages):
    """Kill a run again and again, and look at what it leaves each time; then let it end.

    Where it ends before its moment comes, one of the stages is taken away, so that there is work again.
    """
    moments, killed = random.Random(SEED), 0
    for _ in range(4 * kills):
        if not kill_after(flow, moments.uniform(2.5, 12), moments.choice(KINDS)):
            forget(flow, moments.choice(stages))
            continue
        killed += 1
        assert flow.run("--unlock").returncode == 0
        found = flow.fingerprints()
        assert {name: found[name] for name in found} == {name: wanted.get(name) for name in found}
        if killed == kills:
            break
    assert killed == kills
    assert flow.run("--unlock").returncode == 0
    done = flow.run("--rerun-incomplete")
    assert done.returncode == 0, done.stdout
    assert flow.fingerprints() == wanted


def test_kills_leave_no_trace(finished, tmp_path):
    """Kills of everything, Snakemake alone or one job: no half file is ever under a final name, the end is the same."""
    stages = ["prepare", "bias", "transformation", "combined", "evaluate"]
    kill_until_done(type(finished)(tmp_path), finished.fingerprints(), KILLS, stages)


def with_later_stages(finished, folder):
    """A copy of a finished run whose config asks for the stages that only read models."""
    shutil.copytree(finished.folder, folder, symlinks=True)
    flow = type(finished)(folder)
    genome = read_fasta(flow.results / "simulate" / "genome.fa")
    places = range(5000, 6000, 100)
    bases = decode(genome.chromosome("chr4")[places.start : places.stop : places.step])
    rows = [
        f"chr4\t{place + 1}\t.\t{base}\t{'CGTA'['ACGT'.index(base)]}\n"
        for place, base in zip(places, bases, strict=True)
    ]
    (folder / "v.vcf").write_text("##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\n" + "".join(rows))
    (folder / "own.bed").write_text("chr4\t3000\t4000\n")
    flow.write_config(TINY | LATER)
    return flow


def test_kills_of_later_stages_leave_no_trace(finished, tmp_path):
    """The same of motifs without a list, variants, predictions and tracks, beside a run that is not killed."""
    whole = with_later_stages(finished, tmp_path / "whole")
    done = whole.run()
    assert done.returncode == 0, done.stdout
    wanted = whole.fingerprints()
    assert {name.split("/")[0] for name in wanted} >= {*LATER}
    shutil.copytree(whole.folder, tmp_path / "killed", symlinks=True)
    killed = type(finished)(tmp_path / "killed")
    killed.write_config(TINY | LATER)
    for stage in LATER:
        forget(killed, stage)
    kill_until_done(killed, wanted, max(2, KILLS // 3), list(LATER))
