"""Configs, sheets and folders as people bring them, through Snakemake: one clear message, or the run that is meant.

The checks of each kind are tested where they stand; here is what Snakemake makes of them.
"""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from places import ROOT

HEADER = "sample\tsignal\tpeaks\n"


def refused(flow, *said):
    done = flow.run("--dry-run")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    for words in said:
        assert sum(words in line for line in done.stdout.splitlines()) == 1, done.stdout
    assert not flow.results.exists()


def test_faults_of_text_keys_and_sheets_end_the_plan_with_a_line_each(flow, tiny):
    text = yaml.safe_dump({name: value for name, value in tiny.items() if name not in ("bias", "combined")})
    (flow.folder / "config.yaml").write_text(f"bias:\ncombined:\n{text}seed: 4\n")
    refused(
        flow,
        "config.yaml:1: bias: nothing is written after the colon, which would leave it out; write `bias: {}`",
        "config.yaml:2: combined: nothing is written after the colon",
        "seed is given twice; that of line",
    )


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("latin-1", "config.yaml:1: not UTF-8 text (byte 0xf6"), ("utf-16", "config.yaml: UTF-16 text")],
)
@pytest.mark.parametrize("named", [(), ("--configfile", "config/config.yaml")])
def test_a_config_is_told_to_be_no_text(tmp_path, encoding, said, named):
    """One that `--configfile` names is read before any rule, where Snakemake itself has a traceback."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "config.yaml").write_text("results: größe\n", encoding=encoding)
    command = [sys.executable, "-m", "snakemake", "--dry-run", "--snakefile", str(ROOT / "Snakefile"), *named]
    done = subprocess.run(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 1
    assert "Traceback" not in done.stdout
    assert sum(said in line for line in done.stdout.splitlines()) == 1, done.stdout


def test_a_sample_binding_shares_no_figures_with_a_model(flow):
    """Its fold is called as the model of the sheet."""
    config = yaml.safe_load((flow.folder / "config.yaml").read_text())
    fold = next(iter(config["folds"]["splits"]))
    (flow.folder / "samples.tsv").write_text(f"{HEADER}binding\tf.tsv.gz\tp.bed\n")
    (flow.folder / "selex.tsv").write_text(f"model\tcounts\n{fold}\tc.tsv\n")
    config |= {"samples": "samples.tsv", "binding": {"libraries": "selex.tsv"}}
    flow.write_config(config)
    refused(
        flow, f"samples: figures of sample binding, fold {fold}, would lie where those of the SELEX model {fold} do"
    )


def test_faults_of_keys_come_at_once(flow, tiny):
    tiny["combined"]["training"] |= {"epochs": True, "learning_rate": "fast", "batchsize": 3}
    tiny["results"] = "results/{run}"
    flow.write_config(tiny)
    refused(
        flow,
        "combined.training.epochs: wanted a whole number, got true",
        "combined.training.learning_rate: wanted a number, got the text 'fast'",
        "combined.training.batchsize: unknown key; did you mean batch_size?",
        "results: { } in a path is a wildcard of Snakemake",
    )


@pytest.mark.parametrize("name", ["genome.h5", "manifest.json"])
def test_a_sample_is_not_called_as_a_file_of_the_run(flow, name):
    (flow.folder / "samples.tsv").write_text(f"{HEADER}{name}\td{{a}}/f.tsv.gz\tp.bed\n{'x' * 300}\ta.bam\tp.bed\n")
    refused(
        flow,
        f"row 1: sample: {name} is what a run calls a file or folder of its own",
        "row 1: signal: { } in a path is a wildcard of Snakemake",
        "row 2: sample: has more than 100 characters",
    )


def test_what_is_meant_is_planned(flow, tiny, tmp_path):
    """Numbers as chromosomes and folds, `~`, a blank in a path, an Excel sheet: the plan of the plain config."""
    plain = flow.run("--dry-run").stdout
    tiny["folds"] = {"splits": {0: {"test": ["chr4"], "validation": ["chr3"]}}}
    tiny["genome"]["exclude_chromosomes"] = [7]
    tiny["combined"]["training"]["learning_rate"] = "1e-3"
    tiny["results"] = "my results (1)"
    tiny["genome"]["fasta"] = "my results (1)/simulate/genome.fa"
    flow.write_config(tiny)
    simulated = "my results (1)/simulate"
    sheet = f"Sample \tSIGNAL\tpeaks\r\ntiny\t{simulated}/fragments.tsv.gz\t{simulated}/peaks.narrowPeak"
    (flow.folder / "samples.tsv").write_bytes(sheet.encode("utf-16"))
    done = flow.run("--dry-run")
    assert done.returncode == 0, done.stdout
    assert "my results (1)/combined/tiny/0/combined.safetensors" in done.stdout
    for rule in ("train_bias", "train_combined", "predict_profiles"):
        assert done.stdout.count(f"rule {rule}:") == plain.count(f"rule {rule}:") > 0


@pytest.mark.parametrize("folder", ["it's (1) & [more]"])
def test_a_project_with_its_python_in_a_folder_with_blanks_and_brackets_runs(flow_in, tmp_path, folder):
    """Snakemake writes the path of Python into a shell command as it is."""
    project = tmp_path / folder
    project.mkdir()
    for name in ("Snakefile", "workflow", "scripts", "envs"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, project / name)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(project / ".venv")], check=True)
    (site,) = (project / ".venv" / "lib").glob("python*/site-packages")
    (site / "all.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
    flow = flow_in(project)
    command = [".venv/bin/python", "-m", "snakemake", "--cores", "1", "--configfile", "config.yaml", "--", "prepare"]
    environment = {**flow.environment, "PYTHONPATH": ""}
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert Path(project, "results", "prepare", "tiny", "checked.json").exists()
