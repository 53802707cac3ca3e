"""Nulls of interactions: a test without its own null is seen."""

import numpy as np

from cisgrammar.calibration import pairs
from cisgrammar.calibration.rates import stack


def share(once, runs):
    rng = np.random.default_rng(1)
    found = stack([once(rng) for _ in range(runs)])[""]
    return found[:, 0].sum() / found[:, 1].sum()


def test_pairs_that_share_one_null_would_be_seen(monkeypatch):
    """Scales differ: against the nulls of all pairs together few stand out of them all, and those again and again."""
    once = pairs.pair_type_i(pairs.normal)
    assert 0.03 < share(once, 30) < 0.07
    plain = pairs.studentised_test
    monkeypatch.setattr(pairs, "studentised_test", lambda values, nulls: plain(values + 2, nulls))
    assert share(once, 30) > 0.1


def test_scans_that_vary_more_than_their_decoys_are_measured_by_themselves(monkeypatch):
    once = pairs.spacing_type_i(4)
    assert 0.02 < share(once, 60) < 0.08
    # Ten times the values, measured by decoys alone: too few places for their own spread.
    monkeypatch.setattr(pairs, "STEPS", 2)
    assert share(once, 60) > 0.2


def test_planted_distances_are_called_and_those_without_effect_are_not(monkeypatch):
    once = pairs.spacing_power(3)
    assert share(once, 30) >= 0.7
    monkeypatch.setattr(pairs, "PLANTED_EFFECT", 0.0)
    assert share(once, 30) < 0.1


def test_scans_fall_off():
    scans = pairs._scans(np.random.default_rng(2), 2000, 2.0)
    spread = scans.std(axis=(0, 1))
    assert spread[0] > 2 * spread[-1]
    assert np.corrcoef(scans[:, 0, 0], scans[:, 0, 1])[0, 1] > 0.4


def test_distances_beside_planted_ones_and_their_images_are_called_at_the_stated_rate():
    once = pairs.spacing_beside_images(3, 12)
    rng = np.random.default_rng(4)
    hits, tests = np.sum([once(rng)[""] for _ in range(60)], axis=0)
    # 150 runs: 0.055 to 0.059 where what stands out is set apart, 0.017 where it widens the spread.
    assert 0.03 <= hits / tests <= 0.08
