"""Figures draw what their tables say, write the same bytes each time, and survive odd tables."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.ablation.contributions.contribution_files import PeakContributions, write_contributions
from cisgrammar.figures.draw import draw
from cisgrammar.profile.evaluate.cut_weights import CutWeights
from cisgrammar.profile.evaluate.evaluate import footprint_table, scored_regions
from cisgrammar.profile.evaluate.footprints import Footprint
from cisgrammar.profile.evaluate.metrics import region_metrics
from cisgrammar.profile.evaluate.preference import preference_table
from cisgrammar.profile.predict import Predictions, write_predictions
from cisgrammar.signal.store import cut_counts
from cisgrammar.signal.table import read_regions
from cisgrammar.simulate import truth
from cisgrammar.simulate.cuts import preference_matrix
from cisgrammar.tables.contracts.profile import SWEEP
from figure_files import written
from toy_fold import LENGTH, make_fold, open_fold
from toy_tables import filled

PARTS = ("combined", "residual", "transformation", "bias", "position_weight", "uniform", "pseudo_replicate")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files of a run in which every model knows the truth."""
    folder = tmp_path_factory.mktemp("run")
    made, paths = make_fold(folder)
    data = open_fold(paths)
    regions = scored_regions(read_regions(paths["regions"]), data.genome, _settings())
    starts = data.genome.positions(regions.chrom.tolist(), regions.start)
    counts = cut_counts(data.signal.heads["signal"], starts, LENGTH)
    parts, tables = {}, []
    for part in PARTS:
        track = made.unbiased if part == "residual" else made.expected
        rate = track.reshape(-1)[starts[:, None] + np.arange(LENGTH)][:, None]
        totals = rate.sum(axis=(1, 2))
        log_p = np.log(rate / totals[:, None, None])
        place = {name: getattr(regions, name) for name in ("chrom", "start", "end", "name", "kind")}
        found = region_metrics(counts, log_p, np.log(totals))
        tables.append(pd.DataFrame({**place, "model": part, "head": "signal", **found}))
        parts[part] = Predictions({"signal": log_p.astype(np.float32)}, {"signal": np.log(totals)})
    files = {**paths, **{n: folder / f"{n}.tsv" for n in ("per_region", "sweep", "history", "footprints", "bins")}}
    pd.concat(tables).to_csv(files["per_region"], sep="\t", index=False)
    files["predictions"] = folder / "predictions.h5"
    models = {part: parts[part] for part in ("combined", "residual", "transformation", "bias")}
    write_predictions(files["predictions"], models, regions.chrom.tolist(), regions.start)
    for name, suffix in (("truth", "json"), ("sites", "tsv"), ("rates", "h5")):
        files[name] = folder / f"{name}.{suffix}"
    truth.write_truth(files["truth"], made)
    truth.write_sites(files["sites"], made.genome)
    truth.write_rates(files["rates"], made)
    files["preference"] = folder / "preference.tsv"
    weights = CutWeights(np.pad(preference_matrix(1.0), ((5, 5), (0, 0)))[None])
    preference_table(preference_matrix(0.9), weights).to_csv(files["preference"], sep="\t", index=False)
    SWEEP.write(files["sweep"], _sweep())
    _history().to_csv(files["history"], sep="\t", index=False)
    _footprints().to_csv(files["footprints"], sep="\t", index=False)
    _bins().to_csv(files["bins"], sep="\t", index=False)
    return {name: str(path) for name, path in files.items()}


def _settings():
    from cisgrammar.config.profile import Evaluate

    return Evaluate(min_counts=10)


def _sweep():
    table = pd.DataFrame(
        {
            "threshold": [0.5, 1.0, 2.0],
            "n_windows": [400, 800, 1100],
            "background_jsd": [0.80, 0.79, 0.795],
            "background_nll": [6.3, 6.26, 6.27],
            "position_weight_jsd": [0.79] * 3,
            "position_weight_nll": [6.28] * 3,
            "peak_counts_pearson": [0.1, 0.2, 0.5],
            "position_weight_counts_pearson": [0.15] * 3,
            "leakage": [False, False, True],
            "verdict": ["bias learned", "bias learned", "motif leakage"],
            "chosen": [False, True, False],
        }
    )
    return filled(SWEEP, table)


