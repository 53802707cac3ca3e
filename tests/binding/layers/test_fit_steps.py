"""The steps of a fit have an order, and every binding takes steps that are in it."""

from __future__ import annotations

from typing import get_args

import pytest

from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Binding
from cisgrammar.binding.layers.fit_steps import ACTIVATE, FIT_ALL, ORDER, START, Kind, Parameter
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.spacing import Spacing


def mode(**given: int) -> Mode:
    return Mode(Conv1d(PSAM(4, **given), 14, 14, 14, train_posbias=True))


def dimer() -> Cooperativity:
    a, b = mode(), mode()
    return Cooperativity(Spacing(a.psam, b.psam, 11), a, b)


BINDINGS = {
    "nonspecific": lambda: NonSpecific(14, 14),
    "mode": mode,
    "mode of pairs": lambda: mode(pairwise_distance=1),
    "dimer": dimer,
}


def test_every_kind_and_parameter_has_one_place() -> None:
    assert {step.kind for step in ORDER} == set(get_args(Kind))
    assert {step.parameter for step in ORDER} == set(get_args(Parameter))
    assert len(set(ORDER)) == len(ORDER)
    assert all(bool(step.parameter) == (step.kind == "fit") for step in ORDER)


def test_what_is_switched_on_is_found_before_it_is_fitted() -> None:
    assert ORDER[:2] == (ACTIVATE, START)
    fits = [step.kind == "fit" for step in ORDER]
    assert fits == sorted(fits)
    assert ORDER[-1] == FIT_ALL


@pytest.mark.parametrize("name", BINDINGS)
def test_steps_of_a_binding_are_in_the_order(name: str) -> None:
    binding: Binding = BINDINGS[name]()
    steps = binding.fit_steps()
    assert steps[0] == ACTIVATE
    assert [ORDER.index(step) for step in steps] == sorted({ORDER.index(step) for step in steps})
