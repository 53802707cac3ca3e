"""Both matrices of a pair cut from one wide motif."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.fit import wide_motif
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment, Model
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.likelihood.likelihood import Data
from cisgrammar.binding.likelihood.spaced import entries
from toy_binding import betas, drawn

READ = 20


def pair(sizes: tuple[int, int] = (6, 5), palindrome: bool = False, **limits) -> Model:
    """Two factors of these widths and their pair, not fitted."""
    half = sizes[0] // 2
    symmetry = [*range(1, half + 1), *range(-half, 0)] if palindrome else None
    psams = [PSAM(sizes[0], symmetry=symmetry).double(), PSAM(sizes[1]).double()]
    modes = [Mode(Conv1d(psam, READ, READ, READ)) for psam in psams]
    spacing = Spacing(*psams, READ - min(sizes) + 1, **{"max_overlap": 0} | limits)
    bindings = [NonSpecific(READ, READ), *modes, Cooperativity(spacing, *modes)]
    return Model([Experiment(bindings, chain("bound_unsaturated", [True, True])).double()])


def site(sizes: tuple[int, int], gap: int, before: int, width: int) -> tuple[PSAM, list[np.ndarray]]:
    """A wide motif with a strong site of each width, `gap` bases between, and both sites as they lie in it."""
    parts = [betas("TGATTAGC"[:size], seed).numpy() for size, seed in zip(sizes, (1, 2), strict=True)]
    parts = [part - part.mean(1, keepdims=True) for part in parts]
    matrix = np.zeros((width, 4))
    matrix[before : before + sizes[0]] = parts[0]
    matrix[before + sizes[0] + gap : before + sum(sizes) + gap] = parts[1]
    psam = PSAM(width).double()
    psam.betas.data = torch.from_numpy(matrix)
    return psam, parts


@pytest.mark.parametrize("sizes", [(6, 5), (5, 6), (6, 6)])
@pytest.mark.parametrize("gap", [0, 3])
@pytest.mark.parametrize("limits", [{}, {"score_same": False}, {"score_reverse": False}, {"score_mode": "positive"}])
def test_a_cut_gives_back_both_sites_in_a_placement_that_is_allowed(
    sizes: tuple[int, int], gap: int, limits: dict[str, object]
) -> None:
    model = pair(sizes, **limits)
    dimer = model[0].bindings[3]
    wide, parts = site(sizes, gap, 1, sum(sizes) + 4)
    halves = wide_motif.cut(wide, dimer)
    entry = next(e for e in entries(dimer) if (e.row, e.index) == (halves.row, halves.index))
    assert entry.gap == gap
    # Put together again they are the wide motif or its reverse complement.
    second = halves.second if entry.strands == "same" else halves.second[::-1, ::-1]
    whole = np.concatenate([halves.first, second] if entry.offset > 0 else [second, halves.first])
    wanted = np.concatenate(parts)
    assert np.allclose(whole, wanted) or np.allclose(whole, wanted[::-1, ::-1])


@pytest.mark.parametrize("turned", [False, True])
def test_matrices_keep_their_names_and_strands(turned: bool) -> None:
    model = pair((6, 6))
    dimer = model[0].bindings[3]
    wide, (first, second) = site((6, 6), 2, 1, 16)
    known = (second[::-1, ::-1], first) if turned else (first, second)
    for psam, matrix in zip(dimer.spacing.psams, known, strict=True):
        psam.betas.data = torch.from_numpy(0.3 * matrix.copy())
    halves = wide_motif.cut(wide, dimer)
    np.testing.assert_allclose(halves.first, known[0])
    np.testing.assert_allclose(halves.second, known[1])


def test_only_pairs_of_two_factors_that_fit_are_cut() -> None:
    def width(model: Model, dimers: list[Cooperativity | None] | None = None) -> int | None:
        wide = wide_motif.wide_model(model, dimers or [model[0].bindings[3]], 1)
        return wide and wide[0].bindings[1].psam.kernel_size

    assert width(pair((6, 5))) == 15
    assert width(pair((6, 5), max_spacing=1)) == 12
    assert width(pair((9, 9))) == READ
    assert width(pair((6, 5), palindrome=True)) is None
    model = pair()
    assert width(model, [None]) is None
    psam = PSAM(4).double()
    mode = Mode(Conv1d(psam, READ, READ, READ))
    same = Cooperativity(Spacing(psam, psam, READ - 3, max_overlap=0), mode, mode)
    assert width(Model([Experiment([mode, same], chain("bound_unsaturated", [True, True]))]), [same]) is None


def test_a_pair_that_is_put_has_its_share_and_placement() -> None:
    model = pair()
    dimer = model[0].bindings[3]
    wide, _ = site((6, 5), 1, 2, 15)
    halves = wide_motif.cut(wide, dimer)
    table = drawn(model[0], 300, READ, 1, 2000)
    data = Data(table, [0, 1])
    wide_motif.put(model, [(0, 3)], halves, [data], 100)
    assert int(dimer.spacing.log_spacing.argmax()) == halves.row * dimer.spacing.log_spacing.shape[1] + halves.index
    with torch.no_grad():
        part = dimer(data.codes)[:, None] + model[0].log_activity[3]
        share = (part - model[0].log_aggregate(data.codes)).exp().mean()
    assert float(share) == pytest.approx(0.3, abs=1e-3)
    np.testing.assert_allclose(dimer.spacing.psams[0].get_filter(0)[0].T.detach(), halves.first)
