"""q-values from decoys: by hand, and right by simulation."""

import numpy as np
import pytest

from cisgrammar.statistics.target_decoy import target_decoy_q


def test_by_hand():
    # At 9: (1 + 0) / 1; at 8: 1 / 2; at 5: (1 + 1) / 3, as the decoy of 5 counts; at 1: (1 + 2) / 4.
    np.testing.assert_allclose(target_decoy_q([5, 9, 1, 8], [5, 2]), [2 / 3, 0.5, 0.75, 0.5])
    np.testing.assert_allclose(target_decoy_q([3.0, 3.0], []), [0.5, 0.5])
    np.testing.assert_allclose(target_decoy_q([3.0] * 4, [], ratio=2), [0.5] * 4)
    assert target_decoy_q([], [1.0]).size == 0
    assert (target_decoy_q([0.0], [1.0, 2.0]) == 1).all()


@pytest.mark.parametrize("ratio", [0.5, 1, 3])
def test_the_share_of_false_ones_is_at_most_what_is_said(ratio):
    """60 true scores among 600 false ones, and decoys of the same law as the false ones."""
    rng = np.random.default_rng(1)
    false_share, power = [], []
    for _ in range(200):
        real = np.concatenate([rng.normal(4, 1, 60), rng.normal(size=600)])
        called = target_decoy_q(real, rng.normal(size=int(600 / ratio)), ratio) <= 0.1
        false_share.append(called[60:].sum() / max(called.sum(), 1))
        power.append(called[:60].mean())
    assert np.mean(false_share) <= 0.1 + 2 * np.std(false_share) / np.sqrt(200)
    assert np.mean(power) > 0.6


def test_nothing_is_called_among_decoys():
    rng = np.random.default_rng(2)
    calls = [(target_decoy_q(rng.normal(size=300), rng.normal(size=300)) <= 0.1).sum() for _ in range(200)]
    assert np.mean(np.array(calls) > 0) < 0.1
