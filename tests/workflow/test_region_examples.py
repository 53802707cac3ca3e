"""Example configs of regions, folds, heads and groups of cells: each plans a run of what it is an example of."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cisgrammar.config.samples import read_samples
from cisgrammar.run import tracing
from cisgrammar.run.run import Run
from places import ROOT

PLANNED = {
    "predict_bed": {"prepare_genome": 1, "predict_regions": 1, "tie_tracks": 1, "count_reads": 0},
    "predict_fasta": {"read_sequences": 2, "predict_regions": 2, "prepare_genome": 0},
    "predict_in_run": {"train_combined": 3, "predict_regions": 2, "write_observed": 1, "tie_tracks": 1},
    "folds_by_region": {"select_regions": 2, "train_combined": 2, "average_predictions": 1},
    "folds_bed": {"select_regions": 3, "train_combined": 3},
    "folds_chrombpnet": {"select_regions": 2, "train_combined": 2},
    "one_chromosome": {"count_reads": 1, "select_regions": 5},
    "pseudobulk": {"split_fragments": 1, "count_reads": 5, "preflight": 5},
    "heads_atac": {"count_reads": 1, "train_combined": 5},
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "config/examples", tmp_path / "config/examples")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def dry_run(config, *targets):
    """What Snakemake prints, with an empty file for each that the config and its sheets name."""
    run = Run.of(yaml.safe_load(Path(config).read_text()))
    for path in {path for stage in tracing.traced_stages(run) for path in tracing.traced_inputs(run, stage)}:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).touch()
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--configfile", config]
    done = subprocess.run(
        [*command, "--cores", "1", "--dry-run", *targets],
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def jobs_of(said):
    """Rule -> jobs."""
    table = said.split("Job stats:")[1].split("total")[0]
    return {name: int(number) for name, number in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}


@pytest.mark.parametrize("name", PLANNED)
def test_an_example_plans_what_it_is_an_example_of(folder, name):
    jobs = jobs_of(dry_run(f"config/examples/{name}.yaml"))
    assert {rule: jobs.get(rule, 0) for rule in PLANNED[name]} == PLANNED[name]
    assert jobs["report"] == 1


@pytest.mark.parametrize(
    ("name", "heads"),
    [
        ("heads_atac", {"resting": 1, "stimulated": 1}),
        ("heads_nexus", {"Oct4": 2, "Sox2": 2, "Nanog": 2, "Klf4": 2}),
        ("heads_procap", {"procap": 2}),
    ],
)
def test_sheets_of_heads_give_each_its_tasks(folder, name, heads):
    config = yaml.safe_load(Path(f"config/examples/{name}.yaml").read_text())
    ((_, tracks),) = read_samples(config["samples"]).items()
    assert {track.head: track.tasks for track in tracks} == heads


def test_a_stage_of_sets_alone_can_be_asked_for(folder):
    jobs = jobs_of(dry_run("config/examples/predict_bed.yaml", "predict"))
    assert jobs["predict_regions"] == 1
    assert "report" not in jobs
