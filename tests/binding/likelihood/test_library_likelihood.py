"""Reads as draws from a known initial library: exact means, smaller and honest errors, and when it is not believed."""

from __future__ import annotations

import copy
import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kstest
from torch import nn

from cisgrammar.binding.evaluate import parameter_tables as reported
from cisgrammar.binding.export import centred_betas
from cisgrammar.binding.fit import refine
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.optimise import Effort, FitFailed, minimise
from cisgrammar.binding.fit.procedure import may_be_drawn
from cisgrammar.binding.fit.refine import Refinement, consistency, estimates
from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.likelihood.composition import Composition, fit_composition
from cisgrammar.binding.likelihood.expected_binding import log_expected_z
from cisgrammar.binding.likelihood.fitted import Fitted
from cisgrammar.binding.likelihood.library_likelihood import LibraryObjective, library_composition
from cisgrammar.binding.likelihood.likelihood import Data
from cisgrammar.binding.likelihood.standard_errors import covariance
from cisgrammar.binding.reads.count_table import CountTable, Flanks
from toy_binding import NO_PENALTY, WIDTH, betas, dimer, drawn, factors_of, fitted, monomer

QUICK = FitSettings(subset=6000, search=Search(kmer=4, kmer_starts=1, random_starts=0, shift=0), penalty=NO_PENALTY)


def every_read(length: int) -> np.ndarray:
    return np.array(list(itertools.product(range(4), repeat=length)), dtype=np.uint8)


def markov(n: int, length: int, order: int, seed: int, sharp: float = 1.0) -> np.ndarray:
    """Reads of a chain of some order, the same at all positions."""
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.full(4, 1 / sharp), 4**order)
    reads = rng.integers(0, 4, (n, length))
    for at in range(length):
        context = np.zeros(n, dtype=int)
        for back in range(max(0, at - order), at):
            context = context * 4 + reads[:, back]
        p = table[context].cumsum(1)
        reads[:, at] = (rng.random((n, 1)) > p[:, :3]).sum(1)
    return reads.astype(np.uint8)


def initial(codes: np.ndarray, flanks: Flanks | None = None) -> CountTable:
    return CountTable(codes, np.ones((len(codes), 1)), flanks or Flanks())


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        (np.random.default_rng(0).integers(0, 4, (4000, 8)), "even letters"),
        (markov(4000, 8, 0, 1), "order 0, all positions alike"),
        (np.random.default_rng(0).integers(0, 4, (4000, 8)) * (np.arange(8) > 3), "order 0, each position its own"),
        (markov(4000, 8, 1, 2), "order 1, all positions alike"),
        (markov(20_000, 12, 2, 3, sharp=4), "order 2, all positions alike"),
    ],
    ids=["even", "composition", "positions", "neighbours", "triplets"],
)
def test_the_composition_is_the_simplest_that_describes_the_reads(codes: np.ndarray, kind: str) -> None:
    found = fit_composition(initial(codes.astype(np.uint8)), 0)
    assert found.kind == kind


@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_probabilities_of_all_reads_add_up_to_one_and_flanks_are_certain(order: int) -> None:
    table = initial(markov(5000, 4, order, order, sharp=3), Flanks("AC", "GG"))
    found = fit_composition(table, 0)
    reads = initial(every_read(4), Flanks("AC", "GG")).codes()
    assert np.exp(found.log_probability(reads)).sum() == pytest.approx(1, abs=1e-9)
    reads[:, 1] = 2
    assert np.exp(found.log_probability(reads)).max() < 1e-100


def test_counts_weigh_reads_and_other_rounds_do_not() -> None:
    codes = every_read(2)
    counts = np.stack([np.where(codes[:, 0] == 3, 3000.0, 1000.0), np.arange(16.0) * 1e5], 1)
    found = fit_composition(CountTable(codes, counts), 0)
    assert np.exp(found.log_next[0, 0].numpy()) == pytest.approx([1 / 6, 1 / 6, 1 / 6, 1 / 2], abs=1e-3)


