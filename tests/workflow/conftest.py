"""Runs of the real workflow in folders of their own, on a genome small enough for seconds."""

import copy
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from places import ROOT

TINY = {
    "seed": 3,
    "output_length": 200,
    "threads": 1,
    "samples": "samples.tsv",
    "simulate": {
        "chromosomes": 4,
        "chromosome_length": 60_000,
        "peaks_per_chromosome": 40,
        "fragments": 40_000,
    },
    "genome": {"fasta": "results/simulate/genome.fa"},
    "folds": {"splits": {"fold0": {"test": ["chr4"], "validation": ["chr3"]}}},
    "prepare": {"peaks": {"min_counts": 5}, "min_reads": 1000},
    "bias": {
        "architecture": {"filters": 4, "layers": 1, "output_filter_width": 15},
        "training": {"epochs": 2},
        "thresholds": [1.0, 2.0],
        "min_windows": 10,
        "min_window_counts": 1,
    },
    "transformation": {},
    "combined": {
        "architecture": {"filters": 4, "layers": 2, "output_filter_width": 15},
        "training": {"epochs": 2, "jitter": 10},
    },
    "evaluate": {"min_counts": 5, "footprint_backgrounds": 10},
}
# Manifests name the commit: whoever edits or commits while tests run would otherwise change what is compared.
NO_GIT = {"GIT_DIR": os.devnull}
SAMPLES = "sample\tsignal\tpeaks\ntiny\tresults/simulate/fragments.tsv.gz\tresults/simulate/peaks.narrowPeak\n"


class Flow:
    """The workflow of this checkout, run in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.checkout = folder, ROOT
        self.write_config(TINY)
        (folder / "samples.tsv").write_text(SAMPLES)

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def write_config(self, config: dict) -> None:
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config))

    def command(self, *arguments: str) -> list[str]:
        snakefile = ["--snakefile", str(self.checkout / "Snakefile"), "--configfile", "config.yaml"]
        return [sys.executable, "-m", "snakemake", *snakefile, "--cores", "2", *arguments]

    @property
    def environment(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        return {**os.environ, "PATH": path, **NO_GIT}

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start a run as the leader of a process group, so that all of it can be killed."""
        with (self.folder / "run.log").open("ab") as log:
            return subprocess.Popen(
                self.command(*arguments),
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def run(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=850,
        )

    def fingerprints(self) -> dict[str, str]:
        """A hash of every file under a final name; checkpoints are not final."""
        files = [path for path in sorted(self.results.rglob("*")) if path.is_file()]
        final = {str(path.relative_to(self.results)): path for path in files if path.name[0] != "."}
        return {
            name: hashlib.sha256(path.read_bytes()).hexdigest()
            for name, path in final.items()
            if not name.startswith("checkpoints")
        }


@pytest.fixture
def tiny() -> dict:
    return copy.deepcopy(TINY)


@pytest.fixture
def flow(tmp_path) -> Flow:
    return Flow(tmp_path)


@pytest.fixture(scope="session")
def flow_in() -> type[Flow]:
    """Makes a run in a folder that is given."""
    return Flow


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Flow:
    """One uninterrupted run of the tiny config; tests read it and leave it as it is."""
    flow = Flow(tmp_path_factory.mktemp("finished"))
    done = flow.run()
    assert done.returncode == 0, done.stdout
    return flow
