"""The loss of a training over its windows, and the counts weight that follows the losses."""

import numpy as np
import pytest
import torch

from cisgrammar.config.profile import Loss
from cisgrammar.config.training import PeakTraining
from cisgrammar.profile.data.window_sampler import WindowSampler
from cisgrammar.profile.fit.losses import multinomial_nll
from cisgrammar.profile.fit.objective import ProfileObjective, adapted_weight, starting_weight
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.one_hot import one_hot
from toy_profile import network
from toy_windows import make_stores, windows_at

SHAPE = network(4, 1, 3, 3)
LENGTHS = SHAPE.input_length(40), 40


def make(folder, loss):
    stores = make_stores(folder)
    settings = PeakTraining(batch_size=4, background_ratio=0, jitter=0)
    samplers = [WindowSampler(*stores, windows_at(range(100, 800, 50)), None, settings, *LENGTHS, s) for s in (1, 2)]
    return ProfileObjective(SoloModel(SHAPE, 40, [Head("cut", 2)], seed=1).eval(), *samplers, [loss])


def test_adaptive_weight_follows_bpreveals_rule():
    assert starting_weight(Loss(counts_fraction=0.1), 200.0) == pytest.approx(37 * 0.1 * 200)
    assert starting_weight(Loss(counts_fraction=0.1, counts_weight=4.0), 200.0) == 4.0
    wanted = 0.2 * 500 / (2.0 * 0.8)
    assert adapted_weight(50.0, 0.2, 500.0, 2.0, 0) == pytest.approx(wanted)
    assert adapted_weight(1.0, 0.2, 500.0, 2.0, 1) == pytest.approx(10.0)
    assert adapted_weight(50.0, 0.2, 500.0, 2.0, 2) == pytest.approx(0.7 * 50 + 0.3 * wanted)
    assert adapted_weight(1000.0, 0.2, 500.0, 2.0, 5) == pytest.approx(0.7 * 1000 + 0.3 * wanted)
    assert adapted_weight(10.0, 0.2, 5e6, 2.0, 5) == pytest.approx(20.0)
    assert adapted_weight(10.0, 0.2, 5.0, 0.0, 5) == 10.0


def test_the_weight_follows_the_validation_loss_first_and_the_training_loss_after(tmp_path):
    objective = make(tmp_path, Loss(counts_fraction=0.2, counts_weight=50.0))
    training = {"profile_nll_cut": 400.0, "counts_mse_cut": 2.0}
    validation = {"profile_nll_cut": 500.0, "counts_mse_cut": 2.0}
    objective.end_epoch(training, validation, 0)
    first = adapted_weight(50.0, 0.2, 500.0, 2.0, 0)
    assert objective.state() == {"counts_weight_cut": first}
    objective.end_epoch(training, validation, 1)
    assert objective.state() == {"counts_weight_cut": adapted_weight(first, 0.2, 400.0, 2.0, 1)}
    assert objective.watched(validation) == pytest.approx(500 + objective.state()["counts_weight_cut"] * 2)
    objective.load_state({"counts_weight_cut": 7.0})
    assert objective.watched(validation) == 514.0


def test_a_fixed_weight_stays(tmp_path):
    objective = make(tmp_path, Loss(counts_weight=50.0))
    objective.end_epoch({}, {}, 0)
    assert objective.state() == {"counts_weight_cut": 50.0}


def test_validation_weighs_each_window_the_same_and_not_each_batch(tmp_path):
    objective = make(tmp_path, Loss(counts_weight=3.0))
    batches = list(objective.validation.fixed_batches())
    # 14 windows in batches of 4: the last is short.
    assert [batch.size for batch in batches] == [4, 4, 4, 2]
    with torch.no_grad():
        found = objective.validate()
        nll, error = [], []
        for batch in batches:
            profile, log_counts = objective.model(one_hot(batch.codes))
            nll += multinomial_nll(profile, batch.counts[0]).tolist()
            totals = torch.log1p(batch.counts[0].sum(dim=(1, 2)))
            error += (log_counts[:, 0] - totals).square().tolist()
        losses = objective.loss(batches[0])
    assert found["profile_nll_cut"] == pytest.approx(np.mean(nll), rel=1e-5)
    assert found["counts_mse_cut"] == pytest.approx(np.mean(error), rel=1e-5)
    assert losses["loss"].item() == pytest.approx(np.mean(nll[:4]) + 3 * np.mean(error[:4]), rel=1e-5)
    assert objective.steps() == 4
