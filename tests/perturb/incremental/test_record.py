"""Recording: every operation in order, its arguments as references, and what cannot be followed."""

import pytest
import torch
from torch import nn

from cisgrammar.perturb.incremental.record import CannotWindow, record

X = torch.eye(4)[torch.randint(0, 4, (2, 30), generator=torch.Generator().manual_seed(0))].transpose(1, 2)


def test_operations_are_kept_with_their_results_and_can_be_redone():
    convolution = nn.Conv1d(4, 3, 5)
    recording = record(lambda x, factor: torch.relu(convolution(x)) * factor, X, (torch.tensor([[[2.0]], [[3.0]]]),))
    names = [value.name for value in recording.values]
    assert names[:2] == ["", ""]
    assert [name for name in names if name in ("convolution", "relu", "mul")] == ["convolution", "relu", "mul"]
    assert [value.of_sequence for value in recording.values[:2]] == [True, False]
    assert recording.single
    last = recording.values[recording.outputs[0]]
    assert last.refs() == [names.index("relu"), 1]
    torch.testing.assert_close(last.redone([torch.ones(2), torch.tensor([5.0, 6])], {}), torch.tensor([5.0, 6]))
    with pytest.raises(ValueError, match="an input of the model is not computed"):
        recording.values[0].redone([], {})


def test_writing_in_place_keeps_what_was_there_before():
    def forward(x):
        y = x * 1.0
        y.add_(1)
        return y

    recording = record(forward, X, ())
    first, second = (value.tensor for value in recording.values if value.name in ("mul", "add"))
    torch.testing.assert_close(second, first + 1)


@pytest.mark.parametrize(
    ("forward", "message"),
    [
        (lambda x: x if x.sum() > 3 else -x, "depends on values"),
        (lambda x: {"y": x + 1}, "its output is a dict"),
        (lambda x: torch.ones(2), "does not come from its inputs"),
    ],
)
def test_recording_says_why_it_cannot(forward, message):
    with pytest.raises(CannotWindow, match=message):
        record(forward, X, ())
