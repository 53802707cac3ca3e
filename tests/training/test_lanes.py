"""Pieces of work side by side: their order, their errors, and that a thread count changes no bit."""

from __future__ import annotations

import threading

import pytest
import torch
from torch import nn

from cisgrammar.training.lanes import map_in_lanes, model_lanes


class Remembering(nn.Module):
    """A convolution that keeps its input between two steps, as a layer with a cache does."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv1d(4, 8, 5)
        self.kept = None

    def forward(self, x):
        self.kept = x
        y = self.conv(x)
        return y.sum(1) + self.kept[:, 0, : y.shape[2]]


@pytest.fixture(params=[1, 2, 3])
def threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def run(model, x):
    with torch.inference_mode():
        return model(x)


def test_results_come_in_order_and_are_those_of_one_thread(threads):
    model = Remembering()
    items = [torch.rand(2, 4, 50 + 7 * (i % 5)) for i in range(40)]
    found = list(map_in_lanes(run, model_lanes(model), items))
    torch.set_num_threads(1)
    for got, item in zip(found, items, strict=True):
        assert torch.equal(got, run(model, item))


def test_threads_are_as_before(threads):
    stopped = map_in_lanes(run, model_lanes(Remembering()), [torch.rand(1, 4, 20)] * 30)
    next(stopped)
    stopped.close()
    assert torch.get_num_threads() == threads
    seen = []
    other = threading.Thread(target=lambda: seen.append((torch.ones(2) + 1, torch.get_num_threads())[1]))
    other.start()
    other.join()
    assert seen == [threads]


def test_an_error_is_the_callers(threads):
    done = []

    def fail(model, item):
        if item == 3:
            raise ValueError("piece 3")
        done.append(item)
        return item

    with pytest.raises(ValueError, match="piece 3"):
        list(map_in_lanes(fail, model_lanes(Remembering()), range(100)))
    assert len(done) < 20


def test_few_items_are_drawn_ahead(threads):
    drawn = []

    def items():
        for i in range(100):
            drawn.append(i)
            yield torch.rand(1, 4, 20)

    for i, _ in enumerate(map_in_lanes(run, model_lanes(Remembering()), items())):
        assert len(drawn) <= i + 2 + 2 * threads
    assert list(map_in_lanes(run, model_lanes(Remembering()), [])) == []


def test_copies_share_weights_and_nothing_else(threads):
    model, seen = Remembering(), []

    def look(copy, item):
        seen.append((copy.conv.weight.data_ptr(), copy.kept))
        copy.kept = item
        return copy

    copies = set(map_in_lanes(look, model_lanes(model), range(20)))
    assert {pointer for pointer, _ in seen} == {model.conv.weight.data_ptr()}
    assert (model in copies) == (threads == 1)


def test_a_model_that_cannot_be_copied_runs_alone(threads):
    model = Remembering()
    model.lock = threading.Lock()
    callers = set()

    def note(model, item):
        callers.add(threading.current_thread())
        return item

    assert list(map_in_lanes(note, model_lanes(model), range(5))) == list(range(5))
    assert callers == {threading.current_thread()}
