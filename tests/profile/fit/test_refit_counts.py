"""Counts heads fitted again: the plateau is left, a good head stays, nothing but the heads changes."""

import numpy as np
import pytest
import torch

from cisgrammar.config.profile import Combined
from cisgrammar.profile.data.window_sampler import Windows
from cisgrammar.profile.fit import refit_counts as module
from cisgrammar.profile.fit.moments import Line
from cisgrammar.profile.fit.refit_counts import choose, refit_counts, refit_trained
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.solo import SoloModel

LENGTH = 64


class Data:
    """Windows one after the other, whose counts follow a line on the trunk's means: all that a refit looks at."""

    def __init__(self, model, seed=0, train=150, validation=60):
        random = np.random.default_rng(seed)
        step = 200
        number = train + validation
        self.codes = random.integers(0, 4, (number + 2) * step).astype(np.uint8)
        centres = step + step * np.arange(number)
        self.of = {"train": centres[:train], "validation": centres[train:]}
        self.genome = self
        features = module._features(model, self, centres).mean(axis=1)
        spread = (features - features.mean(0)) / np.maximum(features.std(0), 1e-9)
        log_counts = 5 + 0.6 * spread[:, 0] - 0.4 * spread[:, 1] + 0.05 * random.normal(size=number)
        counts = np.zeros((1, len(self.codes)), dtype=np.uint16)
        counts[0, centres] = np.rint(np.exp(log_counts))
        self.signal = type("Signal", (), {"heads": {"signal": counts}})()

    def windows(self, split, kind):
        assert kind == "peak"
        return Windows(self.of[split], np.ones(len(self.of[split])))


@pytest.fixture
def model():
    shape = Combined.model_validate(
        {"architecture": {"filters": 6, "layers": 2, "input_filter_width": 7, "output_filter_width": 9}}
    ).architecture
    made = SoloModel(shape, LENGTH, [Head("signal", 1, False)], seed=3)
    with torch.no_grad():
        made.get_parameter("counts_heads.0.linear.weight").zero_()
        made.get_parameter("counts_heads.0.linear.bias").fill_(5.0)
    return made


def error(model, data):
    """Squared error in validation windows, both strands averaged."""
    centres = data.of["validation"]
    linear = model.get_submodule("counts_heads.0.linear")
    features = torch.from_numpy(module._features(model, data, centres)).float()
    predicted = linear(features).mean(1)[:, 0].detach().numpy()
    observed = np.log(data.signal.heads["signal"][0, centres] + 1.0)
    return np.square(predicted - observed).mean()


def test_heads_on_a_plateau_are_fitted_and_all_else_stays(model):
    data = Data(model)
    before, found = {k: v.clone() for k, v in model.state_dict().items()}, error(model, data)
    refit = refit_counts(model, data, Combined())["signal"]
    assert refit.taken
    assert refit.windows == 60
    assert refit.own_error == pytest.approx(found, rel=1e-4)
    after = error(model, data)
    assert refit.gain == pytest.approx(found - after, rel=1e-3)
    assert after < 0.15 * found
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"counts_heads.0.linear.weight", "counts_heads.0.linear.bias"}


def test_a_head_that_is_right_is_kept_to_the_bit(model):
    data = Data(model)
    refit_counts(model, data, Combined())
    before = {k: v.clone() for k, v in model.state_dict().items()}
    again = refit_counts(model, data, Combined())["signal"]
    assert not again.taken
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_gain_within_its_error_changes_nothing():
    random = np.random.default_rng(0)
    features, observed = random.normal(size=(40, 2)), random.normal(size=40)
    same = Line(np.zeros(2), 0.0)
    worse = Line(np.array([1.0, 1.0]), 0.0)
    assert not choose(same, same, features, observed).taken
    assert not choose(same, worse, features, observed).taken
    assert choose(worse, same, features, observed).taken


def test_pieces_make_no_difference(model, monkeypatch):
    data = Data(model)
    other = SoloModel(model.architecture, LENGTH, model.heads, seed=3)
    other.load_state_dict(model.state_dict())
    refit_counts(model, data, Combined())
    monkeypatch.setattr(module, "_PIECE", 7)
    refit_counts(other, data, Combined())
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, other.state_dict()[name], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("train", "validation"), [(8, 60), (150, 9)])
def test_too_few_windows_change_nothing(model, train, validation):
    data = Data(model, train=train, validation=validation)
    assert refit_counts(model, data, Combined()) == {}


def test_windows_without_reads_have_no_target_at_pseudocount_0(model):
    data = Data(model)
    data.signal.heads["signal"][0, data.of["train"][:20]] = 0
    data.signal.heads["signal"][0, data.of["validation"][:5]] = 0
    section = Combined.model_validate({"loss": {"pseudocount": 0}})
    refit = refit_counts(model, data, section)["signal"]
    assert refit.taken
    assert refit.windows == 55


def test_counts_that_are_not_the_networks_own_are_left_alone(model):
    data = Data(model)
    assert refit_trained(model, data, Combined(use_bias_counts=True)) == {}
    assert refit_trained(torch.nn.Linear(2, 1), data, Combined()) == {}
    assert refit_trained(model, data, Combined())["signal"]["taken"]


def test_features_are_of_both_strands(model):
    data = Data(model, train=3, validation=2)
    centres = data.of["train"]
    first = centres - LENGTH // 2 - (model.input_length - LENGTH) // 2
    codes = np.stack([data.codes[start : start + model.input_length] for start in first])
    found = module._features(model, data, centres)
    for strand, read in enumerate((codes, 3 - codes[:, ::-1])):
        x = torch.nn.functional.one_hot(torch.from_numpy(read.astype(np.int64)), 4).permute(0, 2, 1).float()
        with torch.no_grad():
            wanted = model.trunk(x).mean(dim=(2, 3)).numpy()
        np.testing.assert_allclose(found[:, strand], wanted, rtol=1e-5, atol=1e-7)
    assert not np.allclose(found[:, 0], found[:, 1])
