"""Windows of a batch: where they meet their sequences, and what lies outside."""

import numpy as np
import torch

from cisgrammar.perturb.incremental.batch import Batch, Delta, Group, padded, united

BATCH = Batch((Group(0, 0, 0, 1), Group(1, 6, 1, 3)), torch.tensor([0, 1, 1]))
OLD = torch.arange(1.0, 17).reshape(2, 8, 1)  # (sequences, length, channels)


def test_a_window_holds_old_values_and_zeros_outside_of_the_sequence():
    found = BATCH.old_window(OLD, -1, 3, 1)  # (window, items, channels)
    assert found[..., 0].T.tolist() == [[0, 1, 2, 3], [14, 15, 16, 0], [14, 15, 16, 0]]
    assert BATCH.subtract_old(found + 2, OLD, -1, 1)[..., 0].T.tolist() == [[0, 2, 2, 2], [2, 2, 2, 0], [2, 2, 2, 0]]


def test_changes_are_put_back_at_the_place_of_their_edit():
    whole = OLD.transpose(1, 2)  # (sequences, channels, length)
    new = BATCH.spliced(whole, Delta(0, 2, torch.full((2, 3, 1), 100.0)), 1)
    changed = new - whole[BATCH.index]
    assert [torch.nonzero(row[0]).flatten().tolist() for row in changed] == [[0, 1], [6, 7], [6, 7]]
    assert changed.max() == 100


def test_reaches_unite_relative_to_their_anchors():
    reach = united(np.array([3, 12, 5]), np.array([6, 14, 5]), np.array([4, 10, 0]))
    assert (reach.low, reach.high) == (-1, 4)
    assert united(np.array([5]), np.array([5]), np.array([0])) is None


def test_a_change_is_padded_and_cut():
    delta = Delta(2, 4, torch.ones(2, 1, 1))
    assert padded(delta, 1, 6).flatten().tolist() == [0, 1, 1, 0, 0]
    assert padded(delta, 3, 4).flatten().tolist() == [1]
