"""Nulls of means: a test or an interval that takes sites of one window for independent is seen."""

import numpy as np
import pytest

from cisgrammar.calibration import motifs
from cisgrammar.calibration.rates import stack


def share(once, runs):
    rng = np.random.default_rng(1)
    found = stack([once(rng) for _ in range(runs)])[""]
    return found[:, 0].sum() / found[:, 1].sum()


def test_a_test_of_single_sites_would_be_seen(monkeypatch):
    once = motifs.mean_type_i(200, 40, True, motifs.counts)
    plain = motifs.matched_mean_p

    def alone(tests, controls):
        return plain((*tests[:2], np.arange(len(tests[0]))), (*controls[:2], 1000 + np.arange(len(controls[0]))))

    monkeypatch.setattr(motifs, "matched_mean_p", alone)
    monkeypatch.setattr(motifs, "_BETWEEN", 0.8)
    # Three binomial errors of 300 above 0.05 are 0.088.
    assert share(once, 300) > 0.09


def test_an_interval_of_single_sites_would_be_seen(monkeypatch):
    plain = motifs.clustered_interval
    monkeypatch.setattr(motifs, "clustered_interval", lambda values, at: plain(values, np.arange(len(values))))
    assert share(motifs.necessity(200, 40), 300) < 0.85


def test_the_truth_of_an_insertion_is_the_mean_over_backgrounds():
    rng = np.random.default_rng(2)
    with_and_without = [np.log1p(np.exp(rng.normal(-2, 1, 200_000) + add)) for add in (2, 0)]
    wanted = with_and_without[0].mean() - with_and_without[1].mean()
    assert motifs._saturating_mean() == pytest.approx(wanted, abs=0.005)
    assert 0.9 < share(motifs.sufficiency(32), 200) <= 1
