"""Simulated SELEX: drawn from the model that it says, the same each time, and found again in any register."""

import gzip
import runpy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.stats import chi2

from cisgrammar.binding.layers.cooperativity import Cooperativity
from cisgrammar.binding.layers.experiment import Experiment
from cisgrammar.binding.layers.mode import Mode, NonSpecific
from cisgrammar.binding.layers.psam import PSAM
from cisgrammar.binding.layers.rounds import chain
from cisgrammar.binding.layers.spacing import Spacing
from cisgrammar.binding.likelihood.likelihood import Data
from cisgrammar.binding.reads.count_library import count_library
from cisgrammar.binding.reads.count_table import CountTable, Flanks
from cisgrammar.config.selex_sheet import SelexLibrary
from cisgrammar.config.simulate import SimulateSelex
from cisgrammar.sequence.alphabet import BASES
from cisgrammar.simulate import selex
from cisgrammar.simulate.selex_truth import describe, read_truth, write_reads
from prepare_toys import SCRIPTS
from toy_selex import CASES, make


def in_package(truth, table):
    """The same model made of the binding package's layers."""
    settings = truth.settings
    psams, modes = {}, {}
    for name, betas in truth.betas.items():
        psams[name] = PSAM(settings.width)
        psams[name].betas.data = torch.tensor(betas)
        modes[name] = Mode.from_psam(psams[name], table, train_posbias=True, bias_mode="channel")
        modes[name].layer.log_posbias.data = torch.tensor(truth.position_bias)[None]
    bindings = [NonSpecific.from_table(table), *modes.values()]
    if truth.spacings:
        bindings.append(_dimer(truth, psams, modes))
    rounds = chain(settings.selection, [r in settings.sequenced for r in range(settings.sequenced[-1] + 1)])
    experiment = Experiment(bindings, rounds, activity="shared").double()
    experiment.log_activity.data = torch.tensor(list(truth.log_activity.values()), dtype=torch.float64)[:, None]
    return experiment


def _dimer(truth, psams, modes):
    a, b = truth.pair
    windows = truth.position_bias.shape[1]
    strands = {s.strands for s in truth.spacings}
    alone = a == b and strands == {"same"}
    limits = {"max_overlap": 0, "max_spacing": truth.settings.max_spacing}
    spacing = Spacing(
        psams[a],
        psams[b],
        windows,
        score_same="same" in strands,
        score_reverse="opposite" in strands,
        score_mode="positive" if alone else "both",
        **limits,
    ).double()
    for spaced in truth.spacings:
        # Row 1 of the package has a on the reverse strand, whose own direction is the other way round.
        row, offset = (0, spaced.offset) if spaced.strands == "same" else (1, -spaced.offset)
        spacing.log_spacing.data[row, offset + windows - 1] = spaced.log_omega
    dimer = Cooperativity(spacing, modes[a], modes[b], train_hill=True)
    dimer.log_hill.data = torch.tensor(np.log(truth.settings.hill))
    return dimer


def scored(truth, codes):
    settings = truth.settings
    flanks = Flanks(settings.left, settings.right, settings.flank_length, settings.flank_length)
    return CountTable(codes, np.ones((len(codes), settings.sequenced[-1] + 1)), flanks)


@pytest.mark.parametrize("case", CASES)
def test_log_z_is_that_of_the_binding_package(case):
    truth = make(**CASES[case])
    even = np.random.default_rng(0).integers(0, 4, (300, truth.settings.length)).astype(np.uint8)
    table = scored(truth, np.concatenate([even, selex.draw_round(truth, 2, 300)]))
    theirs = in_package(truth, table).log_aggregate(torch.from_numpy(table.codes()))[:, 0].detach().numpy()
    ours = selex.log_sum(selex.log_terms(selex.arrangements(truth), table.codes()))
    assert theirs.std() > 0.3
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


TINY = {"width": 4, "length": 9, "max_spacing": 1, "offsets": (5,), "log_omega": (1.5,), "position_bias": 0.8}


