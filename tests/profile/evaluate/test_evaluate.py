"""Tables of a fold: right windows, right counts, baselines in their place."""

import numpy as np
import pytest

from cisgrammar.config.profile import Evaluate
from cisgrammar.profile.data.scored import genome_starts, scored_regions
from cisgrammar.profile.evaluate.evaluate import (
    check_windows,
    enzyme_motifs,
    evaluate,
    footprint_backgrounds,
    footprint_table,
)
from cisgrammar.profile.evaluate.fitted_baselines import FoldBaselines
from cisgrammar.profile.evaluate.footprints import Footprint
from cisgrammar.profile.models.combined import CombinedModel
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.models.transformation import TransformationModel, regression_of
from cisgrammar.profile.predict import predict_parts
from cisgrammar.profile.prediction_file import InMemory
from cisgrammar.profile.predictions import Predictions
from cisgrammar.signal.table import read_regions
from toy_fold import LENGTH, make_fold, open_fold
from toy_profile import small_solo

MODELS = {"combined", "residual", "transformation", "bias"}
BASELINES = {"uniform", "mean_profile", "gc_content", "kmer_ridge", "position_weight", "position_weight_profile"}


@pytest.fixture(scope="module")
def fold(tmp_path_factory):
    made, paths = make_fold(tmp_path_factory.mktemp("fold"))
    return made, open_fold(paths), read_regions(paths["regions"])


@pytest.fixture(scope="module")
def evaluated(fold):
    _, data, regions = fold
    heads = (Head("signal"),)
    bias = TransformationModel(small_solo(heads, 1, length=LENGTH), regression_of([]), regression_of([]))
    model = CombinedModel(small_solo(heads, 2, length=LENGTH), bias)
    scored = scored_regions(regions, data.genome, Evaluate(min_counts=10))
    predictions = predict_parts(model, data.genome.codes, genome_starts(scored, data.genome))
    fitted = {"signal": FoldBaselines(data, "signal", LENGTH)}
    return scored, predictions, fitted, evaluate(data, scored, InMemory(predictions), fitted, seed=1)


def test_predictions_of_other_windows_are_refused(fold):
    _, data, regions = fold
    scored = scored_regions(regions, data.genome, Evaluate())
    check_windows(scored, scored.chrom, scored.start, "x.h5")
    with pytest.raises(ValueError, match="run the predict stage again"):
        check_windows(scored, scored.chrom, scored.start + 1, "x.h5")
    with pytest.raises(ValueError, match=r"x\.h5"):
        check_windows(scored, scored.chrom[:-1], scored.start[:-1], "x.h5")


def test_every_window_is_scored_for_every_model_and_baseline(evaluated):
    scored, _, _, found = evaluated
    table = found.per_region
    assert set(table.model) == MODELS | BASELINES | {"other_half", "perfect_model"}
    assert (table.groupby("model").size() == len(scored)).all()
    combined = table[table.model == "combined"]
    counts = dict(zip(scored.name, scored.counts, strict=True))
    assert [counts[name] for name in combined.name] == combined.counts.tolist()
    assert (
        combined.kind.tolist()
        == ["peak"] * (scored.kind == "peak").sum() + ["background"] * (scored.kind == "background").sum()
    )
    halves = table[table.model == "other_half"]
    ratio = halves.counts.sum() / combined.counts.sum()
    assert 0.47 < ratio < 0.53


def test_summary_ranks_what_must_be_ranked(evaluated):
    summary = evaluated[3].summary.set_index(["kind", "model"])
    assert set(summary.role) == {"model", "baseline", "reference"}
    for kind in ("peak", "background"):
        nats = summary.loc[kind].nll_per_cut
        assert nats["uniform"] == pytest.approx(np.log(LENGTH))
        assert nats["position_weight"] < nats["uniform"] - 0.3
        assert nats["uniform"] == pytest.approx(nats["gc_content"])
    peaks = summary.loc["peak"]
    assert peaks.nll_per_cut["position_weight_profile"] < peaks.nll_per_cut["position_weight"]
    assert peaks.median_jsd["mean_profile"] < peaks.median_jsd["uniform"]
    assert peaks.log_counts_pearson["other_half"] > 0.95
    assert peaks.regions_without_pearson["uniform"] == peaks.regions["uniform"]
    # The counts of the baselines are on the scale of ln(1 + N), whatever they were made of.
    assert peaks.log_counts_mse["position_weight"] < 1.2 * peaks.log_counts_mse["uniform"]


def test_a_perfect_model_is_scored_as_one(fold, evaluated):
    made, data, _ = fold
    scored, _, fitted, found = evaluated
    starts = genome_starts(scored, data.genome)
    rate = made.expected.reshape(-1)[starts[:, None] + np.arange(LENGTH)][:, None]
    totals = rate.sum(axis=(1, 2))
    truth = Predictions({"signal": np.log(rate / totals[:, None, None])}, {"signal": np.log(totals)})
    best = evaluate(data, scored, InMemory({"combined": truth}), fitted, seed=1).summary.set_index(["kind", "model"])
    others = found.summary.set_index(["kind", "model"])
    for kind in ("peak", "background"):
        assert (
            best.nll_per_cut[kind, "combined"]
            < others.nll_per_cut[kind].drop(["other_half", "perfect_model", "perfect_model_sd"]).min()
        )
    assert best.log_counts_pearson["peak", "combined"] > 0.97
    assert best.log_counts_mse["peak", "combined"] < 0.05


def test_two_strands_and_two_heads(tmp_path):
    _, paths = make_fold(tmp_path, tasks=2, heads=("a", "b"), fragments=20_000)
    data = open_fold(paths)
    heads = (Head("a", 2), Head("b", 2))
    scored = scored_regions(read_regions(paths["regions"]), data.genome, Evaluate())
    predictions = predict_parts(small_solo(heads, length=LENGTH), data.genome.codes, genome_starts(scored, data.genome))
    fitted = {name: FoldBaselines(data, name, LENGTH) for name in ("a", "b")}
    summary = evaluate(data, scored, InMemory(predictions), fitted, seed=1).summary.set_index(["kind", "model", "head"])
    assert summary.nll_per_cut["peak", "uniform", "a"] == pytest.approx(np.log(2 * LENGTH))
    assert fitted["a"].weights.matrix.shape == (2, 31, 4)
    # Both strands' cuts are of the same enzyme around the same base.
    plus, minus = (m - m.mean(axis=1, keepdims=True) for m in fitted["a"].weights.matrix[:, 10:21])
    assert np.corrcoef(plus.ravel(), minus.ravel())[0, 1] > 0.9


def test_motifs_and_backgrounds_for_footprints(fold, evaluated):
    _, data, _ = fold
    fitted = evaluated[2]
    given = enzyme_motifs(Evaluate(bias_motifs=("acgt", "GGG")), fitted)
    assert given == {"enzyme_1": "ACGT", "enzyme_2": "GGG"}
    learned = enzyme_motifs(Evaluate(), fitted)
    assert len(learned) == 4
    assert {len(motif) for motif in learned.values()} == {15}
    few = footprint_backgrounds(data, 500, 7)
    assert few.shape == (7, 500)
    every = footprint_backgrounds(data, 500, 10_000)
    assert len(every) == len(data.windows("test", "background"))
    table = footprint_table([Footprint("residual", "signal", "m", np.arange(1000.0))], {"m": "ACG"})
    assert table.position.tolist() == list(range(-100, 100))
    assert table.probability.iloc[100] == 500
    assert set(table.sequence) == {"ACG"}
