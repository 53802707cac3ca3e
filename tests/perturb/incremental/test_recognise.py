"""Which recorded operations are recomputed in a window, and which are not."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from cisgrammar.perturb.incremental.layers import Concatenate, Convolve, Pointwise, Pool, Shift, Sum, Total
from cisgrammar.perturb.incremental.recognise import layer_of, resized, total_of
from cisgrammar.perturb.incremental.record import record

X = torch.eye(4)[torch.randint(0, 4, (2, 30), generator=torch.Generator().manual_seed(0))].transpose(1, 2)
WEIGHT = torch.ones(3, 4, 5)


def last(forward):
    recording = record(forward, X, ())
    return recording.values[recording.outputs[0]], recording


@pytest.mark.parametrize(
    ("forward", "kind"),
    [
        (lambda x: functional.conv1d(x, WEIGHT), Convolve),
        (torch.exp, Pointwise),
        (lambda x: torch.softmax(x, dim=1), Pointwise),
        (nn.BatchNorm1d(4).eval(), Pointwise),
        (lambda x: x + 3 * x, Sum),
        (lambda x: torch.cat([x, x], dim=1), Concatenate),
        (lambda x: functional.pad(x, (2, 1)), Shift),
        (lambda x: x[:, :, 3:-2], Shift),
        (lambda x: torch.softmax(x, dim=2), type(None)),
        (lambda x: torch.cat([x, x], dim=2), type(None)),
        (lambda x: x[:, :, ::2], type(None)),
        (lambda x: x * torch.arange(30.0), type(None)),
        (lambda x: torch.cumsum(x, dim=2), type(None)),
    ],
)
def test_operations_along_the_sequence_are_layers_and_others_are_not(forward, kind):
    value, recording = last(forward)
    assert type(layer_of(value, recording)) is kind


def test_layers_have_the_numbers_of_their_operation():
    value, recording = last(lambda x: x[:, :, 3:-2])
    assert layer_of(value, recording).offset == 3
    value, recording = last(lambda x: torch.sub(x, x, alpha=2))
    assert layer_of(value, recording).weights == (1.0, -2.0)
    recording = record(lambda x: functional.max_pool1d(x, 3, 2), X, ())
    pools = [layer_of(value, recording) for value in recording.values if value.name.startswith("max_pool")]
    assert [(type(pool), pool.width, pool.stride) for pool in pools if pool] == [(Pool, 3, 2)]


def test_sums_and_means_over_the_sequence_are_totals():
    value, recording = last(lambda x: x.mean(dim=2))
    assert total_of(value, recording) == Total(1 / 30)
    value, recording = last(lambda x: x.sum(dim=2))
    assert total_of(value, recording) == Total(1.0)
    value, recording = last(lambda x: x.sum(dim=(1, 2)))
    assert total_of(value, recording) is None


def test_shapes_follow_the_number_of_sequences():
    value, _ = last(lambda x: x.reshape(2, 120))
    assert resized(value, sequences=2, items=7)[1] == [7, 120]
