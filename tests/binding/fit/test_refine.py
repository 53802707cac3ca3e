"""Reads taken as draws from their library at the end of a fit: when it is believed, and when not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import kstest

from cisgrammar.binding.export import centred_betas
from cisgrammar.binding.fit import refine
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.optimise import FitFailed
from cisgrammar.binding.fit.procedure import may_be_drawn
from cisgrammar.binding.fit.refine import consistency
from cisgrammar.binding.fit.settings import FitSettings
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.likelihood.library_likelihood import LibraryObjective
from cisgrammar.binding.reads.count_table import CountTable
from toy_binding import WIDTH, betas, dimer, drawn, monomer
from toy_library import QUICK, strict


def test_the_test_of_agreement_has_its_level_and_finds_a_shift() -> None:
    rng = np.random.default_rng(0)
    root = rng.normal(size=(6, 6))
    library = root @ root.T
    extra = np.diag([3.0, 2.0, 5.0, 1.0, 4.0, 0.0]) * np.trace(library)
    free, p_values = library + extra, []
    for _ in range(300):
        p_values.append(consistency(rng.multivariate_normal(np.zeros(6), extra), free, library))
    assert {p.directions for p in p_values} == {5}
    assert kstest([p.p_value for p in p_values], "uniform").pvalue > 0.01
    assert consistency(np.sqrt(np.diag(extra)) * 6, free, library).p_value < 1e-6
    nothing = consistency(np.zeros(6), free, free)
    assert nothing.directions == 0
    assert not nothing.accepted


def test_what_gains_little_or_is_worse_than_the_free_fit_is_tested_too() -> None:
    """Three faults of a test that looked only where a fifth is gained: each of these was accepted with P of 1."""
    assert not consistency(np.array([0, 100.0]), np.eye(2), np.diag([0.1, 0.81])).accepted
    assert not consistency(np.array([0, 100.0]), np.eye(2), np.diag([0.1, 1.0])).accepted
    assert not consistency(np.zeros(2), np.eye(2), np.diag([0.1, 2.0])).accepted
    assert not consistency(np.zeros(0), np.zeros((0, 0)), np.zeros((0, 0))).accepted
    assert consistency(np.zeros(2), np.eye(2), np.diag([0.1, 0.81])).accepted


def test_the_doubt_is_the_share_of_a_difference_that_is_more_than_chance() -> None:
    """Over differences of a known mean b, the doubted part of the squared difference is b^2 on average."""
    rng, k, b = np.random.default_rng(1), 12, 1.0
    found = []
    for _ in range(400):
        difference = rng.normal(b, np.sqrt(0.75), k)
        found.append(consistency(difference, np.eye(k), np.eye(k) / 4).doubt * difference**2)
    assert np.mean(found) == pytest.approx(b**2, rel=0.15)
    assert consistency(np.full(k, 0.1), np.eye(k), np.eye(k) / 4).doubt == 0.0


def test_a_fit_ends_with_draws_from_the_library_where_they_agree() -> None:
    table = drawn(strict(), 4000, WIDTH, 3, pool=200_000)
    ours, free = fit(table), fit(table, "free")
    assert [c.kind for c in ours.compositions] == ["even letters"]
    assert free.compositions == [None]
    assert ours.history[-1]["stage"] == "draws from library"
    assert len(free.history) == len(ours.history) - 1
    truth = centred_betas(strict().bindings[1].psam)
    errors = []
    for one in (ours, free):
        found = centred_betas(one.model[0].bindings[1].psam)
        errors.append(min(((found - truth) ** 2).mean(), ((found[::-1, ::-1] - truth) ** 2).mean()))
    assert errors[0] < errors[1]
    # Depths are those that the counts of both rounds ask for: less than that would leave a slope.
    whole = ours.data[0].counts.double().sum(0)
    with torch.no_grad():
        share = (ours.model[0](ours.data[0].codes).double().exp() * ours.data[0].counts.sum(1, keepdim=True)).sum(0)
    torch.testing.assert_close(share, whole, rtol=1e-3, atol=0)


def test_a_failure_at_the_end_keeps_what_was_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    table = drawn(strict(), 1000, WIDTH, 3)
    free = fit(table, "free")

    def failed(objective: LibraryObjective, *_: object) -> float:
        objective.experiments[0].bindings[1].psam.betas.data += 1.0
        raise FitFailed("loss became nan")

    monkeypatch.setattr(refine, "minimise", failed)
    ours = fit(table)
    assert ours.compositions == [None]
    for one, other in zip(ours.model.parameters(), free.model.parameters(), strict=True):
        assert torch.equal(one, other)


def test_without_a_motif_there_is_nothing_to_learn_from_the_library() -> None:
    assert may_be_drawn(monomer())
    assert not may_be_drawn(dimer())
    assert not may_be_drawn(Experiment([NonSpecific(WIDTH, WIDTH)], chain("bound_unsaturated", [True, True])))


def test_a_library_that_lacks_the_motif_is_not_believed() -> None:
    """Reads with the six bases of the motif are rare in the library itself, which no chain of triplets can know."""
    rng = np.random.default_rng(0)
    pool = rng.integers(0, 4, (400_000, WIDTH)).astype(np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(pool, 6, axis=1)
    motif = np.array([3, 2, 0, 1, 2, 0])
    holds = (windows == motif).all(2).any(1) | (windows == (3 - motif)[::-1]).all(2).any(1)
    pool = pool[~holds | (rng.random(len(pool)) < 0.1)]
    psam = PSAM(6).double()
    psam.betas.data = betas("TGACGA", 1, 1.5, 3.0)
    mode = Mode(Conv1d(psam, WIDTH, WIDTH, WIDTH))
    truth = Experiment([NonSpecific(WIDTH, WIDTH), mode], chain("bound_unsaturated", [True, True])).double()
    truth.log_activity.data[0] = -6.0
    weight = truth.log_aggregate(torch.from_numpy(pool))[:, 0].exp().detach().numpy()
    reads = [pool[rng.choice(len(pool), 20_000)], pool[rng.choice(len(pool), 20_000, p=weight / weight.sum())]]
    table = CountTable(np.concatenate(reads), np.repeat(np.eye(2), 20_000, axis=0))
    ours, free = fit(table, width=6), fit(table, "free", width=6)
    assert ours.compositions == [None]
    for one, other in zip(ours.model.parameters(), free.model.parameters(), strict=True):
        assert torch.equal(one, other)


def fit(table: CountTable, how: str = "auto", width: int = 4) -> Fit:
    mode = Mode(Conv1d(PSAM(width), WIDTH, WIDTH, WIDTH))
    model = Experiment([NonSpecific(WIDTH, WIDTH), mode], chain("bound_unsaturated", [True, True]))
    found = Fit([model], [table], FitSettings(**{**vars(QUICK), "initial_library": how}))
    found.run()
    return found


def test_one_direction_is_tested_by_itself_and_keeps_the_level() -> None:
    """Of 400 differences that are chance 5 % are rejected (binomial error 1.1 %); a shift along the direction that is
    lost among 20 others is found."""
    rng, k = np.random.default_rng(2), 20
    along, free, library = rng.normal(size=k), np.eye(k), np.eye(k) / 4
    shift = 3.2 * np.sqrt(0.75) * along / np.linalg.norm(along)
    chance, shifted, whole = [], [], []
    for _ in range(400):
        difference = rng.normal(0, np.sqrt(0.75), k)
        chance.append(consistency(difference, free, library, along).accepted)
        shifted.append(consistency(difference + shift, free, library, along).accepted)
        whole.append(consistency(difference + shift, free, library).accepted)
    assert 1 - np.mean(chance) == pytest.approx(0.05, abs=3 * 0.011)
    # Power of a score of 3.2 standard errors at 0.025 on two sides: 0.83, binomial error 0.02.
    assert 1 - np.mean(shifted) > 0.77
    assert 1 - np.mean(whole) < 0.6
