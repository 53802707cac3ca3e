"""Registers of the two matrices of a pair: tried beside each other, with the spacing."""

from __future__ import annotations

import pytest

from cisgrammar.binding.fit import registers
from cisgrammar.binding.fit.fit_state import FitState
from cisgrammar.binding.fit.procedure import Stage
from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.binding.fit.steps import fit_parameters
from cisgrammar.binding.layers.experiment import Experiment
from toy_binding import NO_PENALTY, WIDTH, dimer, drawn

PAIR = Stage("fit", "spacing", ((0, 3),))


def state(start: Experiment, shift: int = 1) -> FitState:
    settings = FitSettings(subset=1000, search=Search(shift=shift), penalty=NO_PENALTY)
    fit = FitState([start], [drawn(dimer(), 500, WIDTH, 4)], settings, "cpu")
    fit.active = [[True] * 4]
    fit.model.requires_grad_(False)
    return fit


@pytest.mark.parametrize(("shift", "wanted"), [(2, [2]), (0, [])])
def test_the_fit_of_a_spacing_moves_both_halves_unless_switched_off(
    monkeypatch: pytest.MonkeyPatch, shift: int, wanted: list[int]
) -> None:
    asked: list[int] = []

    def moved(fit: FitState, stage: Stage, reach: int) -> float:
        asked.append(reach)
        return 0.0

    monkeypatch.setattr(registers, "move_pair", moved)
    fit_parameters(state(dimer(), shift), PAIR, None)  # type: ignore[arg-type]
    assert asked == wanted


def test_only_a_pair_has_two_halves() -> None:
    with pytest.raises(ValueError, match="about no pair"):
        registers.move_pair(state(dimer()), Stage("fit", "all", ((0, 1),)), 1)
