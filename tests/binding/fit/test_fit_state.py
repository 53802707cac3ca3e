"""A model beside its reads: subsets, what a checkpoint holds, trials that leave the model alone."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.fit import update
from cisgrammar.binding.fit.fit_state import FitState
from cisgrammar.binding.fit.settings import FitSettings
from cisgrammar.binding.reads.count_table import CountTable
from toy_reads import monomer


def state(table: CountTable) -> FitState:
    return FitState([monomer()], [table], FitSettings(subset=500), "cpu")


def test_subsets_are_drawn_once_and_for_each_seed_alike(table: CountTable) -> None:
    first, second = state(table), state(table)
    assert [len(d[0]) for d in (first.data, first.small, first.tiny)] == [len(table.counts), 500, 250]
    assert torch.equal(first.small[0].codes, second.small[0].codes)
    first.take_tables([table.with_flank_lengths(0, 0)])
    assert torch.equal(first.tiny[0].codes, second.tiny[0].codes)


def test_a_checkpoint_restores_shapes_flags_and_history(table: CountTable) -> None:
    saved, fresh = state(table), state(table)
    update.update_footprint(saved.model, saved.model[0].bindings[1].psam, 1, 1)
    saved.active = [[True, False]]
    saved.model.requires_grad_(False)
    saved.history = [{"stage": "activate binding 0", "loss": 0.5}]
    fresh.restore(saved.content())
    assert fresh.model[0].bindings[1].psam.kernel_size == 7
    assert (fresh.active, fresh.history) == (saved.active, saved.history)
    assert not any(p.requires_grad for p in fresh.model.parameters())


def test_a_trial_leaves_the_model_alone_until_it_is_taken(table: CountTable) -> None:
    fit = state(table)
    fit.active = [[True, True]]
    before = fit.model[0].bindings[1].psam.betas.detach().clone()
    trial = fit.copied_model()
    loss = fit.search(trial, iterations=5)
    assert torch.equal(fit.model[0].bindings[1].psam.betas, before)
    assert fit.scored > 500
    fit.take(trial)
    assert fit.loss(fit.small) == pytest.approx(loss, rel=1e-6)


def test_a_subset_is_penalised_as_all_reads_are(table: CountTable) -> None:
    fit = state(table)
    assert fit.objective(fit.model, fit.tiny).total_counts == fit.data[0].total
