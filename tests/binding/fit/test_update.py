"""A matrix that is too narrow grows to the motif, and one that runs into the flank takes it in; others stay."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from cisgrammar.binding.fit import update
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.optimise import Effort
from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM, Seed
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.reads.count_table import CountTable, Flanks
from toy_binding import betas
from toy_layers import randomise

MOTIF = [3, 2, 0, 1, 1, 0]
LEFT, RIGHT = "ACT", "TTC"


def selected(n: int, width: int, rng: np.random.Generator, low: int, high: int) -> CountTable:
    """`n` even reads, and `n` of which half hold the motif, a letter in ten changed, at a start from low to high.

    A start of -1 puts the first letter into the left flank, whose last is that letter.
    """
    before = rng.integers(0, 4, (n, width))
    after = rng.integers(0, 4, (n, width))
    for read in after[: n // 2]:
        letters = np.where(rng.random(len(MOTIF)) < 0.1, rng.integers(0, 4, len(MOTIF)), MOTIF)
        start = int(rng.integers(low, high + 1))
        inside = [i for i in range(len(MOTIF)) if 0 <= start + i < width]
        read[[start + i for i in inside]] = letters[inside]
    counts = np.repeat([[1.0, 0.0], [0.0, 1.0]], n, axis=0)
    codes = np.concatenate([before, after]).astype(np.uint8)
    return CountTable(codes, counts, Flanks(LEFT, RIGHT, 0, 0))


def seeded(pattern: str, width: int) -> Experiment:
    layer = Conv1d(PSAM(len(pattern), seed=Seed(pattern)), width, width, width)
    return Experiment([NonSpecific(width, width), Mode(layer)], chain("bound_unsaturated", [True, True]))


def settings(**search) -> FitSettings:
    return FitSettings(search=Search(shift=0, **search), effort=Effort(30, 1e-6))


def letters(model: Experiment) -> list[int]:
    return model.bindings[1].psam.get_filter(0)[0].argmax(0).tolist()


def test_a_narrow_matrix_grows_to_the_motif_and_no_further() -> None:
    table = selected(1500, 12, np.random.default_rng(0), 0, 6)
    model = seeded("GACC", 12)
    fit = Fit([model], [table], settings(extend=True, max_kernel_size=12))
    fit.run()
    assert letters(model) == MOTIF
    assert [h["stage"] for h in fit.history][2:4] == ["start binding 1", "extend binding 1"]
    # The windows follow the matrix.
    assert model.bindings[1].layer.log_posbias.shape[-1] == 12 - 6 + 1
    assert float(model.bindings[1].psam.information().min()) > 0.3


def test_a_matrix_grows_no_further_than_allowed() -> None:
    table = selected(400, 12, np.random.default_rng(0), 0, 6)
    model = seeded("GACC", 12)
    Fit([model], [table], settings(extend=True, max_kernel_size=5)).run()
    assert model.bindings[1].psam.kernel_size == 4


@pytest.mark.parametrize(("lowest", "wanted"), [(-1, 14), (0, 12)])
def test_flanks_are_scored_as_far_as_the_motif_runs_into_them(lowest: int, wanted: int) -> None:
    # With sites from -1 on, the first letter of the motif is at times the flank's last.
    table = selected(1500, 12, np.random.default_rng(1), lowest, 6)
    model = seeded("TGACCA", 12)
    fit = Fit([model], [table], settings(flank=2))
    fit.run()
    assert letters(model) == MOTIF
    assert model.bindings[1].layer.input_shape == wanted
    assert fit.data[0].codes.shape[1] == wanted
    assert model.bindings[0].max_input_length == wanted
    assert [t.flanks.left_length for t in fit.tables] == [(wanted - 12) // 2]


def test_a_shift_there_and_back_keeps_the_middle() -> None:
    psam = PSAM(4)
    mode = Mode(Conv1d(psam, 10, 10, 10, train_posbias=True))
    randomise(mode)
    before = psam.get_filter(0)[0].detach()
    update.update_footprint(mode, psam, 1, -1)
    torch.testing.assert_close(psam.get_filter(0)[0][:, 1:], before[:, :-1])
    update.update_footprint(mode, psam, -1, 1)
    torch.testing.assert_close(psam.get_filter(0)[0][:, :-1], before[:, :-1])
    assert not psam.get_filter(0)[0][:, -1].any()
    with pytest.raises(ValueError, match="do not fit"):
        update.update_footprint(mode, psam, 4, 4)


def test_more_flank_adds_windows_with_zero_bias() -> None:
    mode = Mode(Conv1d(PSAM(4), 10, 8, 10, train_posbias=True))
    randomise(mode)
    update.update_flanks(mode, 2, 1)
    layer = mode.layer
    assert (layer.input_shape, layer.min_input_length, layer.max_input_length) == (13, 11, 13)
    assert layer.log_posbias.shape == (3, 2, 10)
    assert not layer.log_posbias[..., :2].any()


@pytest.mark.parametrize("half", [0, 1])
@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize("opposite", [False, True])
def test_a_moved_half_keeps_its_place_beside_the_other(half: int, step: int, opposite: bool) -> None:
    """Ends without preference: a matrix that is moved scores the same sites, if its spacing moves along."""
    width = 24
    psams = [PSAM(7).double() for _ in range(2)]
    for psam, consensus in zip(psams, ("TGA", "CCT"), strict=True):
        psam.betas.data.zero_()
        psam.betas.data[2:5] = betas(consensus, 2, 4.0, 5.0)
    modes = [Mode(Conv1d(psam, width, width, width)) for psam in psams]
    spacing = Spacing(*psams, width - 6)
    spacing.log_spacing.data = torch.full_like(spacing.log_spacing, -20.0).double()
    dimer = Cooperativity(spacing, *modes).double()
    spacing.log_spacing.data[int(opposite), 4 + spacing.n_windows - 1] = 0.0
    # Row 1 has a on the reverse strand.
    a = "TCA" if opposite else "TGA"
    read = torch.tensor([["ACGT".index(b) for b in "GTGTGTGTG" + a + "G" + "CCT" + "GTGTGTGT"]], dtype=torch.uint8)
    before = dimer(read).item()
    assert before > -0.5
    update.move(dimer, psams[half], step)
    assert dimer(read).item() == pytest.approx(before, abs=0.05)
