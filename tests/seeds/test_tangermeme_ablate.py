"""Every call, argument and return on the page of `tangermeme.ablate`, as written there."""

import importlib
import inspect

import numpy as np
import pytest
import torch
from torch import nn

from cisgrammar.perturb.ablate import ablate
from cisgrammar.perturb.ablate_annotations import ablate_annotations
from cisgrammar.perturb.predict import predict
from cisgrammar.sequence.shuffle import dinucleotide_shuffle, shuffle
from toy_ablation import sequences

LENGTH = 40
ANNOTATIONS = torch.tensor([[0, 5, 15], [2, 20, 30], [0, 10, 25], [1, 0, 40]])


class Network(nn.Module):
    """Convolutions, then one number a sequence; with a further input, added to it; or two outputs."""

    def __init__(self, outputs=1):
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv1d(4, 8, 5, padding=2)
        self.relu = nn.ReLU()
        self.linear = nn.Linear(8, 3)
        self.outputs = outputs

    def forward(self, X, more=None):
        found = self.linear(self.relu(self.conv(X)).mean(dim=2))
        found = found if more is None else found + more
        return found if self.outputs == 1 else [found, 2 * found[:, :1]]


@pytest.fixture
def X():
    return sequences(3, LENGTH)


def test_the_signature_is_that_of_the_page():
    found = inspect.signature(ablate).parameters
    page = ["model", "X", "start", "end", "n", "shuffle_fn", "args", "random_state", "func", "additional_func_kwargs"]
    assert list(found) == [*page, "kwargs"]
    defaults = {name: found[name].default for name in page[2:]}
    assert defaults == {
        "start": 0,
        "end": -1,
        "n": 20,
        "shuffle_fn": shuffle,
        "args": None,
        "random_state": None,
        "func": predict,
        "additional_func_kwargs": None,
    }
    assert list(inspect.signature(ablate_annotations).parameters) == ["model", "X", "annotations", "kwargs"]


def test_outputs_before_and_after_each_of_the_shuffles(X):
    model = Network()
    y_before, y_after = ablate(model, X, 10, 30)
    torch.testing.assert_close(y_before, model(X).detach())
    assert y_after.shape == (3, 20, 3)
    assert not torch.equal(y_after, y_before[:, None].expand_as(y_after))


def test_the_whole_sequence_is_shuffled_by_default(X):
    whole = ablate(Network(), X, n=3, random_state=0).y_after
    torch.testing.assert_close(whole, ablate(Network(), X, 0, -1, n=3, random_state=0).y_after, rtol=0, atol=0)
    torch.testing.assert_close(whole, ablate(Network(), X, 0, LENGTH, n=3, random_state=0).y_after, rtol=0, atol=0)


@pytest.mark.parametrize("shuffle_fn", [shuffle, dinucleotide_shuffle])
def test_shuffle_functions_of_this_package(X, shuffle_fn):
    model = Network()
    _, y_after = ablate(model, X, 10, 30, n=4, shuffle_fn=shuffle_fn, random_state=1)
    shuffled = shuffle_fn(X, 10, 30, n=4, random_state=1)
    torch.testing.assert_close(y_after.flatten(0, 1), model(shuffled.flatten(0, 1)).detach())


@pytest.mark.parametrize("name", ["shuffle", "dinucleotide_shuffle"])
def test_shuffle_functions_of_tangermeme(X, name):
    function = getattr(importlib.import_module("tangermeme.ersatz"), name)
    y_after = ablate(Network(), X, 10, 30, n=4, shuffle_fn=function, random_state=1).y_after
    shuffled = function(X, start=10, end=30, n=4, random_state=1)
    torch.testing.assert_close(y_after.flatten(0, 1), Network()(shuffled.flatten(0, 1)).detach())


def one_permutation(X, start, end, random_state):
    """A shuffle with the four arguments of the page: one permutation, the same in all sequences."""
    state = random_state if isinstance(random_state, np.random.RandomState) else np.random.RandomState(random_state)
    new = X.clone()
    new[:, :, start:end] = X[:, :, start + state.permutation(end - start)]
    return new


@pytest.mark.parametrize("annotated", [False, True])
def test_a_shuffle_function_with_the_arguments_of_the_page(X, annotated):
    def call(seed, n=6):
        if annotated:
            given = {"n": n, "shuffle_fn": one_permutation, "random_state": seed}
            return ablate_annotations(Network(), X, [[1, 10, 30]], **given).y_afters[0]
        return ablate(Network(), X[1:2], 10, 30, n=n, shuffle_fn=one_permutation, random_state=seed).y_after

    first = call(3)
    assert first.shape == (1, 6, 3)
    assert len(torch.unique(first[0], dim=0)) == 6
    assert torch.equal(first, call(3))
    assert not torch.equal(first, call(4))
    state = np.random.RandomState(5)
    wanted = [one_permutation(X[1:2], 10, 30, state) for _ in range(6)]
    torch.testing.assert_close(call(np.random.RandomState(5))[0], Network()(torch.cat(wanted)).detach())
    assert call(None).shape == (1, 6, 3)


def test_a_shuffle_function_of_another_shape_is_refused(X):
    with pytest.raises(ValueError, match=r"shuffle_fn takes no n, so it must give a tensor of the shape of X"):
        ablate(Network(), X, 10, 30, shuffle_fn=lambda X, start, end, random_state: X[:, :2])


