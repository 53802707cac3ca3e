"""Layers: the change that each computes in a window is that of the whole sequence."""

import pytest
import torch
from torch.nn import functional

from cisgrammar.perturb.incremental.batch import Batch, Delta, Group, Reach
from cisgrammar.perturb.incremental.layers import Concatenate, Old, Pointwise, Pool, Shift, Sum, Total

BATCH = Batch((Group(0, 4, 0, 2),), torch.tensor([0, 0]))
OLD = torch.randn(1, 3, 12, generator=torch.Generator().manual_seed(0))
CHANGE = torch.zeros(2, 3, 12)
CHANGE[:, :, 4:7] = torch.randn(2, 3, 3, generator=torch.Generator().manual_seed(1))
DELTA = Delta(0, 3, CHANGE[:, :, 4:7].permute(2, 0, 1))


def rows(values, stride=1):
    return Old(values.transpose(1, 2).contiguous(), stride)


def reach(low, high):
    return Reach(None, None, low, high)


def in_window(layer, function, window, stride=1):
    """The change in a window relative to the anchor, by the layer and by the whole function."""
    result = function(OLD)
    found = layer.delta(BATCH, [DELTA], [rows(OLD)], (rows(result, stride), reach(*window)))
    wanted = function(OLD + CHANGE) - result  # (items, channels, positions)
    first = 4 // stride
    return found.permute(1, 2, 0), wanted[:, :, first + window[0] : first + window[1]]


@pytest.mark.parametrize(
    ("layer", "function", "window", "stride"),
    [
        (Pointwise(torch.tanh, 3), torch.tanh, (-1, 4), 1),
        (Pointwise(torch.relu, 3, rectifies=True), torch.relu, (-1, 4), 1),
        (Shift(offset=2), lambda x: x[..., 2:], (-2, 1), 1),
        (Shift(channels=slice(1, 3)), lambda x: x[:, 1:3], (0, 3), 1),
        (Pool(lambda x: functional.max_pool2d(x, (1, 2)), 2, 2), lambda x: functional.max_pool1d(x, 2), (0, 2), 2),
    ],
)
def test_the_change_is_that_of_the_whole_function(layer, function, window, stride):
    found, wanted = in_window(layer, function, window, stride)
    torch.testing.assert_close(found, wanted)


def test_sums_weigh_their_parts_and_leave_out_what_did_not_change():
    layer = Sum((1.0, -2.0))
    own = (rows(OLD), reach(0, 3))
    torch.testing.assert_close(layer.delta(BATCH, [None, DELTA], [], own), -2 * DELTA.rows)
    torch.testing.assert_close(layer.delta(BATCH, [DELTA, DELTA], [], own), -DELTA.rows)


def test_channels_beside_each_other_are_zero_where_nothing_changed():
    found = Concatenate().delta(BATCH, [None, DELTA], [rows(OLD), rows(OLD)], (rows(OLD), reach(0, 3)))
    torch.testing.assert_close(found, torch.cat([torch.zeros_like(DELTA.rows), DELTA.rows], dim=2))


def test_totals_add_the_sum_of_the_changes():
    old = OLD.mean(dim=2)
    torch.testing.assert_close(Total(1 / 12).total(BATCH, DELTA, old), (OLD + CHANGE).mean(dim=2))
    torch.testing.assert_close(Total(1 / 12).total(BATCH, None, old), old.expand(2, -1))


def test_a_layer_of_one_input_refuses_an_unchanged_one():
    with pytest.raises(ValueError, match="the input has not changed"):
        Shift().delta(BATCH, [None], [rows(OLD)], (rows(OLD), reach(0, 3)))
