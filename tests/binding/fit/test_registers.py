"""Registers of the two matrices of a pair: found again beside each other, where each stood best on its own."""

from __future__ import annotations

import pytest

from cisgrammar.binding.fit import registers
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.optimise import Effort
from cisgrammar.binding.fit.settings import FitSettings, Search
from toy_heterodimer import heterodimer, model


def loss(seeds: tuple[str, str], shift: int) -> float:
    table = heterodimer(2500, 0)
    settings = FitSettings(search=Search(shift=shift), effort=Effort(100, 1e-6))
    return Fit(list(model(table, seeds).experiments.values()), [table], settings).run()


def test_the_default_search_ends_where_the_seeded_fit_does() -> None:
    assert loss(("", ""), 2) < loss(("TGACGT", "GGAATC"), 0) + 5e-4


def test_only_a_pair_has_two_halves() -> None:
    table = heterodimer(100, 0)
    fit = Fit(list(model(table).experiments.values()), [table])
    stage = registers.Stage("fit", "all", ((0, 1),))
    with pytest.raises(ValueError, match="about no pair"):
        registers.move_pair(fit.state, stage, 1)
