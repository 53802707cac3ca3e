"""A full disk: one clear error, whatever library writes, and no file under a final name."""

import os
import resource
import subprocess
import sys

import pytest

# Each writes more than there is room for, through the functions that the stages use.
WRITERS = {
    "table": "import pandas; write_table(path, pandas.DataFrame({'a': range(200_000)}))",
    "json": "write_json(path, list(range(200_000)))",
    "hdf5": ("with atomic_hdf5(path) as file:\n        for i in range(500): file[str(i)] = numpy.arange(200)"),
    "hdf5_at_once": ("with atomic_hdf5(path) as file:\n        file['a'] = numpy.arange(200_000)"),
    "bigwig": (
        "from cisgrammar.signal.bigwig import write_profile_bigwig\n"
        "    values = numpy.random.default_rng(0).normal(size=(20, 5000))\n"
        "    write_profile_bigwig(path, {'c': 1_000_000}, (['c'] * 20, numpy.arange(20) * 5000), values)"
    ),
    "checkpoint": (
        "import torch; from cisgrammar.training.checkpoint import save_checkpoint; from pathlib import Path\n"
        "    save_checkpoint(Path(path), {'weights': torch.rand(200_000)})"
    ),
}
SCRIPT = """
import sys, numpy
from types import SimpleNamespace
from cisgrammar.files.atomic import atomic_hdf5, write_json, write_table
from cisgrammar.script import run

def main(snakemake):
    path = sys.argv[1]
    {writer}

run(SimpleNamespace(log=[sys.argv[2]]), main)
"""


def write(name, folder, log, limit=None):
    """Run a writer into `folder`; its exit code, and the errors of its log."""

    def limited():
        if limit:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", SCRIPT.format(writer=WRITERS[name]), str(folder / "file.dat"), str(log)]
    done = subprocess.run(command, env=environment, preexec_fn=limited, capture_output=True, text=True, timeout=120)
    return done.returncode, [line for line in log.read_text().splitlines() if " ERROR " in line]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 kB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip(f"no small file system can be mounted here (not root?): {done.stderr.decode().strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_is_one_clear_error_and_leaves_no_file(small_disk, tmp_path, name):
    code, errors = write(name, small_disk, tmp_path / "job.log")
    assert code != 0
    assert len(errors) == 1
    assert "file.dat: no room for it" in errors[0]
    assert "free some and run the same command again" in errors[0]
    assert list(small_disk.iterdir()) == []


@pytest.mark.parametrize("name", ["table", "hdf5_at_once", "bigwig"])
def test_a_limit_on_file_sizes_is_the_same_error(tmp_path, name):
    folder = tmp_path / "results"
    folder.mkdir()
    code, errors = write(name, folder, tmp_path / "job.log", limit=200_000)
    assert code != 0
    assert len(errors) == 1
    assert "file.dat: no room for it" in errors[0]
    assert list(folder.iterdir()) == []


def test_with_room_the_same_writers_work(tmp_path):
    for name in ("json", "hdf5", "bigwig"):
        assert write(name, tmp_path, tmp_path / "job.log") == (0, [])
        assert (tmp_path / "file.dat").exists()