@pytest.mark.parametrize("selection", ["bound_unsaturated", "bound"])
def test_reads_are_drawn_exactly(selection):
    """Of all 4^9 reads each has its share: counts by share and by kind agree with the sum over every read."""
    truth = make(**TINY, selection=selection, occupancy=3.0)
    every = (np.arange(4**9)[:, None] // 4 ** np.arange(9)).astype(np.uint8) % 4
    ways = selex.arrangements(truth)
    log_z = np.concatenate([selex.log_sum(selex.log_terms(ways, part)) for part in np.array_split(every, 16)])
    kept = log_z if selection == "bound_unsaturated" else log_z - np.logaddexp(0, log_z)
    share = np.exp(2 * kept - np.logaddexp.reduce(2 * kept))
    n = 20_000
    drawn = selex.draw_round(truth, 2, n) @ 4 ** np.arange(9, dtype=np.int64)
    order = np.argsort(log_z)
    bins = np.empty(len(log_z), dtype=np.int64)
    bins[order] = np.minimum((share[order].cumsum() * 40).astype(np.int64), 39)
    expected = n * np.bincount(bins, share)
    misfit = ((np.bincount(bins[drawn], minlength=40) - expected) ** 2 / expected).sum()
    assert 1e-3 < chi2.sf(misfit, 39) < 1 - 1e-3


def test_weights_in_the_last_round_are_those_asked_for():
    truth = make(monomer_share=0.25, dimer_share=0.45)
    ways = selex.arrangements(truth)
    terms = selex.log_terms(ways, selex.draw_round(truth, 2, 6000))
    square = selex.log_sum(2 * terms)
    # Reads are kept by Z ** 2 over the sum of squares, which is undone.
    weight = np.exp(square - 2 * selex.log_sum(terms))
    share = np.exp(2 * terms - square[:, None])
    kinds = ("non_specific", "REB1", "REB1:REB1")
    found = {kind: np.average(share[:, ways.kind == kind].sum(1), weights=weight) for kind in kinds}
    assert list(found.values()) == pytest.approx([0.3, 0.25, 0.45], abs=0.03)


@pytest.mark.parametrize("case", ["pair of one", "flanks, saturated"])
def test_the_truth_is_where_the_likelihood_is_flat(case):
    """Scores (slopes of the log-likelihood at the truth) are 0 within their standard errors."""
    truth = make(**CASES[case], reads=1500)
    reads = [selex.draw_round(truth, r, 1500) for r in (0, 2)]
    counts = np.repeat([[1.0, 0, 0], [0, 0, 1.0]], 1500, axis=0)
    table = CountTable(np.concatenate(reads), counts, scored(truth, reads[0]).flanks)
    experiment, data = in_package(truth, table), Data(table, [0, 2])
    with torch.no_grad():
        ratio = experiment.log_enrichments(experiment.log_aggregate(data.codes))[2].numpy()
        low, high = -50.0, 50.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if (1 / (1 + np.exp(-ratio - middle))).sum() < 1500 else (low, middle)
        experiment.log_depth[2] = low
        scores = np.array([_slopes(experiment, data, p, i) for p, i in _numbers(experiment)])
    scale = np.sqrt((scores**2).sum(1))
    z = scores.sum(1)[scale > 1] / scale[scale > 1]
    assert len(z) > 30
    assert np.abs(z).max() < 4
    assert (z**2).mean() < 2


def _numbers(experiment):
    dimer = experiment.bindings[-1]
    psam, bias = experiment.bindings[1].psam, experiment.bindings[1].layer.log_posbias
    numbers = [(psam.betas, i) for i in range(psam.betas.numel())] + [(bias, i) for i in range(0, bias.numel(), 6)]
    spacing = dimer.spacing.log_spacing
    allowed = [int(i) for i in torch.nonzero(spacing.flatten())[:, 0]]
    return [*numbers, *((spacing, i) for i in allowed), (dimer.log_hill, 0), (experiment.log_activity, 1)]


def _slopes(experiment, data, parameter, index, step=1e-5):
    flat = parameter.data.view(-1)
    values = []
    for sign in (1, -1):
        flat[index] += sign * step
        values.append((experiment(data.codes) * data.counts).sum(1).numpy())
        flat[index] -= sign * step
    return (values[0] - values[1]) / (2 * step)


def test_the_factor_is_one_of_the_genome():
    assert "".join(BASES[i] for i in make().betas["REB1"].argmax(1)) == "TTACCCGG"
    assert "".join(BASES[i] for i in make(factor="GATA").betas["GATA"].argmax(1)) == "GATAAGGT"
    np.testing.assert_allclose(make().betas["REB1"].mean(1), 0, atol=1e-12)
    with pytest.raises(ValueError, match=r"no factor 'X' in the simulated genome; choose from REB1, CBF1, GATA"):
        make(factor="X")


def test_script_writes_reads_that_are_counted_and_the_same_bytes_again(tmp_path):
    given = {"reads": 600, "unusable": 0.1}
    for turn in ("one", "two"):
        reads = [str(tmp_path / turn / f"round{r}.fastq.gz") for r in (0, 2)]
        output = SimpleNamespace(reads=reads, truth=str(tmp_path / turn / "truth.json"))
        snakemake = SimpleNamespace(output=output, params=SimpleNamespace(simulate=given), log=[])
        runpy.run_path(str(SCRIPTS / "simulate_selex.py"), init_globals={"snakemake": snakemake})
    for name in ("round0.fastq.gz", "round2.fastq.gz", "truth.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    settings = SimulateSelex(**given)
    row = SelexLibrary(
        model="REB1",
        reads=f"{reads[0]},,{reads[1]}",
        barcode=settings.barcode,
        left=settings.left,
        right=settings.right,
    )
    table, stats = count_library(row, row.files)
    assert table.variable.shape[1] == settings.length
    assert table.counts.sum(0).tolist() == [600, 0, 600]
    for number in (0, 2):
        found = stats["rounds"][number]
        assert (found["reads"], found["kept"]) == (660, 600)
        assert found["no_barcode"] >= 20
        assert found["with_n"] + found["no_constant"] >= 15
    assert read_truth(output.truth) == describe(selex.make_truth(settings))


def test_reads_without_barcode_and_without_unusable_ones(tmp_path):
    truth = make(reads=200, unusable=0.0, barcode="", left="", right="")
    write_reads(tmp_path / "r.fastq.gz", truth, 0)
    lines = gzip.decompress((tmp_path / "r.fastq.gz").read_bytes()).decode().splitlines()
    assert len(lines) == 800
    assert {len(read) for read in lines[1::4]} == {24}


def test_a_round_of_nothing_but_saturated_sites_is_refused(monkeypatch):
    monkeypatch.setattr(selex, "_MOST_BATCHES", 1)
    with pytest.raises(ValueError, match=r"only \d+ of 20000 reads found in 10000 tries for round 2; lower occupancy"):
        selex.draw_round(make(selection="bound", occupancy=1e6), 2, 20_000)
