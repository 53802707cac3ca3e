"""Predicted and observed shares in bins, by hand."""

import numpy as np
import pytest
import torch

from cisgrammar.profile.fit.transformation_bins import COLUMNS, transformation_bins


def outputs(logits, log_counts):
    return torch.as_tensor(logits), torch.as_tensor(log_counts)[:, None]


def test_a_bin_of_positions_pools_reads_and_windows_weigh_as_their_reads():
    # Two windows of two positions: four values, one a bin.
    before = outputs([[[0.0, 1.0]], [[2.0, 4.0]]], [1.0, 2.0])
    after = outputs(2 * before[0], [1.5, 2.5])
    counts = (torch.tensor([[[1.0, 3.0]], [[2.0, 8.0]]]),)
    bins = transformation_bins(["a"], before, after, counts, 1.0)
    assert list(bins.columns) == COLUMNS
    profile = bins[bins.output == "profile"]
    assert profile.n.tolist() == [1, 1, 1, 1]
    # By what is predicted before: 0.12, 0.27, 0.73, 0.88.
    shares = 1 / (1 + np.exp([2.0, 1.0, -1.0, -2.0]))
    np.testing.assert_allclose(profile.before, np.log(shares), rtol=1e-5)
    np.testing.assert_allclose(profile.after, np.log(1 / (1 + np.exp([4.0, 2.0, -2.0, -4.0]))), rtol=1e-5)
    np.testing.assert_allclose(profile.observed, np.log([2 / 10, 1 / 4, 3 / 4, 8 / 10]), rtol=1e-6)
    np.testing.assert_allclose(profile.standard_error, 1 / np.sqrt([2, 1, 3, 8]), rtol=1e-6)


def test_a_bin_of_windows_has_means_and_their_standard_error():
    log_counts = torch.arange(40.0)
    totals = torch.exp(torch.arange(40.0) / 10)
    before, after = outputs(torch.zeros(40, 1, 1), log_counts), outputs(torch.zeros(40, 1, 1), log_counts + 1)
    bins = transformation_bins(["a"], before, after, (totals[:, None, None],), 0.5)
    counts = bins[bins.output == "counts"]
    assert counts.n.tolist() == [2] * 20
    assert counts.before.tolist() == [0.5 + 2 * i for i in range(20)]
    assert counts.after.tolist() == [1.5 + 2 * i for i in range(20)]
    observed = np.log(totals.numpy() + 0.5).reshape(20, 2)
    np.testing.assert_allclose(counts.observed, observed.mean(axis=1), rtol=1e-5)
    np.testing.assert_allclose(counts.standard_error, np.abs(np.diff(observed))[:, 0] / 2, rtol=1e-4)


def test_windows_without_reads_leave_their_bins_of_positions_out_and_have_the_floor_as_counts():
    before = outputs(torch.zeros(1, 1, 2), [0.0])
    bins = transformation_bins(["a"], before, before, (torch.zeros(1, 1, 2),), 0.0)
    assert bins.output.tolist() == ["counts"]
    assert bins.observed[0] == pytest.approx(np.log(1e-6), rel=1e-5)
    assert np.isnan(bins.standard_error[0])
