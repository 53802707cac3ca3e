"""Jensen-Shannon distances against scipy's, at their limits, and the two forms against each other."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon

from cisgrammar.statistics.divergence import jensen_shannon_distance, jensen_shannon_distance_of_logs


def some(rows=6, outcomes=50, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.dirichlet(np.full(outcomes, 0.3), size=rows) for _ in range(2))


def test_both_forms_are_scipys():
    p, q = some()
    expected = jensenshannon(p, q, axis=1, base=2)
    np.testing.assert_allclose(jensen_shannon_distance(p, q), expected, rtol=1e-12)
    logs = [torch.from_numpy(np.log(x)) for x in (p, q)]
    np.testing.assert_allclose(jensen_shannon_distance_of_logs(*logs).numpy(), expected, rtol=1e-10)


def test_limits():
    p = np.array([[0.5, 0.5, 0, 0], [0.25] * 4])
    q = np.array([[0, 0, 0.5, 0.5], [0.25] * 4])
    np.testing.assert_array_equal(jensen_shannon_distance(p, q), [1, 0])
    logs = [torch.from_numpy(np.maximum(x, 1e-300)).log() for x in (p, q)]
    np.testing.assert_allclose(jensen_shannon_distance_of_logs(*logs).numpy(), [1, 0], atol=1e-12)


def test_logs_broadcast_and_keep_their_precision():
    p, q = (torch.from_numpy(np.log(x)).float() for x in some())
    found = jensen_shannon_distance_of_logs(p[:, None], q)
    assert (found.dtype, found.shape) == (torch.float32, (6, 6))
    torch.testing.assert_close(found.diagonal(), jensen_shannon_distance_of_logs(p, q))
    # Rounding would make the root of a number below 0.
    assert jensen_shannon_distance_of_logs(p, p).abs().max() < 1e-3


def test_shapes_that_would_broadcast_are_refused():
    with pytest.raises(ValueError, match="wanted the same shape with 2 axes"):
        jensen_shannon_distance(np.ones((3, 4)) / 4, np.ones((1, 4)) / 4)
