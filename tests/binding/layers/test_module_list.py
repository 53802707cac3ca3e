"""A list of modules of one type is an `nn.ModuleList` in all that torch does with it."""

from __future__ import annotations

import copy

import torch
from torch import nn

from cisgrammar.binding.layers.module_list import ModuleListOf


def layers() -> ModuleListOf[nn.Linear]:
    return ModuleListOf[nn.Linear]([nn.Linear(2, width) for width in (1, 2, 3)])


def test_items_come_in_their_order() -> None:
    found = layers()
    assert [layer.out_features for layer in found] == [1, 2, 3]
    assert (found[0].out_features, found[-1].out_features, len(found)) == (1, 3, 3)


def test_a_slice_is_such_a_list_of_the_same_modules() -> None:
    found = layers()
    assert type(found[1:]) is ModuleListOf
    assert list(found[1:]) == [found[1], found[2]]


def test_torch_sees_the_parameters_under_the_names_that_files_have() -> None:
    found = layers()
    assert list(found.state_dict()) == [f"{i}.{name}" for i in range(3) for name in ("weight", "bias")]
    assert {parameter.dtype for parameter in found.float().parameters()} == {torch.float32}


def test_a_copy_has_weights_of_its_own() -> None:
    found = layers()
    other = copy.deepcopy(found)
    with torch.no_grad():
        other[0].weight.add_(1)
    assert type(other) is ModuleListOf
    assert not torch.equal(found[0].weight, other[0].weight)
