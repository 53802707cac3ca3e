"""SIGKILL in the middle of each step: nothing half written under a final name, and resumed the same bytes."""

import os
import signal
import subprocess
import sys

import pytest

STEPS = ("attribute", "write", "find", "hits")
FILES = ("contributions.h5", "patterns.h5", "hits.bed.gz", "motifs.tsv")
# The steps of the stage on a toy network and made-up contributions, in a process each; all of one import.
PROGRAM = '''
import os, shutil, signal, sys
from pathlib import Path

import h5py
import numpy as np
import torch

torch.set_num_threads(1)
from cisgrammar.config.discover import Discover
from cisgrammar.discover import attribute, attribution_files, find, fit_hits, hits, motif_table, pattern_files, windows
from cisgrammar.profile.models.heads import Head
from cisgrammar.sequence.fasta import Genome
from cisgrammar.tables.contracts.discover import MOTIFS
from toy_contributions import planted
from toy_profile import small_solo



def dies(module, name):
    """Replace a function by one that is killed when it is called for the second time."""
    own, calls = getattr(module, name), []

    def replaced(*args, **options):
        calls.append(name)
        if len(calls) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return own(*args, **options)

    setattr(module, name, replaced)


def steps(folder):
    settings = Discover(outputs=("counts", "profile"), references=4, min_seqlets=10)
    path = folder / "contributions.h5"
    if not path.exists():
        genome = Genome.from_chromosomes({"c": np.random.default_rng(0).integers(0, 4, 3000).astype(np.uint8)})
        seen = np.arange(8)[:, None] % 3 > 0
        places = windows.Explained(np.repeat("c", 8), 200 + 100 * np.arange(8), seen)
        network = small_solo((Head("a"),), seed=1, layers=2).eval().requires_grad_(False)
        found = attribute.attribute_windows([network], places, genome, settings, 500, seed=7)
        attribution_files.write_attribution_blocks(path, found, 8 * (1 + attribute.shuffles_of(settings, 500)))
    made, _ = planted(number=80, factors=("a",), share=0.8)
    one = Discover(outputs=("counts",), min_seqlets=10)
    path = folder / "patterns.h5"
    if not path.exists():
        pattern_files.write_patterns(path, find.discover(made, one)[0], made)
    patterns = pattern_files.read_patterns(path)
    if not (folder / "motifs.tsv").exists():
        kept = motif_table.motif_table(made, patterns, hits.call_hits(made, patterns), {}, one)
        hits.write_bed(folder / "hits.bed.gz", kept.hits)
        MOTIFS.write(folder / "motifs.tsv", kept.table)


VICTIMS = {
    "attribute": (attribute, "rescale"),
    "write": (h5py.Group, "create_dataset"),
    "find": (find, "find_patterns"),
    "hits": (fit_hits, "non_negative"),
}
top = Path(sys.argv[1])
for name in ("whole", *VICTIMS, "resumed"):
    folder = top / ("whole" if name == "whole" else "killed")
    folder.mkdir(exist_ok=True)
    pid = os.fork()
    if not pid:
        if name in VICTIMS:
            dies(*VICTIMS[name])
        steps(folder)
        os._exit(0)
    ended = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    print(name, ended, flush=True)
    shutil.copytree(folder, top / f"after_{name}")
'''


def contents(folder):
    return {name: (folder / name).read_bytes() for name in FILES if (folder / name).exists()}


@pytest.mark.timeout(600)
def test_killed_in_each_step_and_resumed(tmp_path):
    paths = os.pathsep.join(path for path in sys.path if path)
    command = [sys.executable, "-c", PROGRAM, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": paths})
    assert done.returncode == 0, done.stderr
    ends = dict(line.split() for line in done.stdout.splitlines())
    assert ends == {"whole": "0", **dict.fromkeys(STEPS, str(-signal.SIGKILL)), "resumed": "0"}, done.stderr
    wanted = contents(tmp_path / "after_whole")
    assert set(wanted) == set(FILES)
    assert len(wanted["motifs.tsv"].splitlines()) == 2
    for number, step in enumerate(STEPS):
        # What the steps before have made is there, whole; of the one that was killed there is nothing.
        assert contents(tmp_path / f"after_{step}") == {name: wanted[name] for name in FILES[: max(number - 1, 0)]}
    assert contents(tmp_path / "after_resumed") == wanted
