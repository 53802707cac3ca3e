"""Simulated SELEX: drawn from the model that it says, the same each time, and found again in any register."""

import gzip
import json
import runpy
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from pydantic import ValidationError
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
from cisgrammar.simulate.selex_truth import COLUMNS, compare_truth, describe, read_truth, write_reads, write_truth
from prepare_toys import SCRIPTS

CASES = {
    "pair of one": {},
    "opposite strands": {"strands": "opposite", "offsets": (9, -11), "hill": 0.8},
    "two factors": {"partner": "GATA", "offsets": (9, -11), "strands": "opposite"},
    "flanks, saturated": {"flank_length": 4, "selection": "bound", "occupancy": 2.0, "hill": 1.0},
    "no pair": {"dimer_share": 0.0},
}


def make(**settings):
    return selex.make_truth(SimulateSelex(**settings))


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


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sequenced": (1, 2)}, "sequenced: must rise from 0"),
        ({"monomer_share": 0.7}, "monomer_share . dimer_share: must be below 1, got 1.25"),
        ({"offsets": (9,)}, "log_omega: 2 values for 1 offsets"),
        ({"offsets": (9, 7)}, "offsets: 7 is not from width to width"),
        ({"offsets": (9, -9)}, "offsets: -9 is not from width"),
        ({"length": 18}, "length: 20 bp of binding sites do not fit into 18 bp"),
        ({"flank_length": 7}, "flank_length: 7 is more than there is"),
        ({"left": "ACGU"}, "left"),
    ],
)
def test_settings_that_cannot_be_simulated_are_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        SimulateSelex(**settings)


def test_a_round_of_nothing_but_saturated_sites_is_refused(monkeypatch):
    monkeypatch.setattr(selex, "_MOST_BATCHES", 1)
    with pytest.raises(ValueError, match=r"only \d+ of 20000 reads found in 10000 tries for round 2; lower occupancy"):
        selex.draw_round(make(selection="bound", occupancy=1e6), 2, 20_000)


def fitted_tables(truth, left=0, right=0, flipped=False, swapped=False):
    """Tables of a fit that found the truth, with windows wider by `left` and `right`, maybe the other way round."""
    settings, windows = truth.settings, truth.position_bias.shape[1]
    width, length = settings.width, settings.length
    wide = width + left + right
    betas = {name: np.pad(b, ((left, right), (0, 0))) for name, b in truth.betas.items()}
    if flipped:
        betas = {name: b[::-1, ::-1] for name, b in betas.items()}

    def site(strand, start):
        """Strand and start of the fitted window about a true site."""
        before = left if strand == 0 else right
        return strand ^ flipped, start - before

    matrix = [(n, i, BASES[j], b[i, j], 0.1) for n, b in betas.items() for i in range(wide) for j in range(4)]
    bias = []
    for name in betas:
        for strand in (0, 1):
            for start in range(windows):
                there, at = site(strand, start)
                if 0 <= at <= length - wide:
                    bias.append(("library", name, "+-"[there], at, truth.position_bias[strand, start] + 3, 0.1))
    a, b = truth.pair
    spacing = []
    for spaced in truth.spacings:
        first, second = (0, 20), (0 if spaced.strands == "same" else 1, 20 + spaced.offset)
        (sa, xa), (sb, xb) = (site(*place) for place in ((second, first) if swapped else (first, second)))
        offset = xb - xa if sa == 0 else xa - xb
        pair = f"{b}:{a}" if swapped else f"{a}:{b}"
        spacing.append((pair, "same" if sa == sb else "opposite", offset, 0, spaced.log_omega - 2, 0.1))
    known = describe(truth)
    parameters = [("library", "log_hill", known["spacing"][0]["pair"], "", np.log(settings.hill), 0.05)]
    parameters += [
        ("library", "log_activity", name, "1,2", value, 0.1 * (name != "non_specific"))
        for name, value in known["log_activity"].items()
    ]
    return (
        pd.DataFrame(matrix, columns=["motif", "position", "base", "beta", "standard_error"]),
        pd.DataFrame(spacing, columns=["pair", "strands", "offset", "gap", "log_omega", "standard_error"]),
        pd.DataFrame(bias, columns=["library", "binding", "strand", "position", "log_bias", "standard_error"]),
        pd.DataFrame(
            parameters, columns=["library", "parameter", "binding", "round", "value", "standard_error"]
        ).replace("", np.nan),
    )


@pytest.mark.parametrize("case", ["pair of one", "opposite strands", "two factors"])
@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize(("left", "right"), [(0, 0), (2, 1), (1, -1)])
def test_truth_is_found_in_any_register(tmp_path, case, flipped, left, right):
    truth = make(**CASES[case])
    write_truth(tmp_path / "truth.json", truth)
    tables = fitted_tables(truth, left, max(right, 0), flipped)
    table = compare_truth(read_truth(tmp_path / "truth.json"), *tables)
    assert list(table.columns) == COLUMNS
    np.testing.assert_allclose(table["estimate"], table["true"], atol=1e-5)
    assert table["within"].all()
    number = table["quantity"].value_counts()
    assert number["beta"] == 32 * len(truth.betas)
    assert number["log_omega"] == len(truth.spacings)
    assert number["position_bias"] == len(truth.betas) * (17 - left - max(right, 0))
    assert number.get("log_activity", 0) == (len(truth.betas) + 1 if left == right == 0 else 0)
    assert number["log_hill"] == 1


def test_factors_that_have_changed_places_are_told_apart(tmp_path):
    truth = make(**CASES["two factors"])
    known = json.loads(json.dumps(describe(truth)))
    matrix, spacing, bias, parameters = fitted_tables(truth, swapped=True)
    names = {"REB1": "m1", "GATA": "m2"}
    matrix, bias = matrix.replace({"motif": names}), bias.replace({"binding": names})
    spacing = spacing.replace({"pair": {"GATA:REB1": "m2:m1"}})
    table = compare_truth(known, matrix, spacing, bias, parameters)
    np.testing.assert_allclose(table["estimate"], table["true"], atol=1e-5)
    assert table["quantity"].value_counts()["log_omega"] == len(truth.spacings)


def test_what_is_wrong_or_unknown_is_said(tmp_path):
    truth = make()
    known = json.loads(json.dumps(describe(truth)))
    matrix, spacing, bias, parameters = fitted_tables(truth)
    matrix.loc[0, "beta"] += 0.3
    matrix.loc[1, "standard_error"] = np.nan
    table = compare_truth(known, matrix, spacing.iloc[:0], bias.iloc[:0], parameters.iloc[:0])
    assert set(table["quantity"]) == {"beta"}
    assert table["within"].tolist()[0] is False
    assert np.isnan(table["within"].tolist()[1])
    assert all(value is True for value in table["within"].tolist()[2:])


def test_placements_that_are_the_same_are_added_up():
    """A fit that allows both signs splits each spacing of a pair of equals in two."""
    truth = make()
    known = json.loads(json.dumps(describe(truth)))
    matrix, spacing, bias, parameters = fitted_tables(truth)
    halves = spacing.assign(log_omega=spacing["log_omega"] - np.log(2) / truth.settings.hill)
    both = pd.concat([halves, halves.assign(offset=-halves["offset"])])
    table = compare_truth(known, matrix, both, bias, parameters)
    omega = table[table["quantity"] == "log_omega"]
    np.testing.assert_allclose(omega["estimate"], omega["true"], atol=1e-5)
    np.testing.assert_allclose(omega["standard_error"], 0.1, rtol=1e-6)
