"""Two processes that train one model: the same curve as one, whatever each has of a batch, and a safe stop."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest
import torch

from cisgrammar.training.team import ALONE, Team, team_on

# What each process runs: a training of one of the project's models; the leader writes its history.
PROFILE = """
from known_preference import LENGTH, make_data
from cisgrammar.profile.fit.train import train_bias
from cisgrammar.config.profile import Bias
data = make_data(folder / f"data{os.environ.get('RANK', '')}")
shape = {"filters": 4, "layers": 1, "input_filter_width": 3, "output_filter_width": 3}
training = {"epochs": 4, "learning_rate": 0.02, "batch_size": 15, "precision": "fp32", "gradient_clip": 1.0}
loss = {"counts_fraction": 0.1, "counts_weight": None, "pseudocount": 0}
section = Bias(architecture=shape, training=training, loss=loss)
windows = (data.windows("train", "background"), data.windows("validation", "background"))
model, history = train_bias(data, section, windows, LENGTH, 1, folder / "checkpoint.pt")
"""
SPLICE = """
from toy_genes import genes_with_motifs
from cisgrammar.splice.models.train import train_splice
from cisgrammar.config.splice import SpliceTraining
# Steps so small that Adam does not blow rounding up: at 2e-3 one process on two threads is 4e-4 off from one on one.
settings = SpliceTraining(epochs=3, batch_size=7, block=150, learning_rate=1e-5, average=0.9)
model, history = train_splice(genes_with_motifs(20, length=310), 80, settings, 1, folder / "checkpoint.pt")
"""
GRADIENTS = """
from torch.nn import functional
from cisgrammar.splice.models.spliceai import SpliceAI
from cisgrammar.training.team import team_on
random = torch.Generator().manual_seed(1)
codes, labels = (torch.randint(0, most, (5, length), generator=random) for most, length in ((4, 230), (3, 150)))
with team_on(torch.device("cpu")) as team:
    model = SpliceAI(80, 0).double()
    part = team.share(5) if case == "uneven" else slice(0, 5 * team.leads)
    network = team.spread(model)
    logits = network(functional.one_hot(codes[part], 4).double())
    loss = functional.cross_entropy(logits.transpose(1, 2).double(), labels[part], reduction="sum") / labels.numel()
    (loss * team.size).backward()
    history = [{name: p.grad.tolist() for name, p in model.named_parameters()}]
    history[0] |= {name: b.tolist() for name, b in model.named_buffers()}
"""
START = """
import json, os, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from cisgrammar.training.team import leads
folder, case = Path(sys.argv[1]), sys.argv[2]
"""
END = """
if leads():
    (folder / "history.json").write_text(json.dumps(history))
    torch.save(model.state_dict(), folder / "model.pt")
"""


def command(processes, script, *arguments):
    launcher = ["-m", "torch.distributed.run", "--standalone", "--local-addr=127.0.0.1"]
    launcher = [*launcher, f"--nproc-per-node={processes}"] if processes > 1 else []
    return [sys.executable, *launcher, str(script), *map(str, arguments)]


def environment():
    paths = sys.path
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1"}


def train(folder, code, processes, case=""):
    folder.mkdir()
    script = folder / "train.py"
    script.write_text(START + code + END)
    done = subprocess.run(
        command(processes, script, folder, case), env=environment(), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "history.json").read_text())


@pytest.mark.parametrize("code", [PROFILE, SPLICE], ids=["profile", "splice"])
def test_two_processes_have_the_loss_curve_of_one(tmp_path, code):
    one, two = (train(tmp_path / str(n), code, n) for n in (1, 2))
    assert len(one) == len(two) >= 3
    for row, other in zip(one, two, strict=True):
        assert other == pytest.approx(row, rel=1e-4, abs=1e-6)
    assert one[-1]["train_loss"] < one[0]["train_loss"]


@pytest.mark.parametrize("case", ["uneven", "one has nothing"])
def test_batch_normalisation_is_over_the_whole_batch(tmp_path, case):
    """Gradients and running means in double precision: nothing but the order of the sums differs."""
    (one,), (two,) = (train(tmp_path / str(n), GRADIENTS, n, case) for n in (1, 2))
    for name, value in one.items():
        np.testing.assert_allclose(two[name], value, rtol=1e-9, atol=1e-12, err_msg=name)


def test_a_signal_to_torchrun_saves_and_the_run_goes_on_in_one_process(tmp_path):
    """SIGTERM reaches both processes at different steps; they stop at one, and no step is lost."""
    whole = train(tmp_path / "whole", PROFILE, 2)
    folder = tmp_path / "stopped"
    folder.mkdir()
    script = folder / "train.py"
    slow = START + "import cisgrammar.training.loop as loop, time\nstep = loop._step\n"
    slow += "def slowly(*a):\n    print('step', flush=True); time.sleep(0.2); return step(*a)\n"
    script.write_text(slow + "loop._step = slowly\n" + PROFILE + END)
    running = subprocess.Popen(command(2, script, folder, ""), env=environment(), stdout=subprocess.PIPE, text=True)
    seen = 0
    with running:
        while seen < 6:
            seen += running.stdout.readline().count("step")
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=60)
    assert running.returncode != 0
    assert (folder / "checkpoint.pt").exists()
    assert not (folder / "history.json").exists()
    script.write_text(START + PROFILE + END)
    subprocess.run(command(1, script, folder, ""), env=environment(), check=True, timeout=120, capture_output=True)
    for row, other in zip(whole, json.loads((folder / "history.json").read_text()), strict=True):
        assert other == pytest.approx(row, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("rank", ["0", "1"])
def test_too_few_gpus_are_said_by_every_process(monkeypatch, rank):
    started = {"TORCHELASTIC_RUN_ID": "x", "RANK": rank, "LOCAL_RANK": rank, "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
    for name, value in started.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(ValueError, match="2 on cuda need as many GPUs, torch sees 1"), team_on(torch.device("cuda")):
        pass


def test_shares_hold_everything_once():
    for size in (1, 2, 3, 5):
        for number in (0, 1, 2, 7, 64):
            items = list(range(number))
            parts = [items[Team(rank, size).share(number)] for rank in range(size)]
            assert [item for part in parts for item in part] == items
            assert max(map(len, parts)) - min(map(len, parts)) <= 1
    assert ALONE.totals([1.5, 2.0]) == [1.5, 2.0]
    assert ALONE.any(True)
    assert not ALONE.any(False)
