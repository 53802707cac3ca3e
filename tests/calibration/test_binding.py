"""Intervals of betas: one fit of few reads, and each interval is a test."""

from dataclasses import replace

import numpy as np

from cisgrammar.calibration import binding
from cisgrammar.simulate.selected_reads import SETTINGS


def test_each_beta_is_a_test():
    assert len(binding.NAMES) == len(SETTINGS)
    setting = replace(SETTINGS["right"], reads=(1500, 1500))
    hits, tests = binding.betas(setting)(np.random.default_rng(1))[""]
    assert tests == 4 * len(setting.consensus)
    assert 0.6 * tests <= hits <= tests