def _history(epochs=6):
    epoch = np.arange(1, epochs + 1)
    return pd.DataFrame(
        {
            "epoch": epoch,
            "learning_rate": 0.004 / epoch,
            "train_loss": 600 - 10 * epoch,
            "validation_loss": 610 - 8 * epoch,
            "train_profile_nll_a": 500 - 9 * epoch,
            "validation_profile_nll_a": 510 - 7 * epoch,
            "train_profile_nll_b": 300 - 9 * epoch,
            "validation_profile_nll_b": 310 - 7 * epoch,
            "train_counts_mse_a": 1 / epoch,
            "validation_counts_mse_a": 1.1 / epoch,
            "kept": (epoch == epochs - 1).astype(float),
        }
    )


def _bins():
    x = np.linspace(-9, -5, 10)
    made = [
        pd.DataFrame({"head": head, "output": output, "bin": range(10), "n": 50, "before": x, "after": 1.5 * x})
        for head in ("a", "b")
        for output in ("profile", "counts")
    ]
    return pd.concat(made).assign(observed=np.tile(1.5 * x, 4), standard_error=0.1)


def _footprints():
    x = np.arange(1000) - 500
    flat = np.full(1000, 0.001)
    peak = flat + 0.02 * np.exp(-0.5 * (x / 4) ** 2)
    made = []
    for motif in ("", "enzyme_1", "enzyme_2", "REB1"):
        for part in ("combined", "residual", "transformation", "bias"):
            made.append(Footprint(part, "signal", motif, peak if motif and part != "residual" else flat))
    return footprint_table(made, {"enzyme_1": "GCAGTCCTGGACTGC", "enzyme_2": "ACAGTCCTGGACTGT", "REB1": "TTACCCGG"})


FIGURES = {
    "bias_preference": {"preference"},
    "threshold_sweep": {"sweep"},
    "training_curves": {"history"},
    "transformation_fit": {"bins"},
    "metric_distributions": {"per_region"},
    "counts_scatter": {"per_region"},
    "footprints": {"footprints"},
    "loci": {"per_region", "predictions", "genome", "signal"},
    "recovery": {
        "truth",
        "rates",
        "sites",
        "preference",
        "per_region",
        "predictions",
        "genome",
        "signal",
    },
}


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_written_and_the_same_each_time(files, tmp_path, name):
    inputs = {key: files[key] for key in FIGURES[name]}
    digests = set()
    for turn in ("one", "two"):
        folder = tmp_path / turn
        drawn = draw(name, inputs)
        assert all(axis.get_ylabel() or axis.get_shared_y_axes() for axis in drawn.figure.axes)
        digests.add(written(name, drawn, folder))
        assert len(pd.read_csv(folder / "f.tsv", sep="\t")) > 0
    assert len(digests) == 1


def _titles(drawn):
    return " ".join(axis.get_title() + axis.get_title(loc="left") for axis in drawn.figure.axes)


def _draw(name, inputs):
    import matplotlib.pyplot as plt

    drawn = draw(name, inputs)
    plt.close(drawn.figure)
    return drawn


def test_sweep_names_the_choice_and_metrics_their_numbers(files):
    sweep = _draw("threshold_sweep", files)
    assert sweep.figure.get_suptitle() == "chosen: 1 (bias learned)"
    metrics = _draw("metric_distributions", files).table.set_index(["kind", "metric", "model"])
    table = pd.read_csv(files["per_region"], sep="\t")
    expected = table[(table.kind == "peak") & (table.model == "combined")].jsd
    assert metrics.q50["peak", "jsd", "combined"] == pytest.approx(expected.median(), rel=5e-6)
    assert metrics.n["peak", "jsd", "combined"] == len(expected)
    assert f"n = {len(expected)}" in _titles(_draw("counts_scatter", files))


