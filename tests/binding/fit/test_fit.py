"""The sequential fit: recovers what it was drawn from, in register, twice the same, and after a kill."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from cisgrammar.binding.fit import fit as fit_module
from cisgrammar.binding.fit import fit_state, kmers, optimise
from cisgrammar.binding.fit.fit import Fit
from cisgrammar.binding.fit.optimise import Effort, FitFailed, fisher_information, minimise
from cisgrammar.binding.fit.procedure import procedure
from cisgrammar.binding.fit.settings import FitSettings, Search
from cisgrammar.binding.layers.conv1d import Conv1d
from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM, Seed
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.likelihood.likelihood import Data, Objective, Penalty, negative_log_likelihood
from cisgrammar.binding.reads.count_table import CountTable, Flanks
from toy_reads import drawn, monomer

QUICK = FitSettings(subset=3000, search=Search(kmer=5, kmer_starts=1, random_starts=1, shift=1))


@pytest.fixture(scope="module")
def truth() -> Experiment:
    model = monomer(seed=Seed("TGACC")).double()
    rng = np.random.default_rng(5)
    betas = -rng.uniform(0.8, 2.5, (5, 4))
    betas[np.arange(5), [3, 2, 0, 1, 1]] = 0.0
    model.bindings[1].psam.betas.data = torch.from_numpy(betas)
    model.log_activity.data = torch.tensor([[-6.0], [0.0]]).double()
    return model


@pytest.fixture(scope="module")
def table(truth: Experiment) -> CountTable:
    return drawn(truth, 3000, 12, seed=0)


def centred(model: Experiment) -> np.ndarray:
    values = model.bindings[1].psam.get_filter(0)[0].T.detach().numpy()
    return values - values.mean(1, keepdims=True)


def test_a_motif_is_found_in_register_without_a_seed(truth: Experiment, table: CountTable) -> None:
    model = monomer()
    Fit([model], [table], QUICK).run()
    found, wanted = centred(model), centred(truth)
    error = min(np.sqrt(((x - wanted) ** 2).mean()) for x in (found, found[::-1, ::-1]))
    assert error < 0.2
    data = Data(table, [0, 1])
    truth.log_depth.data[1] = -torch.logsumexp(truth.log_aggregate(data.codes[:3000])[:, 0], 0).detach() + np.log(3000)
    assert negative_log_likelihood(model, data) < negative_log_likelihood(truth, data)


def test_the_same_seed_gives_the_same_bytes(table: CountTable) -> None:
    values = []
    for _ in range(2):
        model = monomer()
        Fit([model], [table], QUICK).run()
        values.append(model.bindings[1].psam.betas.detach().numpy().tobytes())
    assert values[0] == values[1]


def test_a_killed_fit_goes_on_to_the_same_bytes(table: CountTable, tmp_path, monkeypatch) -> None:
    whole = monomer()
    Fit([whole], [table], QUICK).run()
    saved = fit_module.save_checkpoint
    calls = []

    def killed(path, state) -> None:
        saved(path, state)
        calls.append(path)
        if len(calls) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(fit_module, "save_checkpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        Fit([monomer()], [table], QUICK, checkpoint=tmp_path / "c.pt", fingerprint="a").run()
    monkeypatch.setattr(fit_module, "save_checkpoint", saved)
    resumed = monomer()
    second = Fit([resumed], [table], QUICK, checkpoint=tmp_path / "c.pt", fingerprint="a")
    second.run()
    assert torch.equal(resumed.bindings[1].psam.betas, whole.bindings[1].psam.betas)
    assert [h["stage"] for h in second.history] == [
        "activate binding 0",
        "activate binding 1",
        "start binding 1",
        "shift binding 1",
        "fit all binding 1",
        "draws from library",
    ]


def dimer(width: int = 10) -> Experiment:
    a, b = PSAM(3, seed=Seed("TGA", random_state=1)), PSAM(3, seed=Seed("CCA", random_state=2))
    modes = [Mode(Conv1d(psam, width, width, width)) for psam in (a, b)]
    term = Cooperativity(Spacing(a, b, width - 2, max_overlap=0, max_spacing=2), *modes)
    # The dimer before a mode: motifs come first all the same.
    return Experiment([NonSpecific(width, width), modes[0], term, modes[1]], chain("bound_unsaturated", [True, True]))


def test_motifs_stand_on_their_own_and_the_dimer_goes_on_from_them(tmp_path) -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, (600, 10)).astype(np.uint8)
    codes[300:, 1:4], codes[300:500, 5:8] = [3, 2, 0], [1, 1, 0]
    table = CountTable(codes, np.repeat([[1.0, 0.0], [0.0, 1.0]], 300, axis=0))
    settings = FitSettings(Penalty(l2=1e-3), search=Search(shift=0), effort=Effort(100, 1e-6))
    whole = dimer()
    Fit([whole], [table], settings).run()

    first = Fit([dimer()], [table], settings, checkpoint=tmp_path / "c.pt", fingerprint="a")
    loss = first.run(until="motifs")
    assert first.history[-1]["stage"] == "fit all binding 3"
    assert first.model[0].active == [True, True, False, True]
    assert not first.model[0].bindings[2].spacing.log_spacing.any()
    # On all reads, and at an optimum: going on with it gains nothing.
    objective = Objective(first.model, first.data, settings.penalty)
    assert minimise(objective, Effort(20, 1e-9)) == pytest.approx(loss, abs=1e-5)

    resumed = dimer()
    second = Fit([resumed], [table], settings, checkpoint=tmp_path / "c.pt", fingerprint="a")
    assert second.run() < loss - 1e-3
    assert [h["stage"] for h in second.history][-3:] == [
        "activate binding 2",
        "fit spacing binding 2",
        "fit all binding 2",
    ]
    for name, value in whole.state_dict().items():
        if isinstance(value, torch.Tensor):
            assert torch.equal(value, resumed.state_dict()[name]), name
    # A file that holds the dimer already does not serve for the motifs alone.
    again = Fit([dimer()], [table], settings, checkpoint=tmp_path / "c.pt", fingerprint="a")
    assert again.run(until="motifs") == loss
    with pytest.raises(ValueError, match="motifs or end"):
        again.run(until="dimers")


def test_a_failed_stage_is_tried_again_and_then_given_up(table: CountTable, monkeypatch) -> None:
    tries = []

    def fails(objective, effort=None, curvature=None) -> float:
        tries.append(1)
        raise FitFailed("loss became nan")

    monkeypatch.setattr(fit_state, "minimise", fails)
    with pytest.raises(FitFailed, match="failed 4 times"):
        Fit([monomer()], [table], QUICK).run()
    assert len(tries) == 4


def test_chunks_change_nothing(table: CountTable) -> None:
    model = monomer().double()
    data = Data(table, [0, 1])
    values = []
    for chunk in (100, 10_000):
        objective = Objective(torch.nn.ModuleList([model]), [data], chunk=chunk)
        values.append((objective.backward(), model.bindings[1].psam.betas.grad.clone()))
    assert values[0][0] == pytest.approx(values[1][0], rel=1e-12)
    torch.testing.assert_close(values[0][1], values[1][1], rtol=1e-10, atol=1e-14)


def test_minimise_reaches_the_closed_form_of_a_depth(table: CountTable) -> None:
    model = monomer().double()
    model.active = [True, False]
    model.freeze()
    model.unfreeze("depth")
    loss = minimise(Objective(torch.nn.ModuleList([model]), [Data(table, [0, 1])]), Effort(100, 1e-12))
    assert loss == pytest.approx(np.log(2), abs=1e-4)
    model.freeze()
    objective = Objective(torch.nn.ModuleList([model]), [Data(table, [0, 1])])
    with pytest.raises(ValueError, match="nothing to fit"):
        minimise(objective)


def test_the_curvature_of_a_depth_is_that_of_a_binomial(table: CountTable) -> None:
    model = monomer().double()
    model.active = [True, False]
    model.freeze()
    model.log_depth.requires_grad_(True)
    objective = Objective(torch.nn.ModuleList([model]), [Data(table, [0, 1])], Penalty(l2=0.0))
    minimise(objective, Effort(100, 1e-12))
    information = fisher_information(objective, 2000)
    # Half of the reads in each round: p (1 - p) = 1/4, and only the difference of the two depths matters.
    assert np.diag(information) == pytest.approx([0.25, 0.25], rel=0.15)
    assert information[0, 1] == pytest.approx(-0.25, rel=0.15)


def test_a_known_curvature_leads_to_the_same_minimum_sooner(truth: Experiment, table: CountTable) -> None:
    data = Data(table, [0, 1])
    results = []
    for known in (False, True):
        model = copy.deepcopy(truth)
        model.requires_grad_(False)
        model.bindings[1].psam.unfreeze("monomer")
        model.unfreeze("depth")
        objective = Objective(torch.nn.ModuleList([model]), [data], Penalty(l2=1e-4))
        curvature = fisher_information(objective) if known else None
        objective.evaluations = 0
        # Below 1e-8 the last steps are rounding, and their number says nothing.
        loss = minimise(objective, Effort(200, 1e-8), curvature)
        results.append((loss, objective.evaluations, centred(model)))
    assert results[1][0] == pytest.approx(results[0][0], abs=1e-6)
    np.testing.assert_allclose(results[1][2], results[0][2], atol=0.02)
    assert results[1][1] < results[0][1]


def test_kmers_count_both_strands() -> None:
    totals = kmers.kmer_totals(np.array([[0, 0, 2, 5]], dtype=np.uint8), np.array([[2.0]]), 2)[:, 0]
    assert {i: t for i, t in enumerate(totals) if t} == {0: 2, 2: 2, 15: 2, 7: 2}


def test_a_starting_matrix_has_the_enriched_kmer_on_top() -> None:
    totals = np.ones((64, 2)) * 100
    totals[27, 0] = 5000
    matrix = kmers.starting_matrices(totals, 3, 1)[0]
    assert matrix.argmax(1).tolist() == [1, 2, 3]


def test_the_procedure_follows_the_bindings() -> None:
    width = 14
    a, b = PSAM(4), PSAM(5, pairwise_distance=1)
    modes = [Mode(Conv1d(a, width, width, width, train_posbias=True)), Mode(Conv1d(b, width, width, width))]
    dimer = Cooperativity(Spacing(a, b, 11), *modes)
    model = Experiment([NonSpecific(width, width), *modes, dimer], chain("bound", [True, True]))
    names = [s.name for s in procedure(torch.nn.ModuleList([model]), Search())]
    assert names == [
        "activate binding 0",
        "activate binding 1",
        "start binding 1",
        "shift binding 1",
        "fit posbias binding 1",
        "fit all binding 1",
        "activate binding 2",
        "start binding 2",
        "shift binding 2",
        "fit pairwise binding 2",
        "fit all binding 2",
        "activate binding 3",
        "fit spacing binding 3",
        "fit all binding 3",
    ]


def test_an_unsequenced_round_passes_its_selection_on() -> None:
    model = Experiment(
        [NonSpecific(6, 6), monomer(6).bindings[1].__class__(Conv1d(PSAM(3), 6, 6, 6))],
        chain("bound_unsaturated", [True, False, True]),
    )
    codes = torch.randint(0, 4, (5, 6), dtype=torch.uint8)
    log_z = model.log_aggregate(codes)[:, 1]
    wanted = torch.log_softmax(torch.stack([torch.zeros(5), 2 * log_z], 1), 1)
    torch.testing.assert_close(model(codes), wanted)
    with pytest.raises(ValueError, match="at least 2"):
        chain("bound", [True, False])


def test_activation_gives_a_share_of_an_even_read() -> None:
    model = monomer().double()
    model.activate(1, share=0.25)
    scores = [b.expected_log_score() for b in model.bindings]
    z = np.exp(scores[0] + model.log_activity[0].item()), np.exp(scores[1] + model.log_activity[1].item())
    assert z[1] / z[0] == pytest.approx(0.25)


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


def test_few_reads_are_fitted_on_one_thread_and_the_callers_number_is_put_back() -> None:
    before, seen = torch.get_num_threads(), []
    torch.set_num_threads(2)
    try:
        for reads in (99_999, 100_000):
            with optimise.threads_for(reads):
                seen.append(torch.get_num_threads())
        with pytest.raises(KeyError), optimise.threads_for(5):
            raise KeyError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert seen == [1, 2]
