"""A temperature is used where it helps genes that did not set it, and not where it does not."""

import numpy as np
import pytest

from cisgrammar.splice.calibration.scaling import choose_temperature
from cisgrammar.splice.calibration.temperature import Sample, fit_temperature
from cisgrammar.statistics.bootstrap import Bootstrap
from toy_sample import simulated

DRAWS = Bootstrap(50, seed=2)


@pytest.mark.parametrize("temperature", [0.5, 2.5])
def test_a_temperature_that_helps_is_used(temperature):
    sample = simulated(temperature, n=10_000)
    found = choose_temperature(sample, DRAWS)
    assert found.kept
    assert found.temperature == found.fitted == fit_temperature(sample, DRAWS)
    assert found.nll[1] < found.nll[0]
    assert found.squared_error[1] < found.squared_error[0]
    assert found.reason.startswith(f"temperature {found.fitted.value:.3f} is used")


def test_one_that_makes_calibration_worse_is_not_used():
    # Shown at half of their logits; but the nulls of a tenth of the bases are certain, and true: the likelihood asks
    # for sharper probabilities of them, calibration of the candidates, which are right, for none.
    rng = np.random.default_rng(3)
    right = simulated(1.0, n=4000)
    sure = np.tile(np.log([0.97, 0.015, 0.015]).astype(np.float32), (20_000, 1))
    sample = Sample(
        np.concatenate([right.log_probs, sure]),
        np.r_[right.label, np.zeros(20_000, np.uint8)],
        np.r_[right.gene, rng.integers(40, size=20_000).astype(np.int32)],
        np.ones(24_000),
        40,
    )
    # Below the bar of candidates before scaling.
    sample.log_probs[4000:] = np.log([0.984, 0.008, 0.008])
    found = choose_temperature(sample, DRAWS)
    assert found.nll[1] < found.nll[0], "the likelihood alone would use it"
    assert found.fitted.value != pytest.approx(1, abs=0.05)
    assert found.squared_error[1] > found.squared_error[0]
    assert not found.kept
    assert (found.temperature.value, np.isnan(found.temperature.lower)) == (1.0, True)
    assert found.reason.startswith("temperature 1, not ")


def test_a_calibrated_model_is_left_alone_or_hardly_changed():
    """Chance decides among temperatures that hardly differ from 1."""
    used = [choose_temperature(simulated(1.0, n=2000, seed=seed), Bootstrap(0)) for seed in range(20)]
    assert sum(found.kept for found in used) < 10
    assert all(abs(np.log(found.temperature.value)) < 0.15 for found in used)


def test_each_gene_is_judged_by_a_temperature_that_it_did_not_set():
    # One gene of five, of many positions, asks for another temperature than all others: it cannot help itself.
    sample, odd = simulated(1.0, n=5000, genes=5), simulated(3.0, n=5000, genes=5)
    log_probs = np.where((sample.gene == 0)[:, None], odd.log_probs, sample.log_probs)
    label = np.where(sample.gene == 0, odd.label, sample.label)
    mixed = Sample(log_probs, label, sample.gene, np.where(sample.gene == 0, 3.0, 1.0), 5)
    found = choose_temperature(mixed, DRAWS)
    assert mixed.nll(found.fitted.value) < found.nll[0] < found.nll[1]
    assert not found.kept


def test_without_sites_or_other_genes_the_reason_says_so():
    sample = simulated(1.0, n=100)
    none = Sample(sample.log_probs, np.zeros(100, np.uint8), sample.gene, sample.weight, sample.genes)
    found = choose_temperature(none, DRAWS)
    assert np.isnan(found.temperature.value)
    assert "no sites" in found.reason
    alone = Sample(sample.log_probs, sample.label, np.zeros(100, np.int32), sample.weight, 1)
    assert choose_temperature(alone, DRAWS).temperature.value == 1
