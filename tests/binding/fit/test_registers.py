"""Registers of the two matrices of a pair: tried beside each other, with the spacing."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.fit import registers, steps
from cisgrammar.binding.fit.fit_state import FitState
from cisgrammar.binding.fit.procedure import Stage
from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.binding.fit.steps import fit_parameters
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.likelihood.spaced import entries, log_omega
from toy_binding import NO_PENALTY, WIDTH, betas, dimer, drawn

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
    monkeypatch.setattr(steps, "_from_wide_motif", lambda *_: asked.append(0))
    fit_parameters(state(dimer(), shift), PAIR, np.random.default_rng(0))
    # A wide motif is tried before, and nothing where the search is switched off.
    assert asked == [0, *wanted][: 2 * len(wanted)]


def test_only_a_pair_has_two_halves() -> None:
    with pytest.raises(ValueError, match="about no pair"):
        registers.move_pair(state(dimer()), Stage("fit", "all", ((0, 1),)), 1)


@pytest.mark.parametrize("strands", ["same", "opposite"])
@pytest.mark.parametrize("offset", [6, 8, -7])
@pytest.mark.parametrize("step", [1, -2])
def test_both_halves_move_along_the_site_and_keep_their_placement(strands: str, offset: int, step: int) -> None:
    model = pair(strands, offset)
    codes = torch.from_numpy(np.random.default_rng(0).integers(0, 4, (200, 20)).astype(np.uint8))
    term = model[0].bindings[3]
    registers.move_both(Stage("fit", "spacing", ((0, 3),)), model, step)
    placements = entries(term)
    best = placements[int(np.argmax(log_omega(term, placements)))]
    assert (best.strands, best.offset) == (strands, offset)
    a, b = (psam.get_filter(0)[0] for psam in term.spacing.psams)
    whole = site(strands, offset)
    # Each half holds the columns of the whole site that it has moved to, and nothing where the site ends.
    for half, (psam, start, turned) in enumerate(((a, 0, False), (b, offset, strands == "opposite"))):
        columns = psam.flip(0, 1) if turned else psam
        for i in range(6):
            column = columns[:, i]
            at = start - step + i
            inside = start <= at < start + 6
            assert bool(column.abs().sum() > 0) == inside, (half, i)
            if inside:
                torch.testing.assert_close(column, whole[half][:, at - start])
    assert torch.isfinite(term(codes)).all()


def pair(strands: str, offset: int) -> Model:
    """Two 6-bp factors that bind at one placement."""
    psams = [PSAM(6).double() for _ in range(2)]
    for psam, consensus, seed in zip(psams, ("TGATTA", "GCCATA"), (1, 2), strict=True):
        psam.betas.data = betas(consensus, seed) - 1.0
    modes = [Mode(Conv1d(psam, 20, 20, 20)) for psam in psams]
    term = Cooperativity(Spacing(*psams, 15, max_overlap=0), *modes)
    for entry in entries(term):
        term.spacing.log_spacing.data[entry.row, entry.index] = 4.0 * (
            (entry.strands, entry.offset) == (strands, offset)
        )
    bindings = [NonSpecific(20, 20), *modes, term]
    return Model([Experiment(bindings, chain("bound_unsaturated", [True, True])).double()])


def site(strands: str, offset: int) -> list[torch.Tensor]:
    """Columns of both factors as they lie on the strand of the first."""
    a, b = (mode.psam.get_filter(0)[0].detach().clone() for mode in pair(strands, offset)[0].bindings[1:3])
    return [a, b.flip(0, 1) if strands == "opposite" else b]
