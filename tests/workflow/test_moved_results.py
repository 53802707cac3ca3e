"""Results that were copied, or are met by another config, other code or other inputs: not relabelled, not lost."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys

import pytest

from cisgrammar.provenance.record import print_of, record_path
from places import ROOT

pytestmark = [pytest.mark.workflow, pytest.mark.timeout(600)]
CHAIN = ("train_bias", "choose_bias", "train_transformation", "train_combined", "predict_profiles", "evaluate_profiles")
GENOME = "results/prepare/genome.h5"
HOLD = """
import sys, time
from cisgrammar.provenance.lock import ResultsLock
ResultsLock(sys.argv[1]).take()
print("taken", flush=True)
time.sleep(600)
"""


@pytest.fixture
def copied(finished, flow):
    """A plain copy of the results alone, as by `cp -r`: new times in any order, and nothing of Snakemake's own."""
    for path in sorted(finished.results.rglob("*"), reverse=True):
        to = flow.results / path.relative_to(finished.results)
        to.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            shutil.copyfile(path, to)
    return flow


def planned(flow, *arguments):
    """Rule -> how many of its jobs would run."""
    done = flow.run("--dry-run", *arguments)
    assert done.returncode == 0, done.stdout
    if "Nothing to be done" in done.stdout:
        return {}
    table = done.stdout.split("Job stats:")[1]
    return {name: int(number) for name, number in re.findall(r"(?m)^(\w+) +(\d+)$", table)}


def test_a_copy_needs_nothing(copied):
    assert planned(copied) == {}


def test_a_fresh_clone_of_the_same_code_needs_nothing(copied, monkeypatch, tmp_path_factory):
    clone = tmp_path_factory.mktemp("clone")
    for name in ("workflow", "scripts", "envs"):
        shutil.copytree(
            ROOT / name, clone / name, ignore=shutil.ignore_patterns("__pycache__"), copy_function=shutil.copyfile
        )
    shutil.copyfile(ROOT / "Snakefile", clone / "Snakefile")
    copied.checkout = clone
    monkeypatch.setenv("PYTHONPATH", str(clone / "workflow"))
    assert planned(copied) == {}
    losses = clone / "workflow" / "cisgrammar" / "profile" / "fit" / "losses.py"
    losses.write_text(losses.read_text() + "# other\n")
    jobs = planned(copied)
    assert set(CHAIN) <= set(jobs)
    assert not {"simulate", "count_reads", "select_regions"} & set(jobs)


def test_another_config_makes_its_own_results_again(copied, tiny):
    copied.write_config({**tiny, "seed": 99})
    jobs = planned(copied)
    assert {"select_regions", *CHAIN, "report", "collect_manifests"} <= set(jobs)
    assert not {"simulate", "prepare_genome", "count_reads"} & set(jobs)
    # The first config again: nothing is lost.
    copied.write_config(tiny)
    assert planned(copied) == {}


def test_another_fold_makes_nothing_of_the_first_again(copied, tiny):
    more = {**tiny["folds"]["splits"], "fold1": {"test": ["chr2"], "validation": ["chr1"]}}
    copied.write_config({**tiny, "folds": {"splits": more}})
    jobs = planned(copied)
    assert {name: jobs.get(name) for name in ("select_regions", "preflight", *CHAIN)} == {
        **dict.fromkeys(("select_regions", "preflight", *CHAIN), 1),
        "train_bias": len(tiny["bias"]["thresholds"]) if tiny["bias"].get("sweep") == "every_fold" else 1,
    }


def test_filters_of_the_last_network_train_it_and_no_other(copied, tiny):
    tiny["combined"]["architecture"]["filters"] = 6
    copied.write_config(tiny)
    jobs = planned(copied)
    assert jobs["train_combined"] == 1
    assert not {"preflight", "train_bias", "choose_bias", "train_transformation", "select_regions"} & set(jobs)


def test_an_input_with_a_kept_time_is_noticed(copied):
    path = copied.results / "simulate" / "peaks.narrowPeak"
    times = path.stat()
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[::2]))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    # A simulated file is a result too: it is made again. One of the user's own is read again.
    assert planned(copied)["simulate"] == 1


@pytest.fixture
def own(flow, tiny):
    """A run of one job on the user's own FASTA."""
    (flow.folder / "genome.fa").write_text(">chr1\n" + "ACGT" * 1000 + "\n")
    del tiny["simulate"]
    flow.config = {**tiny, "genome": {"fasta": "genome.fa"}}
    flow.write_config(flow.config)
    done = flow.run(GENOME)
    assert done.returncode == 0, done.stdout
    return flow


def test_a_users_file_with_another_content_and_the_same_size_and_time_is_read_again(own):
    path = own.folder / "genome.fa"
    times = path.stat()
    path.write_text(path.read_text().replace("ACGT", "TCGA", 1))
    assert planned(own, GENOME) != {}
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert planned(own, GENOME) == {"prepare_genome": 1, "total": 1}
    path.write_text(path.read_text().replace("TCGA", "ACGT", 1))
    assert planned(own, GENOME) == {}


def test_another_file_of_a_copied_folder_is_read(own):
    shutil.rmtree(own.folder / ".snakemake")
    (own.folder / "other.fa").write_text(">chr1\n" + "GGGG" * 1000 + "\n")
    own.write_config({**own.config, "genome": {"fasta": "other.fa"}})
    assert planned(own, GENOME) == {"prepare_genome": 1, "total": 1}


def test_two_working_folders_do_not_share_results_at_once(own, tmp_path_factory):
    """Another process keeps the lock, as a run does from its first job to its end."""
    other = type(own)(tmp_path_factory.mktemp("other"))
    other.write_config({**own.config, "results": str(own.results)})
    shutil.copyfile(own.folder / "genome.fa", other.folder / "genome.fa")
    (own.results / "prepare" / "genome.h5").unlink()
    with subprocess.Popen([sys.executable, "-c", HOLD, str(own.results)], stdout=subprocess.PIPE) as holder:
        holder.stdout.readline()
        done = other.run(str(own.results / "prepare" / "genome.h5"))
        planned_ = other.run("--dry-run", str(own.results / "prepare" / "genome.h5"))
        holder.send_signal(signal.SIGKILL)
    assert done.returncode != 0
    assert done.stdout.count("another run works in this folder; wait until it has ended") == 1
    assert "Traceback" not in done.stdout
    assert planned_.returncode == 0
    assert "so what is there is not compared with this run" in planned_.stdout
    done = other.run(str(own.results / "prepare" / "genome.h5"))
    assert done.returncode == 0, done.stdout


def test_a_stage_that_was_made_otherwise_stops_the_report(copied, tiny):
    """Whatever led past the plan (here: a manifest that somebody wrote): what a report would relabel is an error."""
    for name in ("report.html", "summary.json", "manifest.json"):
        (copied.results / name).unlink()
    path = copied.results / "combined" / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["config"]["seed"] = 99
    path.write_text(json.dumps(manifest))
    record = record_path(copied.results, "combined/manifest.json")
    plain = json.loads(record.read_text())
    plain["outputs"]["combined/manifest.json"]["sha256"] = print_of(path).sha256
    plain["outputs"]["combined/manifest.json"]["size"] = print_of(path).size
    record.write_text(json.dumps(plain))
    done = copied.run("results/summary.json")
    assert done.returncode != 0
    assert re.search(r"results of another config or code: combined \(seed\); .*--forcerun train_combined", done.stdout)
    assert not (copied.results / "summary.json").exists()
