"""The example configs: each plans a run of what it is an example of."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from cisgrammar.run import tracing
from cisgrammar.run.run import Run
from places import ROOT

EXAMPLES = sorted(path.stem for path in (ROOT / "config/examples").glob("*.yaml"))
PLANNED = {
    "tss_bigwig": {"train_combined": 2, "train_bias": 0, "average_predictions": 1},
    "shared_bias": {"pool_reads": 2, "choose_bias": 10, "train_bias": 14, "train_combined": 25},
    "given_bias": {"import_bias": 1, "train_bias": 0, "train_transformation": 1, "train_combined": 1},
    "naked_dna": {"count_reads": 2, "train_bias": 1, "train_transformation": 1, "train_combined": 1},
    "control": {"count_control": 1, "train_combined": 1, "train_bias": 0},
    "warm_start": {"train_combined": 1},
}


def planned(folder: Path, config: str) -> dict[str, int]:
    """Rule -> jobs of a dry run."""
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "--configfile", config]
    done = subprocess.run(
        [*command, "--cores", "1", "--dry-run"],
        cwd=folder,
        env={**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    table = done.stdout.split("Job stats:")[1].split("total")[0]
    return {name: int(number) for name, number in re.findall(r"^(\w+) +(\d+)$", table, re.MULTILINE)}


def put_inputs(run: Run, folder: Path) -> None:
    """An empty file for each that the config and its sheets name."""
    named = [path for stage in tracing.traced_stages(run) for path in tracing.traced_inputs(run, stage)]
    for path in named:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_plans_what_it_is_an_example_of(name, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "config/examples", tmp_path / "config/examples")
    monkeypatch.chdir(tmp_path)
    put_inputs(Run.of(yaml.safe_load(Path(f"config/examples/{name}.yaml").read_text())), tmp_path)
    jobs = planned(tmp_path, f"config/examples/{name}.yaml")
    assert {rule: jobs.get(rule, 0) for rule in PLANNED.get(name, {})} == PLANNED.get(name, {})
    assert jobs["report"] == 1


def test_twenty_samples_in_three_groups_plan_a_bias_model_for_each_group_and_fold(tmp_path):
    rows = [f"s{i}\ts{i}.bam\ts{i}.bed\t{'xyz'[i % 3]}" for i in range(20)]
    (tmp_path / "samples.tsv").write_text("\n".join(["sample\tsignal\tpeaks\tgroup", *rows]) + "\n")
    for name in ("g.fa", *(f"s{i}.{kind}" for i in range(20) for kind in ("bam", "bed"))):
        (tmp_path / name).touch()
    config = {"samples": "samples.tsv", "genome": {"fasta": "g.fa"}, "folds": {"k": 5}, "transformation": {}}
    # 15 models; the thresholds beyond one are trained in the first fold of each group alone.
    for thresholds, trainings in (([1.0], 15), ([0.5, 1.0, 2.0], 15 + 3 * 2)):
        bias = {"share": "group", "thresholds": thresholds}
        (tmp_path / "c.yaml").write_text(yaml.safe_dump({**config, "bias": bias, "combined": {}}))
        jobs = planned(tmp_path, "c.yaml")
        assert (jobs["choose_bias"], jobs["train_bias"], jobs["train_combined"]) == (15, trainings, 100)
