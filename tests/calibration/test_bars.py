"""Every gate has its bar's origin in the catalogue, and an example here that deserves *fail* and gets it."""

import ast
import math
from collections import Counter
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from cisgrammar.ablation.tables.gates import ablation_gates
from cisgrammar.ablation.tables.motif_table import motif_table
from cisgrammar.binding.evaluate.gates import binding_gates
from cisgrammar.calibration import bias
from cisgrammar.calibration.bars import BARS
from cisgrammar.calibration.sites import null_effects, null_sites, table_of
from cisgrammar.config.ablation import Ablation
from cisgrammar.config.profile import Bias
from cisgrammar.discover.gates import discover_gates
from cisgrammar.discover.planted import planted_gates
from cisgrammar.gates import Place
from cisgrammar.profile.evaluate.choose_bias import MOST_SUMMIT_GAIN, SweepRow, choose
from cisgrammar.profile.evaluate.gates import bias_gate, profile_gates, threshold_gate
from cisgrammar.profile.evaluate.metrics import region_metrics, summarise
from cisgrammar.report.direction import direction, lower_is_better
from cisgrammar.simulate.factors.scan import scan_gate
from cisgrammar.simulate.spacing_gates import pair_gates, spacing_gates
from cisgrammar.simulate.truth_gates import binding_truth_gates, site_gates
from cisgrammar.simulate.variants.recovery import recovered_variants, variant_gates
from cisgrammar.splice.calibration import tables
from cisgrammar.splice.calibration.calibrate import _accuracy, calibrate
from cisgrammar.splice.calibration.scaling import choose_temperature
from cisgrammar.splice.frames.gates import frame_gates
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.splice.models.position_weights import fit_position_weights
from places import ROOT
from toy_calibration import CONTEXT, FEW, Motifs, toy_genes
from toy_sample import simulated
from toy_site_tables import made_sufficiency
from toy_truth import compared, footprints_of, recovered
from toy_variant_truth import profile_scores, profile_truth, splice_scores, splice_truth

PACKAGE = ROOT / "workflow" / "cisgrammar"


def scored(model, kind, log_probabilities, cuts, log_counts):
    """A row of the summary: what a prediction is found to be on cuts `(windows, 1, bases)`."""
    found = summarise(region_metrics(cuts, log_probabilities[:, None]))
    observed = np.log1p(cuts.sum(axis=(1, 2)))
    order = np.corrcoef(observed, log_counts)[0, 1] if np.ptp(log_counts) else math.nan
    counts = {"log_counts_pearson": order, "log_counts_mse": float(np.square(observed - log_counts).mean())}
    return {"model": model, "head": "h", "kind": kind, **found, **counts}


