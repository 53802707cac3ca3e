"""The wheel alone runs the workflow: no checkout, an empty folder, one command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import yaml
from conftest import NO_GIT, SAMPLES, TINY

from places import ROOT

pytestmark = pytest.mark.workflow


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder that the wheel is installed into."""
    folder = tmp_path_factory.mktemp("wheel")
    quiet = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*quiet, "wheel", *options, "--wheel-dir", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run(
        [*quiet, "install", "--no-deps", "--no-index", "--target", str(folder / "site"), str(wheel)], check=True
    )
    return folder / "site"


def test_the_sdist_builds_the_same_wheel(tmp_path):
    """As `python -m build` and a conda recipe do; and its folders are those of the checkout, links or not."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)], cwd=ROOT, check=True
    )
    (packed,) = tmp_path.glob("*.tar.gz")
    subprocess.run(["tar", "-xzf", str(packed), "-C", str(tmp_path)], check=True)
    (unpacked,) = (path for path in tmp_path.iterdir() if path.is_dir())
    for folder in ("profiles/default", "profiles/slurm", "workflow/profiles/slurm", "slurm"):
        there = (unpacked / folder / "config.yaml").read_bytes()
        assert there == (ROOT / folder / "config.yaml").read_bytes()
    wheels = []
    for source in (ROOT, unpacked):
        target = tmp_path / f"from_{len(wheels)}"
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(target)], cwd=source, check=True
        )
        (wheel,) = target.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            wheels.append({entry.filename: entry.CRC for entry in archive.infolist()})
    assert wheels[0] == wheels[1]


def cisgrammar(installed: Path, folder: Path, *words: str) -> subprocess.CompletedProcess:
    """Call the command of the installed package in a folder."""
    environment = {**os.environ, **NO_GIT, "PYTHONPATH": str(installed), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "cisgrammar.cli.main", *words]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_the_demo_is_planned_in_an_empty_folder(installed, tmp_path):
    done = cisgrammar(installed, tmp_path, "run", "--demo", "--dry-run")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "train_combined" in done.stdout
    assert not any(f"{ROOT}/{name}" in done.stdout + done.stderr for name in ("Snakefile", "workflow", "scripts"))
    assert sorted(path.name for path in (tmp_path / "config").iterdir()) == ["config.yaml", "samples.tsv", "selex.tsv"]
    assert "nothing is wrong" in cisgrammar(installed, tmp_path, "check").stdout


@pytest.fixture(scope="module")
def ran(installed, tmp_path_factory) -> Path:
    """A folder in which the installed package has run a stage."""
    folder = tmp_path_factory.mktemp("ran")
    (folder / "my.yaml").write_text(yaml.safe_dump(TINY))
    (folder / "samples.tsv").write_text(SAMPLES)
    done = cisgrammar(installed, folder, "run", "my.yaml", "prepare", "--cores", "2")
    assert done.returncode == 0, done.stderr[-2000:]
    return folder


def test_jobs_run_from_the_wheel_and_nothing_is_made_twice(installed, ran):
    assert (ran / "results" / "prepare" / "manifest.json").is_file()
    again = cisgrammar(installed, ran, "run", "my.yaml", "prepare", "--cores", "2")
    assert "Nothing to be done" in again.stdout + again.stderr


def test_the_same_wheel_elsewhere_makes_nothing_again_and_other_code_or_settings_do(installed, ran, tmp_path):
    """Results that are copied without Snakemake's records, to where the same wheel is installed anew."""
    site, folder = tmp_path / "site", tmp_path / "copied"
    shutil.copytree(installed, site)
    shutil.copytree(ran, folder, ignore=shutil.ignore_patterns(".snakemake"))
    plan = ("run", "my.yaml", "prepare", "--dry-run")
    same = cisgrammar(site, folder, *plan)
    assert "Nothing to be done" in same.stdout + same.stderr, same.stdout
    config = (folder / "my.yaml").read_text()
    (folder / "my.yaml").write_text(yaml.safe_dump({**TINY, "prepare": {**TINY["prepare"], "min_reads": 999}}))
    other = cisgrammar(site, folder, *plan)
    assert "select_regions" in other.stdout, other.stdout
    (folder / "my.yaml").write_text(config)
    module = site / "cisgrammar" / "signal" / "background.py"
    module.write_text(f"{module.read_text()}\nCHANGED = 1\n")
    changed = cisgrammar(site, folder, *plan)
    assert "select_regions" in changed.stdout, changed.stdout
