"""Means whose values depend on each other within clusters."""

import numpy as np
import pytest

from cisgrammar.statistics.clustered import clustered_mean


def test_the_mean_of_a_cluster_counts_once():
    values = np.array([1.0, 1.0, 1.0, 3.0])
    mean, error, many = clustered_mean(values, np.array([0, 0, 0, 1]))
    assert (mean, many) == (1.5, 2)
    # Residual sums are -1.5 and 1.5: sqrt(2 / 1 * 4.5) / 4.
    assert error == pytest.approx(0.75)
    alone = clustered_mean(values, np.arange(4))
    assert alone[1] == pytest.approx(values.std(ddof=1) / 2)
    assert np.isnan(clustered_mean(np.array([1.0]), np.array([0]))[1])
    assert clustered_mean(np.array([np.nan]), np.array([0]))[2] == 0


def test_missing_values_are_left_out_with_their_clusters():
    values, clusters = np.array([1.0, np.nan, 2.0, 4.0]), np.array(["a", "b", "a", "c"])
    assert clustered_mean(values, clusters) == clustered_mean(values[[0, 2, 3]], clusters[[0, 2, 3]])
    assert clustered_mean(values, clusters)[2] == 2
