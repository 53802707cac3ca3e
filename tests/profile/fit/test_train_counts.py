"""Counts of their own: both phases learn, twice the same, and the blend is no worse than its members."""

import json
import os
import signal

import numpy as np
import pytest
import torch

from cisgrammar.config.profile import Combined
from cisgrammar.profile.data.pieces import PieceSampler
from cisgrammar.profile.data.window_sampler import WindowSampler
from cisgrammar.profile.fit import train_counts as module
from cisgrammar.profile.fit.blend import blend_counts, observed_log_counts
from cisgrammar.profile.fit.train_counts import train_counts
from cisgrammar.profile.models.counts_network import BIN, CountsNetwork
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.predict import predict_windows
from cisgrammar.sequence.one_hot import one_hot
from cisgrammar.tables.contracts.profile import COUNTS_HISTORY
from cisgrammar.training.checkpoint import Preempted
from cisgrammar.training.history import write_history
from toy_fold import LENGTH, make_fold, open_fold

SHAPE = {"filters": 4, "layers": 1, "input_filter_width": 5, "output_filter_width": 7}
QUICK = Combined.model_validate(
    {"architecture": SHAPE, "counts": {"channels": 8, "layers": 1, "bases": 1e5, "steps": 20, "kmer": 3, "networks": 2}}
)


def assert_same(networks, others):
    for network, other in zip(networks, others, strict=True):
        for name, value in network.state_dict().items():
            assert torch.equal(value, other.state_dict()[name]), name


@pytest.fixture(scope="module")
def fold(tmp_path_factory):
    return open_fold(make_fold(tmp_path_factory.mktemp("fold"))[1])


@pytest.fixture(scope="module")
def trained(fold):
    return train_counts(fold, QUICK, LENGTH, seed=1, checkpoints=None)


def test_both_phases_learn(trained):
    _, history = trained
    for number in (1, 2):
        rows = [row for row in history if row["network"] == number]
        rates = [row["validation_loss"] for row in rows if row["phase"] == 1]
        totals = [row["train_counts_mse"] for row in rows if row["phase"] == 2]
        assert len(rates) == 8
        assert rates[-1] < rates[0]
        assert totals[-1] < totals[0]


def test_rates_start_at_the_mean_of_peaks_everywhere(fold):
    network = CountsNetwork(1, LENGTH, 8, 1, seed=3)
    module._start_at_mean(module._Job(fold, QUICK, LENGTH, 3, None), network)
    x = one_hot(torch.from_numpy(np.random.default_rng(1).integers(0, 4, (4, 10 * BIN)).astype(np.uint8)))
    windows = fold.windows("train", "peak")
    reads = np.expm1(observed_log_counts(fold, "signal", windows, LENGTH)).mean()
    with torch.no_grad():
        torch.testing.assert_close(
            network.log_rates(x), torch.full((4, 1, 10), np.log(reads / LENGTH * BIN)), atol=1e-4, rtol=0
        )


def test_the_history_is_the_tables(tmp_path, trained):
    write_history(tmp_path / "counts_history.tsv", trained[1], COUNTS_HISTORY)
    found = COUNTS_HISTORY.read(tmp_path / "counts_history.tsv")
    assert len(found) == len(trained[1])
    assert found.groupby(["network", "phase"])["kept"].sum().tolist() == [1, 1, 1, 1]


def test_networks_differ(trained):
    x = one_hot(torch.from_numpy(np.random.default_rng(1).integers(0, 4, (64, LENGTH)).astype(np.uint8)))
    with torch.no_grad():
        one, two = (network(x) for network in trained[0])
    assert (one - two).abs().max() > 1e-3


def test_the_blend_has_no_offset_on_validation_peaks(fold, trained):
    solo = SoloModel(QUICK.architecture, LENGTH, fold.heads(), seed=0)
    blend, choices = blend_counts(solo, trained[0], fold, QUICK.counts)
    assert choices["signal"].blended
    assert json.loads(json.dumps(choices["signal"]._asdict()))["windows"] == len(fold.windows("validation", "peak"))
    windows = fold.windows("validation", "peak")
    starts = windows.centres - LENGTH // 2
    predicted = predict_windows(blend, fold.genome.codes, starts).log_counts["signal"]
    observed = observed_log_counts(fold, "signal", windows, LENGTH)
    assert predicted.mean() == pytest.approx(observed.mean(), abs=1e-3)
    assert np.square(predicted - observed).mean() < 1.05 * observed.var()


def test_the_same_seed_gives_the_same_bytes(fold, trained):
    again, _ = train_counts(fold, QUICK, LENGTH, seed=1, checkpoints=None)
    assert_same(trained[0], again)


class Stopping(WindowSampler):
    """Windows of which a few are drawn, then the scheduler's SIGTERM comes."""

    left = 0

    def batches(self, epoch):
        for batch in super().batches(epoch):
            Stopping.left -= 1
            if Stopping.left == 0:
                os.kill(os.getpid(), signal.SIGTERM)
            yield batch


class StoppingPieces(PieceSampler):
    """The same of pieces."""

    def batches(self, epoch, turned=True):
        for batch in super().batches(epoch, turned):
            Stopping.left -= turned
            if Stopping.left == 0 and turned:
                os.kill(os.getpid(), signal.SIGTERM)
            yield batch


# Local rates are 8 epochs of two batches, totals about 20 batches: in each phase of each network.
@pytest.mark.parametrize("stop_at", [3, 20, 40, 60])
def test_a_stopped_run_goes_on_and_ends_with_the_same_bytes(fold, trained, tmp_path, monkeypatch, stop_at):
    monkeypatch.setattr(module, "WindowSampler", Stopping)
    monkeypatch.setattr(module, "PieceSampler", StoppingPieces)
    Stopping.left = stop_at
    with pytest.raises(Preempted):
        train_counts(fold, QUICK, LENGTH, 1, tmp_path)
    done = len(list(tmp_path.glob("*.pt")))
    networks, history = train_counts(fold, QUICK, LENGTH, 1, tmp_path)
    assert_same(trained[0], networks)
    assert str(history) == str(trained[1])
    assert 1 <= done <= len(list(tmp_path.glob("*.pt"))) == 4
