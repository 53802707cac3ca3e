"""Predictions as plain arrays."""

import subprocess
import sys

import numpy as np

from cisgrammar.profile.predictions import Predictions


def test_expected_counts_share_out_the_total():
    shares = np.array([[[0.5, 0.25, 0.25]], [[0.1, 0.2, 0.7]]], dtype=np.float32)  # (windows, tasks, length)
    found = Predictions({"a": np.log(shares)}, {"a": np.log(np.array([8, 10], dtype=np.float32))})
    assert len(found) == 2
    np.testing.assert_allclose(found.expected_counts("a"), [[[4, 2, 2]], [[1, 2, 7]]], rtol=1e-5)


def test_figures_of_predictions_and_contributions_need_no_torch():
    """It takes a second and a half of a job, and most jobs of figures need nothing else of it."""
    modules = "cisgrammar.figures.profile.loci, cisgrammar.figures.simulate.recovery"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
