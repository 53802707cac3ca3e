"""Coverage of the intervals of betas: a quick form of what `make calibration` computes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cisgrammar.calibration.binding_coverage import betas, counted, coverage, fit_betas
from cisgrammar.simulate.selected_reads import SETTINGS

EVEN = replace(SETTINGS["even"], reads=(1500, 1500))


def test_intervals_cover_and_the_step_to_draws_makes_estimates_better() -> None:
    """Six fits of 16 betas, of which 12 are free: the standard error of a share of 0.95 is 0.026 of 72 values."""
    found = [fit_betas(EVEN, seed) for seed in range(6)]
    for covered in np.mean([one.covered for one in found], axis=0):
        assert covered > 0.95 - 3 * 0.026
    assert np.mean([one.drawn for one in found]) >= 0.5
    before, after = np.mean([one.rmse for one in found], axis=0)
    assert after < before
    z = np.array([one.final for one in found])
    # A standard error that is off by a third shows: 72 values leave 8 % of a root mean square, correlation 12 %.
    assert np.sqrt((z**2).mean()) == pytest.approx(1.0, abs=0.3)


def test_coverage_is_a_mean_with_its_interval() -> None:
    value, low, high = coverage(replace(EVEN, reads=(500, 500)), range(3))
    assert low <= value <= high
    assert 0.7 < value <= 1.0


def test_a_library_is_counted_whole() -> None:
    table = counted(SETTINGS["even"], 1)
    assert table.counts.sum(0).tolist() == [4000, 4000]
    assert len(np.unique(table.variable, axis=0)) == len(table.variable)


def test_each_beta_of_a_fit_is_a_test_and_fits_differ() -> None:
    setting = replace(EVEN, reads=(500, 500))
    rng = np.random.default_rng(2)
    hits, tests = betas(setting)(rng)[""]
    assert tests == 4 * len(setting.consensus)
    first = int(np.random.default_rng(2).integers(2**31))
    assert hits == tests * fit_betas(setting, first).covered[1]
    assert int(rng.integers(2**31)) != first
