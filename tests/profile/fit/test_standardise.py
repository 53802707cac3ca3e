"""Counts heads on standardised means: the same predictions before and after, and counts that leave their mean."""

import numpy as np
import pytest
import torch

from cisgrammar.config.profile import Combined
from cisgrammar.config.training import PeakTraining
from cisgrammar.profile.data.window_sampler import Windows, WindowSampler
from cisgrammar.profile.fit.objective import ProfileObjective
from cisgrammar.profile.fit.standardise import Standardise, standardised
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel
from cisgrammar.sequence.one_hot import one_hot
from toy_profile import network
from toy_windows import make_stores, windows_at

SHAPE = network(6, 2, 7, 3)
LENGTH = 40


class Genome:
    codes = np.random.default_rng(0).integers(0, 4, 20_000).astype(np.uint8)


@pytest.fixture
def model():
    return SoloModel(SHAPE, LENGTH, [Head("a"), Head("b")], seed=1)


def windows(number=200, log_counts=0.0):
    return Windows(100 + 90 * np.arange(number), np.full(number, np.exp(log_counts)))


def all_codes(model):
    starts = windows().centres - model.input_length // 2
    return torch.from_numpy(np.stack([Genome.codes[start:][: model.input_length] for start in starts]))


def counts_of(model, codes):
    model.eval()
    with torch.inference_mode():
        return torch.cat(model(one_hot(codes))[2:], dim=1)


def test_predictions_are_the_same_before_during_and_after(model):
    codes = torch.from_numpy(np.random.default_rng(1).integers(0, 4, (9, model.input_length)).astype(np.uint8))
    model.counts_heads[0].linear.bias.data.fill_(3.0)
    before, names = counts_of(model, codes), set(model.state_dict())
    # Heads that are trained: what they predict, together, is what is observed.
    trained = windows(log_counts=float(before.exp().sum(dim=1).log().mean()))
    with standardised(model, Genome(), [trained]) as settle:
        assert settle is not None
        assert torch.allclose(counts_of(model, codes), before, atol=1e-4)
        assert {name.split(".")[2] for name in set(model.state_dict()) - names} == {"norm"}
        settle()
        assert torch.allclose(counts_of(model, codes), before, atol=1e-4)
    assert set(model.state_dict()) == names
    # It was centred on 128 windows, and is on 200 now.
    assert torch.allclose(counts_of(model, codes), before, atol=0.01)


def test_new_heads_start_around_the_observed_counts(model):
    """New weights times the means are not 0; what they add to the mean is not left for the bias to unlearn."""
    for head in model.counts_heads:
        head.linear.weight.data.abs_().mul_(20)
        head.linear.bias.data.fill_(4.0)
    started = counts_of(model, all_codes(model))
    assert (started.mean(dim=0) - 4).abs().min() > 1
    with standardised(model, Genome(), [windows(log_counts=4 + np.log(2))]):
        predicted = counts_of(model, all_codes(model))
        assert torch.allclose(predicted.mean(dim=0), torch.full((2,), 4.0), atol=0.1)
    after = counts_of(model, all_codes(model))
    assert torch.allclose(after.mean(dim=0), torch.full((2,), 4.0), atol=0.1)
    # Only the means have moved; deviations are of 128 windows before and of 200 after.
    assert torch.allclose(after - after.mean(dim=0), started - started.mean(dim=0), rtol=0.05, atol=0.05)


def test_without_counts_nothing_is_taken_out(model):
    codes = all_codes(model)
    before = counts_of(model, codes)
    with standardised(model, Genome(), [Windows(windows().centres, np.zeros(200))]):
        assert torch.allclose(counts_of(model, codes), before, atol=1e-3)


def test_not_wanted_changes_nothing(model):
    before = {name: value.clone() for name, value in model.state_dict().items()}
    with standardised(model, Genome(), [windows()], wanted=False) as settle:
        assert settle is None
        assert model.counts_heads[0].norm is None
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())


def test_settling_centres_by_the_present_weights(model):
    with standardised(model, Genome(), [windows()]) as settle:
        model.input_conv.weight.data.mul_(2)
        head = model.counts_heads[0]
        head.linear.bias.data.fill_(5.0)
        settle()
        codes = all_codes(model)
        predicted = counts_of(model, codes)[:, 0]
        # Centred features leave the mean to the bias; half of the windows are looked at.
        assert float(predicted.mean()) == pytest.approx(5.0, abs=0.2 * float(predicted.std()))
        changed = counts_of(model, codes[:5])
    assert torch.allclose(counts_of(model, codes[:5]), changed, atol=0.3 * float(predicted.std()))


def test_a_batch_of_one_window_takes_the_running_means():
    norm = Standardise(3).train()
    norm.running_mean.fill_(1.0)
    root = 3**0.5
    assert torch.allclose(norm(torch.full((1, 3), 3.0)), torch.full((1, 3), 2.0 / root))
    assert not any(p.requires_grad for p in norm.parameters())
    x = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(norm(x).mean(0), torch.zeros(3), atol=1e-5)
    assert torch.allclose(norm(x).var(0, correction=0), torch.full((3,), 1 / 3), atol=1e-4)


def test_a_step_on_means_that_move_together_moves_counts_by_the_root_of_their_number():
    norm = Standardise(64).train()
    alike = torch.randn(16, 1, generator=torch.Generator().manual_seed(0)).expand(16, 64)
    moved = norm(alike) @ torch.full((64,), 0.01)
    assert float(moved.std(correction=0)) == pytest.approx(0.01 * 64**0.5, rel=1e-3)


def test_a_means_change_alters_no_count_while_it_trains(model):
    """A step that moves all windows' means alike moves no count; without the layer it moves all of them."""
    codes = torch.from_numpy(np.random.default_rng(1).integers(0, 4, (16, model.input_length)).astype(np.uint8))
    trunk = model.trunk(one_hot(codes)).detach()
    head = model.counts_heads[0]
    head.linear.weight.data.mul_(1000)
    assert (head(trunk + 0.01) - head(trunk)).abs().min() > 0.1
    with standardised(model, Genome(), [windows()]):
        head.train()
        assert (head(trunk + 0.01) - head(trunk)).abs().max() < 1e-2


def test_the_objective_settles_before_it_validates(tmp_path):
    stores = make_stores(tmp_path)
    settings = PeakTraining(batch_size=4, background_ratio=0, jitter=0)
    shape = network(4, 1, 3, 3)
    lengths = shape.input_length(40), 40
    samplers = [WindowSampler(*stores, windows_at(range(100, 800, 50)), None, settings, *lengths, s) for s in (1, 2)]
    called = []
    made = SoloModel(shape, 40, [Head("cut", 2)], seed=1).eval()
    objective = ProfileObjective(made, *samplers, [Combined().loss], settle=lambda: called.append(1))
    with torch.inference_mode():
        objective.validate()
    assert called == [1]