@settings(max_examples=12, deadline=None)
@given(
    order=st.integers(0, 3),
    pairs=st.integers(0, 2),
    mode=st.sampled_from(["channel", "same", "reverse"]),
    strands=st.booleans(),
    hill=st.booleans(),
    seed=st.integers(0, 10**6),
)
def test_the_mean_of_z_is_that_over_all_reads(order, pairs, mode, strands, hill, seed) -> None:
    rng, flanks = np.random.default_rng(seed), Flanks("GA", "T")
    table = initial(every_read(5), flanks)
    length = table.input_shape
    psam = PSAM(3, pairwise_distance=pairs, score_reverse=strands).double()
    mode = "channel" if mode == "reverse" and not strands else mode
    layer = Conv1d(psam, length, length, length, train_posbias=True, bias_mode=mode)
    factor = Mode(layer, train_hill=hill)
    model = Experiment([NonSpecific(length, length), factor], chain("bound_unsaturated", [True, True])).double()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter is not factor.log_hill or hill:
                parameter += torch.from_numpy(rng.normal(0, 0.7, tuple(parameter.shape)))
    log_next = np.full((length, 4**order, 4), -700.0)
    log_next[[0, 1, 7], :, [2, 0, 3]] = 0.0
    log_next[2:7] = np.log(rng.dirichlet(np.ones(4), (5, 4**order)))
    composition = Composition("made up", torch.from_numpy(log_next))
    log_z = model.log_aggregate(torch.from_numpy(table.codes()))[:, 0].detach().numpy()
    wanted = np.log((np.exp(composition.log_probability(table.codes())) * np.exp(log_z)).sum())
    found = log_expected_z(model, composition)
    assert float(found.detach()) == pytest.approx(wanted, abs=1e-9)
    found.sum().backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in psam.parameters() if p.grad is not None)


def test_the_loss_is_that_of_the_reads_probabilities_and_its_gradient_is_right() -> None:
    model, table = monomer(), drawn(monomer(), 300, WIDTH, 0)
    composition = fit_composition(table, 0)
    data = Data(table, [0, 1])
    objective = LibraryObjective(nn.ModuleList([model]), [data], NO_PENALTY, compositions=[composition])
    selected = table.subset(table.counts[:, 1] > 0)

    def loss() -> float:
        log_z = model.log_aggregate(torch.from_numpy(selected.codes()))[:, 0]
        log_share = log_z - log_expected_z(model, composition)
        return -float((log_share * torch.from_numpy(selected.counts[:, 1])).sum().detach()) / table.counts.sum()

    assert objective.backward() == pytest.approx(loss(), abs=1e-6)
    psam = model.bindings[1].psam
    slope, step = float(psam.betas.grad[2, 1]), 1e-4
    values = []
    for sign in (1, -1):
        with torch.no_grad():
            psam.betas[2, 1] += sign * step
            values.append(loss())
            psam.betas[2, 1] -= sign * step
    assert slope == pytest.approx((values[0] - values[1]) / (2 * step), rel=1e-4)


def from_library(table: CountTable, start: Experiment) -> tuple[Experiment, Composition]:
    """A model fitted to reads as draws from their initial library."""
    model = copy.deepcopy(start)
    composition = library_composition(model, table)
    model.log_depth.requires_grad_(False)
    data = Data(table, [0, 1])
    objective = LibraryObjective(nn.ModuleList([model]), [data], NO_PENALTY, compositions=[composition])
    minimise(objective, Effort(80, 1e-9))
    model.log_depth.requires_grad_(True)
    return model, composition


def strict() -> Experiment:
    """Binding so strong that reads with a site have none like them in the initial library."""
    model = monomer()
    model.bindings[1].psam.betas.data *= 1.5
    model.log_activity.data[0] = -8.0
    return model


