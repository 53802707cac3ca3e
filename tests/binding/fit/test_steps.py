"""What single steps of a fit do."""

from __future__ import annotations

import numpy as np
import torch

from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.optimise import Effort
from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM, Seed
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.reads.count_table import CountTable, Flanks
from toy_reads import drawn, monomer


def test_flanks_are_extended_when_the_motif_runs_into_them(truth: Experiment) -> None:
    inner = drawn(truth, 1500, 12, seed=2)
    cut = CountTable(inner.variable, inner.counts, Flanks("G", "C", 0, 0))
    model = monomer()
    settings = FitSettings(
        subset=3000, search=Search(kmer=5, kmer_starts=1, random_starts=0, shift=0, flank=1, threshold=-1.0)
    )
    fitted = Fit([model], [cut], settings)
    fitted.run()
    assert model.bindings[1].layer.input_shape == 14
    assert fitted.data[0].codes.shape[1] == 14


def test_a_palindrome_is_fitted_with_the_default_search() -> None:
    """It cannot be moved by a position: its fit failed at that step."""
    source = monomer(seed=Seed("TGACC")).double()
    source.bindings[1].psam.betas.data *= 8
    psam = PSAM(4, symmetry=[1, 2, -2, -1])
    model = Experiment([NonSpecific(12, 12), Mode(Conv1d(psam, 12, 12, 12))], chain("bound_unsaturated", [True, True]))
    settings = FitSettings(subset=600, search=Search(kmer=4, kmer_starts=1, random_starts=1), effort=Effort(10, 1e-5))
    fit = Fit([model], [drawn(source, 400, 12, seed=3)], settings)
    assert np.isfinite(fit.run())
    assert not any("shift" in step["stage"] for step in fit.history)
    torch.testing.assert_close(*psam.get_filter(0))