def test_loci_are_the_deciles_and_show_the_reads(files):
    drawn = _draw("loci", files)
    table = pd.read_csv(files["per_region"], sep="\t")
    jsd = table[(table.kind == "peak") & (table.model == "combined")].jsd.sort_values().to_numpy()
    assert f"distance {jsd[round(0.9 * (len(jsd) - 1))]:.3f}" in _titles(drawn)
    shown = drawn.table
    assert set(shown.locus) == {"best decile", "median", "worst decile"}
    one = shown[shown.locus == "median"]
    start = int(one.start.iloc[0])
    counts = open_fold({k: files[k] for k in ("genome", "signal", "regions")})
    where = counts.genome.position(one.chrom.iloc[0], start)
    observed = counts.signal.heads["signal"][0, where : where + LENGTH]
    half = len(one) // 2
    np.testing.assert_array_equal(one.observed, observed[LENGTH // 2 - half : LENGTH // 2 + half])


def test_loci_of_explained_peaks_show_what_their_bases_contribute(files, tmp_path):
    regions = read_regions(files["regions"])
    rows = np.flatnonzero((regions.kind == "peak") & (regions.split == "test"))[::3]
    data = open_fold({k: files[k] for k in ("genome", "signal", "regions")})
    start = regions.start[rows] - 30
    where = data.genome.positions(regions.chrom[rows].tolist(), start)
    codes = np.stack([data.genome.codes[i : i + LENGTH + 60] for i in where])
    values = np.random.default_rng(0).normal(0, 0.01, (len(rows), 4, LENGTH + 60)).astype(np.float32)
    values[:, :, 30 + LENGTH // 2] = 5.0
    key = ("signal", "counts")
    made = PeakContributions(rows, regions.chrom[rows], start, codes, {key: values}, {key: values[:, 0]})
    write_contributions(tmp_path / "c.h5", made)
    inputs = {key: files[key] for key in (*FIGURES["loci"], "regions")}
    drawn = draw("loci", {**inputs, "contributions": str(tmp_path / "c.h5")})
    shown = set(zip(regions.chrom[rows].tolist(), regions.start[rows].tolist(), strict=True))
    assert set(zip(drawn.table.chrom, drawn.table.start, strict=True)) <= shown
    assert drawn.table.groupby("locus").contribution.idxmax().map(drawn.table.position).tolist() == [0, 0, 0]
    for row in drawn.table[drawn.table.position == 7].itertuples():
        where = data.genome.position(row.chrom, row.start) + LENGTH // 2 + 7
        assert row.base == "ACGT"[data.genome.codes[where]]
    written("loci", drawn, tmp_path)


def test_recovery_of_the_truth_by_the_truth_is_perfect(files):
    drawn = _draw("recovery", files)
    titles = _titles(drawn)
    assert "preference: r = 1.000" in titles
    agreement = drawn.table[drawn.table.panel == "agreement"].groupby("series").value.median()
    assert agreement["residual"] > 0.999
    assert agreement["observed"] < agreement["combined"] < 0.95
    counts = drawn.table[drawn.table.panel == "counts"]
    assert np.corrcoef(counts.x, counts.value)[0, 1] > 0.999


def test_a_table_without_a_column_is_refused_by_name(files, tmp_path):
    pd.DataFrame({"threshold": [1]}).to_csv(tmp_path / "sweep.tsv", sep="\t", index=False)
    with pytest.raises(ValueError, match=r"sweep\.tsv: no column cutoff, n_windows"):
        _draw("threshold_sweep", {"sweep": str(tmp_path / "sweep.tsv")})


def test_one_threshold_one_epoch_one_window_and_no_motif_can_be_drawn(files, tmp_path):
    SWEEP.write(tmp_path / "sweep.tsv", _sweep().iloc[1:2])
    _draw("threshold_sweep", {"sweep": str(tmp_path / "sweep.tsv")})
    _history(2).iloc[:1].to_csv(tmp_path / "history.tsv", sep="\t", index=False)
    _draw("training_curves", {"history": str(tmp_path / "history.tsv")})
    table = pd.read_csv(files["per_region"], sep="\t")
    one = table[table.name == table.name[table.kind == "peak"].iloc[0]]
    one.to_csv(tmp_path / "per_region.tsv", sep="\t", index=False)
    inputs = {**files, "per_region": str(tmp_path / "per_region.tsv")}
    for name in ("metric_distributions", "counts_scatter", "loci"):
        _draw(name, inputs)
    footprints = pd.read_csv(files["footprints"], sep="\t")
    footprints[footprints.motif == "background"].to_csv(tmp_path / "footprints.tsv", sep="\t", index=False)
    _draw("footprints", {"footprints": str(tmp_path / "footprints.tsv")})