def test_further_inputs_are_copied_for_each_shuffle(X):
    more = torch.tensor([[0.0], [100.0], [-50.0]])
    for args in ((more,), [more]):
        y_before, y_after = ablate(Network(), X, 10, 30, n=3, args=args, random_state=0)
        plain = ablate(Network(), X, 10, 30, n=3, random_state=0)
        torch.testing.assert_close(y_before, plain.y_before + more)
        torch.testing.assert_close(y_after, plain.y_after + more[:, None], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("make", [lambda: 7, lambda: np.random.RandomState(7)])
def test_a_seed_or_a_random_state_makes_the_shuffles_deterministic(X, make):
    first, second = (ablate(Network(), X, 10, 30, n=5, random_state=make()).y_after for _ in range(2))
    assert torch.equal(first, second)
    assert not torch.equal(first, ablate(Network(), X, 10, 30, n=5, random_state=8).y_after)


def test_without_a_seed_runs_differ(X):
    first, second = (ablate(Network(), X, 10, 30, n=5).y_after for _ in range(2))
    assert not torch.equal(first, second)


def seen_by_func(model, X, args=None, random_state=None, n=None, shift=0.0):
    """A function that takes a seed, and an argument whose name `ablate` has too."""
    return torch.tensor([[shift, -1.0 if random_state is None else random_state, n or 0]]).repeat(len(X), 1)


def test_the_seed_goes_to_func_unless_it_has_its_own(X):
    call = {"n": 2, "func": seen_by_func, "shift": 2.0}
    assert ablate(Network(), X, random_state=5, **call).y_before[0].tolist() == [2, 5, 0]
    assert ablate(Network(), X, **call).y_before[0].tolist() == [2, -1, 0]
    own = {"random_state": 9, "n": 3}
    assert ablate(Network(), X, random_state=5, additional_func_kwargs=own, **call).y_after[0, 1].tolist() == [2, 9, 3]
    assert own == {"random_state": 9, "n": 3}


@pytest.mark.parametrize("name", ["deep_lift_shap", "saturation_mutagenesis", "predict"])
def test_functions_of_tangermeme(X, name):
    func = getattr(importlib.import_module(f"tangermeme.{name}"), name)
    options = {"saturation_mutagenesis": {"fast": False}, "deep_lift_shap": {"n_shuffles": 3}}.get(name, {})
    model = Network().eval()
    y_before, y_after = ablate(model, X, 10, 30, n=2, random_state=0, func=func, device="cpu", **options)
    shuffled = shuffle(X, 10, 30, n=2, random_state=0)
    seed = {"random_state": 0} if name == "deep_lift_shap" else {}
    torch.testing.assert_close(y_before, func(model, X, device="cpu", **options, **seed))
    wanted = func(model, shuffled.flatten(0, 1), device="cpu", **options, **seed)
    torch.testing.assert_close(y_after.flatten(0, 1), wanted)


def test_a_list_of_outputs_is_a_list_of_tensors(X):
    y_before, y_after = ablate(Network(outputs=2), X, 10, 30, n=4, random_state=0)
    assert [type(y) for y in (y_before, y_after)] == [list, list]
    assert [y.shape for y in y_before] == [(3, 3), (3, 1)]
    assert [y.shape for y in y_after] == [(3, 4, 3), (3, 4, 1)]
    torch.testing.assert_close(y_after[1], 2 * y_after[0][..., :1])
    y_befores, y_afters = ablate_annotations(Network(outputs=2), X, ANNOTATIONS, n=4, random_state=0)
    assert [y.shape for y in y_befores] == [(4, 1, 3), (4, 1, 1)]
    assert [y.shape for y in y_afters] == [(4, 1, 4, 3), (4, 1, 4, 1)]


def test_each_annotation_is_ablated_on_its_own(X):
    y_befores, y_afters = ablate_annotations(Network(), X, ANNOTATIONS, n=5, random_state=2)
    assert y_befores.shape == (4, 1, 3)
    assert y_afters.shape == (4, 1, 5, 3)
    for number, (row, start, end) in enumerate(ANNOTATIONS.tolist()):
        one = X[row : row + 1]
        torch.testing.assert_close(y_befores[number], Network()(one).detach())
        alone = ablate(Network(), one, start, end, n=5, random_state=2).y_after
        torch.testing.assert_close(y_afters[number], alone)


def test_arguments_of_ablate_go_with_annotations(X):
    more = torch.tensor([[0.0], [100.0], [-50.0]])
    call = {"n": 2, "shuffle_fn": dinucleotide_shuffle, "random_state": 3}
    plain = ablate_annotations(Network(), X, ANNOTATIONS, **call)
    found = ablate_annotations(Network(), X, ANNOTATIONS, args=(more,), func=predict, batch_size=2, **call)
    shift = more[ANNOTATIONS[:, 0]][:, None]  # (annotations, 1, 1)
    torch.testing.assert_close(found.y_befores, plain.y_befores + shift)
    torch.testing.assert_close(found.y_afters, plain.y_afters + shift[:, None], rtol=1e-5, atol=1e-5)
    own = {"n": 4, "additional_func_kwargs": {"n": 6}, "func": seen_by_func, "random_state": 1}
    assert ablate_annotations(Network(), X, ANNOTATIONS, **own).y_afters[3, 0].tolist() == [[0, 1, 6]] * 4
