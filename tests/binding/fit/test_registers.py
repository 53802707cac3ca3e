"""Registers of the two matrices of a pair: found again beside each other, where each stood best on its own or not."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.fit import update
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.optimise import Effort
from cisgrammar.binding.fit.procedure import procedure
from cisgrammar.binding.fit.registers import move_pair
from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.reads.count_table import CountTable
from toy_binding import NO_PENALTY, betas, drawn

WIDTH = 12
SETTINGS = FitSettings(subset=5000, search=Search(shift=2), penalty=NO_PENALTY, effort=Effort(60, 1e-6))


def heterodimer(palindrome: bool = False) -> Experiment:
    """TGAC and, on the other strand right beside it, a 4-bp factor; rounds 0 and 2."""
    psams = [PSAM(4).double(), PSAM(4, symmetry=[1, 2, -2, -1] if palindrome else None).double()]
    psams[0].betas.data = betas("TGAC", 2, 1.5, 3.0)
    psams[1].betas.data = betas("CATG" if palindrome else "CGGA", 3, 1.5, 3.0)[: len(psams[1].betas)]
    modes = [Mode(Conv1d(psam, WIDTH, WIDTH, WIDTH)) for psam in psams]
    spacing = Spacing(*psams, WIDTH - 3, max_overlap=1, max_spacing=3)
    bindings = [NonSpecific(WIDTH, WIDTH), *modes, Cooperativity(spacing, *modes)]
    model = Experiment(bindings, chain("bound_unsaturated", [True, False, True])).double()
    spacing.log_spacing.data[:] = -6.0
    spacing.log_spacing.data[1, 4 + spacing.n_windows - 1] = 0.0
    for binding, activity in enumerate((-7.0, -7.0, -7.0, 0.0)):
        model.log_activity.data[binding] = activity
    return model


def reads(model: Experiment) -> CountTable:
    table = drawn(model, 2500, WIDTH, 4, pool=300_000)
    return CountTable(table.variable, table.counts * [1, 0, 1])


def pair_loss(start: Experiment, table: CountTable, moved: tuple[int, int] = (0, 0), search: bool = True) -> float:
    """Loss with the search for registers or without it, from matrices out of register that are fitted first."""
    fit = Fit([start], [table], SETTINGS)
    fit.state.active = [[True] * 4]
    for psam, step in zip((b.psam for b in start.bindings[1:3]), moved, strict=True):
        if step:
            update.update_footprint(start, psam, step, -step)
    start.unfreeze("all")
    fit.state.search(fit.model, 60, 1e-6)
    stage = next(s for s in procedure(fit.model, SETTINGS.search) if s.parameter == "spacing")
    if search:
        move_pair(fit.state, stage, 2)
    return fit.state.polish(fit.model, Effort(60, 1e-7))


@pytest.mark.parametrize("moved", [(0, 2), (-1, 0)])
def test_matrices_out_of_register_come_to_the_likelihood_of_those_in_it(moved: tuple[int, int]) -> None:
    table = reads(heterodimer())
    best = pair_loss(heterodimer(), table, search=False)
    assert pair_loss(heterodimer(), table, moved, search=False) > best + 2e-3
    assert pair_loss(heterodimer(), table, moved) < best + 5e-4


def test_a_palindromic_half_stays_and_the_other_moves() -> None:
    table = reads(heterodimer(palindrome=True))
    best = pair_loss(heterodimer(palindrome=True), table, search=False)
    model = heterodimer(palindrome=True)
    assert pair_loss(model, table, (1, 0)) < best + 5e-4
    assert model.bindings[2].psam.palindrome
    torch.testing.assert_close(*model.bindings[2].psam.get_filter(0))
    assert np.isfinite(best)
