"""The wheel alone runs the workflow: no checkout, an empty folder, one command."""

from __future__ import annotations

import os
import subprocess
import sys
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


def test_jobs_run_from_the_wheel_and_nothing_is_made_twice(installed, tmp_path):
    (tmp_path / "my.yaml").write_text(yaml.safe_dump(TINY))
    (tmp_path / "samples.tsv").write_text(SAMPLES)
    done = cisgrammar(installed, tmp_path, "run", "my.yaml", "prepare", "--cores", "2")
    assert done.returncode == 0, done.stderr[-2000:]
    assert (tmp_path / "results" / "prepare" / "manifest.json").is_file()
    again = cisgrammar(installed, tmp_path, "run", "my.yaml", "prepare", "--cores", "2")
    assert "Nothing to be done" in again.stdout + again.stderr