def test_errors_are_smaller_by_as_much_as_is_reported() -> None:
    truth, values, errors = centred_betas(strict().bindings[1].psam), {}, {}
    for seed in range(12):
        table = drawn(strict(), 2000, WIDTH, seed, pool=200_000)
        model, composition = from_library(table, strict())
        whole = {"factors": factors_of(model), "train": {"library": table}, "penalty": NO_PENALTY}
        library = Fitted({"library": model}, **whole, compositions={"library": composition})
        for name, found in (("library", library), ("free", fitted(strict(), table))):
            values.setdefault(name, []).append(centred_betas(found.factors["a"]).ravel())
            table_of_errors = reported.matrix_table(found, covariance(found))
            errors.setdefault(name, []).append(table_of_errors["standard_error"].to_numpy())
    z = {name: (np.array(values[name]) - truth.ravel()) / np.array(errors[name]) for name in values}
    assert np.sqrt((z["library"] ** 2).mean()) == pytest.approx(1.0, abs=0.25)
    seen = {name: np.sqrt(((np.array(values[name]) - truth.ravel()) ** 2).mean(0)) for name in values}
    said = {name: np.mean(errors[name], 0) for name in values}
    ratios = [np.median(found["library"] / found["free"]) for found in (seen, said)]
    assert ratios[0] == pytest.approx(ratios[1], rel=0.2)
    assert (said["library"] < said["free"]).all()
    assert ratios[1] < 0.8


def test_depths_keep_their_errors_and_nothing_is_nan() -> None:
    table = drawn(monomer(), 2000, WIDTH, 1)
    model, composition = from_library(table, monomer())
    tables = []
    for compositions in ({}, {"library": composition}):
        found = Fitted(
            {"library": model},
            factors_of(model),
            {"library": table},
            penalty=NO_PENALTY,
            compositions=compositions,
        )
        tables.append(reported.parameters_table(found, covariance(found)).set_index("parameter")["standard_error"])
    free, library = (t["log_depth"].to_numpy()[-1] for t in tables)
    assert np.isfinite(library)
    assert 0 < library < free


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
    assert consistency(np.zeros(6), free, free).directions == 0


def fit(table: CountTable, how: str = "auto", width: int = 4) -> Fit:
    mode = Mode(Conv1d(PSAM(width), WIDTH, WIDTH, WIDTH))
    model = Experiment([NonSpecific(WIDTH, WIDTH), mode], chain("bound_unsaturated", [True, True]))
    found = Fit([model], [table], FitSettings(**{**vars(QUICK), "initial_library": how}))
    found.run()
    return found


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


@pytest.mark.parametrize(
    ("model", "table", "reason"),
    [
        (dimer(), drawn(monomer(), 50, WIDTH, 0), "pairs of sites"),
        (monomer(kind="bound"), drawn(monomer(), 50, WIDTH, 0), "unsaturated"),
        (monomer(rounds=3), drawn(monomer(rounds=3), 50, WIDTH, 0), "one round"),
        (monomer(), CountTable.from_strings(["ACGTACGTAC", "ACGTNACGTA"], np.eye(2)), "hold N"),
    ],
    ids=["dimer", "saturated", "rounds", "N"],
)
def test_what_it_does_not_hold_for_says_why(model: Experiment, table: CountTable, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        library_composition(model, table)


def test_libraries_without_a_composition_keep_their_likelihood_beside_one_that_has_it() -> None:
    """Two libraries share a matrix; of one the initial reads hold N."""
    model, table = monomer(), drawn(monomer(), 1500, WIDTH, 5)
    other = Experiment([model.bindings[0], model.bindings[1]], chain("bound_unsaturated", [True, True])).double()
    other.log_activity.data[0] = -5.0
    odd = drawn(monomer(), 1500, WIDTH, 6)
    variable = odd.variable.copy()
    variable[0, 0] = odd.alphabet.wildcard
    tables = [table, CountTable(variable, odd.counts)]
    models = nn.ModuleList([model, other])
    data = [Data(t, [0, 1]) for t in tables]
    before = estimates(models)()
    step = Refinement(models, tables, data, data, NO_PENALTY, Effort(60, 1e-8), 4096)
    _, found = step.run()
    assert [c is not None for c in found] == [True, False]
    assert not np.array_equal(estimates(models)(), before)
    assert all(p.requires_grad for p in (model.log_depth, other.log_depth, model.bindings[1].psam.betas))
