"""The temperature that was put in comes out, and a sample stands for all positions."""

import numpy as np
import pytest
import torch

from cisgrammar.splice.calibration.temperature import Sample, Sampler, fit_temperature
from cisgrammar.statistics.bootstrap import Bootstrap
from toy_sample import drawn_labels, simulated

DRAWS = Bootstrap(50, seed=2)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_the_temperature_is_found_and_lies_in_its_interval(temperature):
    sample = simulated(temperature)
    found = fit_temperature(sample, DRAWS)
    assert found.value == pytest.approx(temperature, rel=0.04)
    assert found.lower < found.value < found.upper
    assert found.lower < temperature * 1.02
    assert found.upper > temperature * 0.98
    assert sample.nll(found.value) <= min(
        sample.nll(1.0), sample.nll(1.05 * found.value), sample.nll(0.95 * found.value)
    )


def test_scaling_is_a_softmax_of_divided_logits():
    sample = simulated(1.0, n=50)
    wanted = torch.log_softmax(torch.from_numpy(sample.log_probs).double() / 1.7, 1).numpy()
    for label in range(3):
        np.testing.assert_allclose(sample.scaled(np.full(50, 1.7), label), sample.scaled(1.7, label))
        np.testing.assert_allclose(sample.scaled(1.7, label), wanted[:, label], atol=1e-6)
    np.testing.assert_allclose(sample.loss(1.7), -wanted[np.arange(50), sample.label], atol=1e-6)


def test_a_sample_stands_for_all_positions():
    rng = np.random.default_rng(1)
    n = 200_000
    logits = rng.normal([6, 0, 0], 1.5, (n, 3))
    log_probs = torch.log_softmax(torch.from_numpy(logits), 1).numpy().astype(np.float32)
    label = drawn_labels(log_probs, rng)
    everything = Sample(log_probs, label, np.zeros(n, np.int32), np.ones(n), 1)
    sampler = Sampler(4, most=3000)
    for start in range(0, n, 5000):
        part = slice(start, start + 5000)
        sampler.add(start // 5000 % 4, log_probs[part], label[part])
    sample = sampler.sample()
    assert len(sample) < 7000 + (label > 0).sum()
    assert (sample.label > 0).sum() == (label > 0).sum()
    assert (sample.weight[sample.label > 0] == 1).all()
    assert sample.weight.sum() == pytest.approx(n)
    for t in (0.7, 1.0, 1.5):
        assert sample.nll(t) == pytest.approx(everything.nll(t), rel=0.03)


def test_without_sites_there_is_no_temperature():
    sample = simulated(1.0, n=100)
    none = Sample(sample.log_probs, np.zeros(100, np.uint8), sample.gene, sample.weight, sample.genes)
    assert np.isnan(fit_temperature(none, DRAWS)).all()


def test_certain_models_have_a_finite_loss():
    sampler = Sampler(1)
    sampler.add(
        0, np.log(np.array([[1, 1e-40, 1e-40], [1e-40, 1, 1e-40]])).astype(np.float32), np.array([1, 1], np.uint8)
    )
    sampler.add(0, np.array([[0.0, -np.inf, -np.inf]], np.float32), np.array([2], np.uint8))
    assert np.isfinite(sampler.sample().nll(1.0))
