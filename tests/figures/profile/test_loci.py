"""Windows that fit well, as most, and badly."""

import numpy as np
import pandas as pd

from cisgrammar.ablation.contributions.contribution_files import PeakContributions, write_contributions
from cisgrammar.figures.draw import draw
from cisgrammar.profile.prediction_file import read_predictions, write_predictions
from cisgrammar.signal.table import read_regions
from cisgrammar.tables.contracts.ablation import SITE_EFFECTS
from figure_files import written
from profile_figures import FIGURES, drawn_from, one_window, titles
from toy_fold import LENGTH, open_fold
from toy_tables import filled


def test_loci_are_the_deciles_and_show_the_reads(run):
    drawn = drawn_from("loci", run)
    table = pd.read_csv(run["per_region"], sep="\t")
    jsd = table[(table.kind == "peak") & (table.model == "combined")].jsd.sort_values().to_numpy()
    assert f"distance {jsd[round(0.9 * (len(jsd) - 1))]:.3f}" in titles(drawn)
    shown = drawn.table
    assert set(shown.locus) == {"best decile", "median", "worst decile"}
    one = shown[shown.locus == "median"]
    start = int(one.start.iloc[0])
    counts = open_fold({k: run[k] for k in ("genome", "signal", "regions")})
    where = counts.genome.position(one.chrom.iloc[0], start)
    observed = counts.signal.heads["signal"][0, where : where + LENGTH]
    half = len(one) // 2
    np.testing.assert_array_equal(one.observed, observed[LENGTH // 2 - half : LENGTH // 2 + half])


def test_loci_of_explained_peaks_show_what_their_bases_contribute(run, tmp_path):
    regions = read_regions(run["regions"])
    rows = np.flatnonzero((regions.kind == "peak") & (regions.split == "test"))[::3]
    data = open_fold({k: run[k] for k in ("genome", "signal", "regions")})
    start = regions.start[rows] - 30
    where = data.genome.positions(regions.chrom[rows].tolist(), start)
    codes = np.stack([data.genome.codes[i : i + LENGTH + 60] for i in where])
    values = np.random.default_rng(0).normal(0, 0.01, (len(rows), 4, LENGTH + 60)).astype(np.float32)
    values[:, :, 30 + LENGTH // 2] = 5.0
    key = ("signal", "counts")
    made = PeakContributions(rows, regions.chrom[rows], start, codes, {key: values}, {key: values[:, 0]})
    write_contributions(tmp_path / "c.h5", [made])
    inputs = {key: run[key] for key in (*FIGURES["loci"], "regions")}
    summits = {"chrom": regions.chrom[rows], "start": regions.start[rows] + LENGTH // 2 - 3}
    sites = pd.DataFrame({**summits, "name": "REB1", "kind": "site", "model": "combined", "head": "signal"})
    sites = sites.assign(end=sites.start + 8, q_value=0.01)
    beside = sites.assign(name="CBF1", start=sites.start + 20, end=sites.start + 26, q_value=0.5)
    decoys = sites.assign(name="decoy", kind="decoy", start=sites.start - 40, end=sites.start - 30)
    table = pd.concat([sites, beside, decoys, beside.assign(model="residual", name="GATA")], ignore_index=True)
    SITE_EFFECTS.write(tmp_path / "sites.tsv", filled(SITE_EFFECTS, table))
    paths = {"contributions": str(tmp_path / "c.h5"), "ablated": str(tmp_path / "sites.tsv")}
    drawn = draw("loci", {**inputs, **paths})
    for _, locus in drawn.table.groupby("locus"):
        assert locus.position[locus.site == "REB1"].tolist() == list(range(-3, 5))
        assert locus.position[locus.necessary == 1].tolist() == list(range(-3, 5))
        assert set(locus.site.dropna()) == {"REB1", "CBF1"}
    assert {(text.get_text(), text.get_fontweight()) for text in drawn.figure.axes[0].texts} == {
        ("REB1", "bold"),
        ("CBF1", "normal"),
    }
    shown = set(zip(regions.chrom[rows].tolist(), regions.start[rows].tolist(), strict=True))
    assert set(zip(drawn.table.chrom, drawn.table.start, strict=True)) <= shown
    assert drawn.table.groupby("locus").contribution.idxmax().map(drawn.table.position).tolist() == [0, 0, 0]
    for row in drawn.table[drawn.table.position == 7].itertuples():
        where = data.genome.position(row.chrom, row.start) + LENGTH // 2 + 7
        assert row.base == "ACGT"[data.genome.codes[where]]
    written("loci", drawn, tmp_path)


def test_a_single_window_is_all_deciles(run, tmp_path):
    inputs = one_window(run, tmp_path)
    shown = drawn_from("loci", inputs).table
    assert set(shown.locus) == {"best decile", "median", "worst decile"}
    assert shown.name.nunique() == 1


def test_without_bias_there_is_a_row_for_the_reads_and_one_for_the_model(run, tmp_path):
    parts, chroms, starts = read_predictions(run["predictions"])
    write_predictions(tmp_path / "plain.h5", {"combined": parts["combined"]}, chroms, starts)
    drawn = drawn_from("loci", {**run, "predictions": str(tmp_path / "plain.h5")})
    assert len(drawn.figure.axes) == 6
    assert drawn.figure.axes[3].get_ylabel().startswith("model\n")
    assert "residual" not in drawn.table
