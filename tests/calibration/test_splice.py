"""Known truths of the splice stage: what is true, and that a wrong interval is seen."""

import numpy as np
import pytest
from scipy.special import expit

from cisgrammar.calibration import splice
from cisgrammar.calibration.rates import stack
from cisgrammar.statistics.bootstrap import Bootstrap, Estimate


def share(once, runs=150):
    rng = np.random.default_rng(1)
    found = stack([once(rng) for _ in range(runs)])[""]
    return found[:, 0].sum() / found[:, 1].sum()


def test_true_errors_are_those_of_many_draws():
    rng = np.random.default_rng(0)
    for law, (function, size) in splice.LAWS.items():
        logit = rng.normal(0, 2, (1, 300_000))
        number, shown, seen = splice.binned(expit(logit), function(logit, size)).sum(axis=0)
        wanted = np.sqrt((((shown - seen) ** 2) / number).sum() / number.sum())
        assert splice.true_error(law) == pytest.approx(wanted, abs=2e-3)
    assert splice.true_error("calibrated") == 0


def test_bins_hold_all_candidates():
    shown = np.array([[0.0, 0.5, 1.0], [0.1, 0.1, 0.99]])
    sums = splice.binned(shown, shown > 0.4)
    assert sums.shape == (2, 3, splice.BINS)
    assert sums.sum(axis=2).tolist() == [[3, 1.5, 2], [3, pytest.approx(1.19), 1]]
    assert sums[1, 0].tolist() == [0, 2, *[0] * 12, 1]


def test_an_interval_of_percentiles_would_be_seen(monkeypatch):
    once = splice.recall(0.97, 0.05, 8)
    assert share(once) > 0.9
    monkeypatch.setattr(Bootstrap, "share", lambda self, value, drawn, units, genes: self.estimate(value, drawn))
    assert share(once) < 0.85


def test_an_interval_that_is_too_short_would_be_seen(monkeypatch):
    once = splice.calibration_errors("shift_1", 20, 20)
    plain = splice.calibration_error

    def shorter(sums, bootstrap):
        found = plain(sums, bootstrap)
        return Estimate(found.value, *(found.value + 0.7 * (end - found.value) for end in found[1:]))

    monkeypatch.setattr(splice, "calibration_error", shorter)
    assert share(once) < 0.9
