"""Compile the loops over reads ahead of the first fit: `python -m cisgrammar.binding.compile_ahead`."""

from __future__ import annotations

import numpy as np
import torch

from cisgrammar.binding.fit.fit_state import FitState
from cisgrammar.binding.fit.settings import FitSettings
from cisgrammar.binding.layers.build import build
from cisgrammar.binding.reads.count_table import CountTable
from cisgrammar.config.binding import BindingModel
from cisgrammar.config.selex_sheet import SelexLibrary

# Tables score no fewer reads.
_READS, _LENGTH = 128, 20
_MODEL = {"motifs": {"motif": {"width": 6}}, "cooperativity": [{"a": "motif", "b": "motif", "hill": True}]}


def compile_ahead() -> None:
    """Take one gradient of a motif and of a pair with a Hill exponent, in float32 and float64."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (_READS, _LENGTH)).astype(np.uint8)
    table = CountTable(codes, 1.0 + rng.integers(0, 3, (_READS, 2)).astype(np.float64))
    model = BindingModel.model_validate({**_MODEL, "flank_length": 0})
    library = SelexLibrary(model="ahead", counts="ahead.tsv")
    experiment = build(model, [library], [table], seed=0).experiments[library.library]
    state = FitState([experiment], [table], FitSettings(), "cpu")
    for active in ([True, True, False], [True, True, True]):
        state.active = [active]
        for dtype in (torch.float32, torch.float64):
            experiment.set_compute_dtype(dtype)
            state.loss(state.data)


if __name__ == "__main__":
    compile_ahead()
