"""What README.md tells a user to type, works."""

import re
import shutil
import sys
from pathlib import Path

import pytest
import yaml

from cisgrammar.config.samples import read_samples
from cisgrammar.config.schema import parse_config
from places import ROOT
from typed import run

README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def commands(program):
    lines = [line.strip() for block in blocks("bash") for line in block.splitlines()]
    return [line for line in lines if line.split()[:1] == [program]]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("command", commands("make"))
def test_make_targets_are_there(command):
    done = run([*command.split(), "--dry-run"], ROOT)
    assert done.returncode == 0, done.stdout


def test_all_commands_are_tested():
    typed = {line.split()[0] for block in blocks("bash") for line in block.splitlines()}
    assert typed == {"make", "snakemake", "source"}


def test_own_data_needs_only_the_two_files_shown(tmp_path, monkeypatch):
    for name in ("Snakefile", "workflow", "scripts", "config", "envs", "profiles"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "config").unlink()
    shutil.copytree(ROOT / "config", tmp_path / "config")
    (tmp_path / "config" / "my_samples.tsv").write_text(blocks("tsv")[0])
    (tmp_path / "config" / "my_config.yaml").write_text(blocks("yaml")[0])
    monkeypatch.chdir(tmp_path)
    config = parse_config(yaml.safe_load(blocks("yaml")[0]))
    (track,) = read_samples(config.samples)["my_sample"]
    (tmp_path / "my_data").mkdir()
    for path in (config.genome.fasta, track.signal, track.peaks):
        Path(path).touch()
    for command in commands("snakemake"):
        done = run([sys.executable, "-m", *command.split(), "--dry-run"], tmp_path)
        assert done.returncode == 0, done.stdout
        assert "results/my_run/report.html" in done.stdout


def test_linked_files_are_there():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_named_yeast_files_are_those_of_the_config():
    text = (ROOT / "config" / "yeast.yaml").read_text() + (ROOT / "config" / "yeast_samples.tsv").read_text()
    text += (ROOT / "config" / "yeast_selex.tsv").read_text()
    rows = re.findall(r"^\| `((?:sacCer3|yeast_atac|selex_bcd|dm6_small)/[^`]+)`", README, re.M)
    assert len(rows) == 6
    assert [row for row in rows if row not in text] == []
