"""The best of several seeds' fits, beside its reads."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.fit.best_fit import best_fit
from cisgrammar.binding.fit.fit_libraries import fit_motifs
from toy_selex_library import params, read_plan, write_library


def test_the_fit_with_the_lowest_loss_is_kept_with_its_reads(tmp_path) -> None:
    counts, stats = write_library(tmp_path, n=400)
    states, losses = [], {}
    for seed in (1, 2):
        plan, libraries = read_plan(params(pairs=False), counts, stats, seed)
        states.append(str(tmp_path / f"{seed}.pt"))
        history = fit_motifs(plan, libraries, tmp_path / "checkpoint.pt", tmp_path / f"{seed}.pt")
        losses[seed] = history[-1]["loss"]
    best = best_fit(plan, libraries, (1, 2), states)
    assert best.seed == min(losses, key=losses.__getitem__)
    assert best.history.groupby("seed")["loss"].last().to_dict() == losses
    assert set(best.agreement["seed"]) == {1, 2}
    ((library, table),) = best.fitted.train.items()
    assert best.flanks[library] == (table.flanks.left_length, table.flanks.right_length)
    assert len(best.fitted.held_out[library].counts) == len(libraries.held_out[0].counts)
    assert all(p.dtype == torch.float64 for p in best.fitted.experiments[library].parameters())
    with pytest.raises(ValueError, match="is not of this model and data"):
        best_fit(plan, libraries, (1, 2), states[::-1])
