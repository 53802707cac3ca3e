"""Counts of their own: both phases learn, twice the same, and the blend is no worse than its members."""

import numpy as np
import pytest
import torch

from cisgrammar.config.profile import Combined
from cisgrammar.profile.fit.blend import blend_counts, observed_log_counts
from cisgrammar.profile.fit.train_counts import train_counts
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.profile.predict import predict_windows
from toy_fold import LENGTH, make_fold, open_fold

SHAPE = {"filters": 4, "layers": 1, "input_filter_width": 5, "output_filter_width": 7}
QUICK = Combined.model_validate(
    {"architecture": SHAPE, "counts": {"channels": 8, "layers": 1, "bases": 1e5, "steps": 20, "kmer": 3}}
)


@pytest.fixture(scope="module")
def fold(tmp_path_factory):
    return open_fold(make_fold(tmp_path_factory.mktemp("fold"))[1])


@pytest.fixture(scope="module")
def trained(fold):
    return train_counts(fold, QUICK, LENGTH, seed=1, checkpoints=None)


def test_both_phases_learn(trained):
    _, history = trained
    rates = [row["train_rates_nll"] for row in history if row["phase"] == 1]
    totals = [row["train_counts_mse"] for row in history if row["phase"] == 2]
    assert len(rates) == 8
    assert rates[-1] < rates[0]
    assert totals[-1] < totals[0]


def test_the_blend_has_no_offset_on_validation_peaks(fold, trained):
    solo = SoloModel(QUICK.architecture, LENGTH, fold.heads(), seed=0)
    blend = blend_counts(solo, trained[0], fold, 3)
    windows = fold.windows("validation", "peak")
    starts = windows.centres - LENGTH // 2
    predicted = predict_windows(blend, fold.genome.codes, starts).log_counts["signal"]
    observed = observed_log_counts(fold, "signal", windows, LENGTH)
    assert predicted.mean() == pytest.approx(observed.mean(), abs=1e-3)
    assert np.square(predicted - observed).mean() < 1.05 * observed.var()


def test_the_same_seed_gives_the_same_bytes(fold, trained):
    again, _ = train_counts(fold, QUICK, LENGTH, seed=1, checkpoints=None)
    for name, value in trained[0].state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
