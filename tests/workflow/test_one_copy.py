"""Rules are read with their checkout's package from every entry, and a job with another one stops."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from places import ROOT

CONFIG = """
simulate_genes: {chromosomes: 3, genes_per_chromosome: 4}
splice:
  genes:
    fasta: results/simulate/genes/genome.fa
    annotation: results/simulate/genes/genes.gtf
    test: [chr1]
    validation: [chr2]
"""
OUTER = """
configfile: "config.yaml"

module cisgrammar:
    snakefile: "{root}/Snakefile"
    config: config

use rule * from cisgrammar
"""
ENTRIES = ("Snakefile", "workflow/Snakefile", "module")
TARGET = "results/simulate/genes/genome.fa"
# Rules may import only what Snakemake itself asks for, and no cisgrammar that is installed. (Plugins of Snakemake that
# are installed here import pandas before.)
WITHOUT = """
import importlib.abc, importlib.machinery, sys

HEAVY = ("torch", "numpy", "pandas", "scipy", "h5py", "matplotlib", "safetensors", "tangermeme", "lazy_loader")

class Hidden(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        frame, files = sys._getframe(), []
        while frame:
            files.append(frame.f_code.co_filename)
            frame = frame.f_back
        if name in HEAVY and any("workflow/cisgrammar" in file for file in files):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if name == "cisgrammar":
            searched = [folder for folder in sys.path if "site-packages" not in folder]
            return importlib.machinery.PathFinder.find_spec(name, searched)

sys.meta_path.insert(0, Hidden())
"""


class Copies:
    """A checkout, and a package that is installed elsewhere; their schemas say at import which they are."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.checkout, self.installed = folder, folder / "checkout", folder / "installed"
        for name in ("workflow", "scripts", "envs"):
            shutil.copytree(ROOT / name, self.checkout / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "Snakefile", self.checkout)
        shutil.copytree(self.checkout / "workflow" / "cisgrammar", self.installed / "cisgrammar")
        (folder / "config.yaml").write_text(CONFIG)

    def mark(self) -> None:
        for package, name in ((self.checkout / "workflow", "checkout"), (self.installed, "installed")):
            path = package / "cisgrammar" / "config" / "schema.py"
            path.write_text(f"{path.read_text()}\nprint('read from the {name}')\n")

    def run(self, entry: str, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess:
        snakefile = self.checkout / entry
        if entry == "module":
            snakefile = self.folder / "Snakefile"
            snakefile.write_text(OUTER.format(root=self.checkout))
        command = [sys.executable, "-m", "snakemake", "--configfile", "config.yaml", "--cores", "1"]
        folders = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        return subprocess.run(
            [*command, "--snakefile", str(snakefile), *arguments],
            cwd=self.folder,
            env={**os.environ, "PATH": folders, "PYTHONPATH": str(path or self.installed)},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
        )


@pytest.fixture
def copies(tmp_path):
    return Copies(tmp_path)


@pytest.mark.parametrize("entry", ENTRIES)
def test_rules_are_read_with_their_checkout_and_a_job_with_other_code_stops(copies, entry):
    copies.mark()
    done = copies.run(entry, TARGET)
    assert done.returncode != 0
    (log,) = (copies.folder / "logs").rglob("*.log")
    (line,) = log.read_text().splitlines()
    assert f"ERROR error: this job has another cisgrammar ({copies.installed}/cisgrammar) than its rules" in line
    assert f"run `make install` in {copies.checkout}, or" in line
    rules = done.stdout.split("read from the")[1]
    assert rules.startswith(" checkout")
    assert not (copies.folder / TARGET).exists()


@pytest.mark.parametrize("entry", ENTRIES)
def test_the_same_code_installed_elsewhere_runs(copies, entry):
    done = copies.run(entry, TARGET)
    assert done.returncode == 0, done.stdout
    assert (copies.folder / TARGET).exists()


@pytest.mark.parametrize("entry", ENTRIES)
def test_snakemake_alone_can_plan(copies, entry):
    hidden = copies.folder / "hidden"
    hidden.mkdir()
    (hidden / "sitecustomize.py").write_text(WITHOUT)
    done = copies.run(entry, "--dry-run", "--quiet", "rules", path=hidden)
    assert done.returncode == 0, done.stdout
    assert "train_splice" in done.stdout


def test_other_code_is_a_reason_to_run_again_where_it_computes(copies):
    assert copies.run("Snakefile", TARGET).returncode == 0
    package = copies.checkout / "workflow" / "cisgrammar"
    for path in (*package.rglob("*.py"), *(copies.checkout / "scripts").glob("*.py")):
        # Times of a fresh clone.
        path.touch()
    with (package / "signal" / "preflight.py").open("a") as elsewhere:
        elsewhere.write("# changed\n")
    done = copies.run("Snakefile", "--dry-run", TARGET)
    assert "Nothing to be done" in done.stdout, done.stdout
    with (package / "simulate" / "genes.py").open("a") as used:
        used.write("# changed\n")
    done = copies.run("Snakefile", "--dry-run", TARGET)
    assert "  simulate_genes: code" in done.stdout, done.stdout
    assert "rule simulate_genes:" in done.stdout