def models_that_learned_nothing():
    """Cuts follow the preference; the trained parts predict another one, on a scale that is wrong."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(2, 40, 100))
    truth, wrong = logits - np.log(np.exp(logits).sum(axis=2, keepdims=True))
    depth = np.exp(rng.normal(5, 1, 40))
    cuts = rng.poisson(depth[:, None] * np.exp(truth))[:, None]
    right, off = np.log(depth) + rng.normal(0, 0.2, 40), rng.normal(9, 1, 40)
    rows = [
        scored(model, kind, guess, cuts, counts)
        for kind in ("peak", "background")
        for model, guess, counts in (
            ("combined", wrong, off),
            ("bias", wrong, off),
            ("position_weight", truth, right),
            ("kmer_ridge", truth, right),
            ("mean_profile", truth, np.full(40, 5.0)),
        )
    ]
    return profile_gates(rows, {"residual": 0.02}, 0.003, "s", "f", -0.01)


def flat_residual():
    """No footprint, because it adds nothing."""
    return profile_gates([], {"residual": 0.001}, 0.003, "s", "f", 0.0)


def bias_that_holds_peaks():
    """1.5 times the rate at the summits."""
    gain = bias.summit_gain(np.random.default_rng(1), bias.COMPOSITIONS["at_rich"], bias.PAIR_SD, math.log(bias.HELD))
    row = SweepRow(1.0, 10.0, 900, 900, 0.87, 6.0, 0.9, 6.1, 0.4, 0.4, gain, gain > MOST_SUMMIT_GAIN)
    return [bias_gate("s", "f", choose([row], Bias())[1])]


def effects_where_there_must_be_none():
    """Decoys with effects of 3 control deviations, sites with effects in the bias model, a motif without any."""
    rng = np.random.default_rng(2)
    sites = null_sites(rng, (100, 40))
    many, few = ((sites["name"] == name).to_numpy() for name in ("many", "few"))
    sites = sites.assign(
        kind=np.where(many, "decoy", sites["kind"]), matched_to=np.where(many, "few", sites["matched_to"])
    )
    parts = []
    for model in ("combined", "bias"):
        effects = null_effects(sites, np.ones(len(sites)), rng)
        if model == "combined":
            effects["delta_log_counts"] = effects["delta_log_counts"] + 3 * (many & (rng.random(len(sites)) < 0.4))
        else:
            effects["profile_jsd"] = effects["profile_jsd"] * np.where(few & (rng.random(len(sites)) < 0.6), 5, 1)
        parts.append(table_of(sites, effects).assign(model=model))
    table = pd.concat(parts, ignore_index=True).assign(delta_log_counts_forward=0.0, delta_log_counts_reverse=0.0)
    motifs = motif_table(table, {}, made_sufficiency(), pd.DataFrame(), pd.DataFrame())
    return ablation_gates(table, motifs, Ablation(models=("combined", "bias")), "s", "f")


def binding_without_binding():
    """Gains within their errors, a pair that predicts worse, enrichment as of other reads, seeds that disagree."""
    gains = [
        {"library": "l", "split": "held_out", "against": against, "gain": -0.001, "standard_error": 0.01}
        for against in ("non_specific", "without_cooperativity")
    ]
    bins = {"library": "l", "unit": "bin", "r2": 0.1, "r2_explainable": 0.12, "slope": 0.2, "slope_error": 0.02}
    return binding_gates("m", gains, [bins], 0.0)


@cache
def splice_models():
    genes, other = toy_genes(seed=1), toy_genes(seed=2)
    simple = calibrate(fit_position_weights(genes), genes, other, FEW)
    constant = calibrate(ModelToAnalyze(Motifs(noise=0.0, scale=0.0), CONTEXT, CONTEXT), genes, other, FEW)
    return simple, constant


def splice_model_of_nothing():
    """The same probability everywhere."""
    simple, constant = splice_models()
    return tables.gates(constant, simple, "s", "f")


def scaling_that_does_harm():
    """Calibration genes say that the model is far too sure; held-out genes are right as they are."""
    simple, _ = splice_models()
    scaling = choose_temperature(simulated(2.5, n=10_000), FEW)
    there = simulated(1.0, n=10_000, seed=1)
    held_out = _accuracy("held_out", simple.held_out.channels, there, scaling.temperature, FEW)
    return tables.gates(replace(simple, scaling=scaling, held_out=held_out), simple, "s", "f")


def oracles_that_are_wrong():
    """The frame-blind one has an effect, and a check does not see the rule about frames (more in splice/frames)."""
    rows = [
        ("frame_blind", "deletion", "largest", 1e-9, math.nan),
        ("open_frames", "deletion", "exonic_frameshift_minus_in_frame", 0.0, 1.0),
    ]
    controls = pd.DataFrame(rows, columns=["oracle", "check", "quantity", "value", "p"])
    return frame_gates(
        SimpleNamespace(controls=controls, summary=pd.DataFrame(columns=["check", "quantity", "metric", "value"]))
    )


def spacings_that_were_not_planted():
    """The one maximum and a fifth of the calls are elsewhere, and pairs far apart are called."""
    place = Place("ablation", "s", "f")
    scan = pd.DataFrame(
        {"pair": "A:A", "model": "combined", "head": "h", "strands": "same", "offset": np.arange(8, 58)}
    )
    scan = scan.assign(
        interaction=0.0,
        contrast_low=-0.1,
        q_value=0.9,
        p_value=np.where(np.arange(50) % 5 == 0, 0.01, 0.5),
        image_of="",
    )
    scan.loc[20, ["interaction", "contrast_low"]] = [1.0, 0.5]
    pairs = pd.DataFrame({"gap": 120, "model": "combined", "head": "h", "p_value": [0.01] * 12 + [0.6] * 48})
    return spacing_gates(scan, ["A"], {9: 0.9, 11: 0.5}, place, 0.05) + pair_gates(pairs, place, 0.05)


def thresholds_at_an_edge():
    """The best of a sweep is its largest."""
    return [threshold_gate("s", "f", {"threshold": 2.0, "swept": [0.5, 2.0], "at_edge": True})]


def runs_that_miss_their_truth():
    """A factor hardly called, calls of what was not planted, flat footprints, betas and errors of another matrix."""
    gates = site_gates(recovered(found=(1.0, 0.4), unplanted=(60, 30)), 0.05, "s", "f")
    gates += footprints_of(1.0, 1.0)
    z = np.random.default_rng(1).normal(size=48)
    return gates + binding_truth_gates(compared(3 * z), "m") + binding_truth_gates(compared(z, error=2.0), "m")


def motifs_that_were_not_planted():
    """Patterns in shuffled windows; a factor without its motif, a motif of no factor, hits beside the sites."""
    flat = {"found": [{"in_shuffled": 1}]}
    unstable = pd.DataFrame({"share": [0.1, 0.1], "halves": [0.99, 0.0], "folds": [math.nan, 0.4]})
    gates = discover_gates(unstable, flat, "s")
    row = {"factor": "F", "motif": "m", "motifs": 1, "r": 0.9, "effect": 1.0, "sites": 80, "found": 40}
    row |= {"intact": 80, "found_intact": 40, "hits": 41, "false_hits": 40}
    row |= {"sign": "-", "contribution_low": 0.1, "contribution_high": 0.2}
    strange = {**row, "factor": "", "r": 0.3, "effect": math.nan}
    scanned = {"effect": 1.0, "hits": 1000, "false_hits": 900, "scan_hits": 1000.0, "scan_false": 400.0}
    return gates + planted_gates(pd.DataFrame([row, strange]), "s") + scan_gate(pd.DataFrame([scanned]), "s")


def variants_whose_effects_are_missed():
    """Scores of the opposite sign, too many small p-values; half of the broken splice sites called lost."""
    truth, genes = profile_truth(), splice_truth()
    scores = profile_scores(truth, scale=-1.0, small=0.2)
    gates = variant_gates(recovered_variants(truth, scores))
    return gates + variant_gates(recovered_variants(genes, splice_scores(genes, lost=0.5)))


EXAMPLES = (
    variants_whose_effects_are_missed,
    motifs_that_were_not_planted,
    thresholds_at_an_edge,
    runs_that_miss_their_truth,
    spacings_that_were_not_planted,
    models_that_learned_nothing,
    flat_residual,
    bias_that_holds_peaks,
    effects_where_there_must_be_none,
    binding_without_binding,
    splice_model_of_nothing,
    scaling_that_does_harm,
    oracles_that_are_wrong,
)


@pytest.fixture(scope="module")
def found():
    return {example.__name__: example() for example in EXAMPLES}


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: bar.name)
def test_every_gate_fails_where_it_must(found, bar):
    failed = [gate.name for gates in found.values() for gate in gates if gate.verdict == bar.worst]
    assert any(fnmatchcase(name, bar.name) for name in failed), "add an example that deserves to fail"


def test_each_example_fails(found):
    assert [name for name, gates in found.items() if {gate.verdict for gate in gates} <= {"pass", "n/a"}] == []


def test_the_report_says_the_right_side_of_each_gate(found):
    failed = [gate for gates in found.values() for gate in gates if gate.verdict == "fail"]
    shown = [gate for gate in failed if gate.value is not None and gate.bar is not None and direction(gate.name)]
    # A footprint below its bar fails too where the residual has learned nothing.
    shown = [gate for gate in shown if gate.name != "residual.footprint_max" and gate.value != gate.bar]
    assert len(shown) > 20
    assert [gate.name for gate in shown if (gate.value < gate.bar) == lower_is_better(gate.name)] == []


def test_no_gate_is_without_its_bar(found):
    graded = {gate.name for gates in found.values() for gate in gates if gate.verdict != "n/a"}
    assert {name for name in graded if not any(fnmatchcase(name, bar.name) for bar in BARS)} == set()


def makers():
    """Functions that grade or judge, and how often: a new one must have its bar and its example here."""
    calls = Counter()
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                made = [n for n in ast.walk(node) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
                number = sum(call.func.attr in ("judged", "graded") for call in made)
                if number:
                    calls[f"{path.relative_to(PACKAGE).with_suffix('').as_posix()}.{node.name}"] = number
    return dict(calls)


MAKERS = {
    "ablation/tables/gates._chance": 1,
    "ablation/tables/gates._necessary": 1,
    "binding/evaluate/gates.agreement_gate": 1,
    "binding/evaluate/gates.enrichment_gates": 2,
    "binding/evaluate/gates.gain_gates": 1,
    "discover/gates.discover_gates": 2,
    "discover/planted.planted_gates": 5,
    "profile/evaluate/gates.bias_gate": 1,
    "profile/evaluate/gates.judged": 1,
    "profile/evaluate/gates._judged": 1,
    "profile/evaluate/gates._of_residual": 2,
    "profile/evaluate/gates.threshold_gate": 1,
    "simulate/factors/scan.scan_gate": 1,
    "simulate/spacing_gates._chance": 1,
    "simulate/spacing_gates.spacing_gates": 2,
    "simulate/truth_gates.binding_truth_gates": 2,
    "simulate/truth_gates.footprint_gates": 1,
    "simulate/truth_gates.site_gates": 2,
    "simulate/variants/recovery._profile_gates": 3,
    "simulate/variants/recovery._splice_gates": 1,
    "splice/calibration/tables._scaling_gates": 2,
    "splice/calibration/tables.gates": 1,
    "splice/frames/gates._power_gates": 1,
    "splice/frames/gates._zero_gates": 1,
}
"""Where gates are made -> how many calls make them. A new call needs a row of `BARS` and an example that fails."""


def test_all_places_that_make_gates_are_known():
    assert makers() == MAKERS


def test_bars_are_named_once_and_say_where_they_are_from():
    assert len({bar.name for bar in BARS}) == len(BARS)
    words = ("simulation", "literature", "judgement", "same", "arithmetic", "level")
    assert [bar.name for bar in BARS if not any(word in bar.origin for word in words)] == []
