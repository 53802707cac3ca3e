"""Figures of the splice stage draw what its tables say, the same bytes each time, and survive what is not there."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

from cisgrammar.figures.draw import draw
from cisgrammar.files.atomic import write_table
from cisgrammar.splice.calibration import tables as calibration_tables
from cisgrammar.splice.calibration.calibrate import calibrate
from cisgrammar.splice.compat.adapters import Tempered
from cisgrammar.splice.frames import oracles
from cisgrammar.splice.frames.codon_replacement import codon_replacement
from cisgrammar.splice.frames.deletion import deletion
from cisgrammar.splice.frames.statistics import FrameStatistics
from cisgrammar.splice.models.model import ModelToAnalyze
from cisgrammar.statistics.bootstrap import Bootstrap
from cisgrammar.tables.contracts.simulate import RECOVERED_SPLICE_SITES
from figure_files import written
from toy_exons import make_genes
from toy_tables import filled

DRAWS = Bootstrap(50, 1)
STATISTICS = FrameStatistics(DRAWS, 99)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The tables of a run with the oracle that knows of frames."""
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp("splice")
    genes, exons = make_genes(8, exons=4)
    genes = replace(genes, splits=("train",) * 4 + ("test",) * 4)
    exons = exons.select(exons.gene >= 4)
    blind = oracles.frame_blind(genes.subset("train"), genes, exons.internal_coding())
    sure = ModelToAnalyze(Tempered(blind.model, 0.5), blind.model_cl, blind.cl_model_clipped)
    found = {
        name: calibrate(m, genes.subset("train"), genes.subset("test"), DRAWS)
        for name, m in (("model", sure), ("position_weights", blind))
    }
    aware = oracles.with_open_frame_rule(blind)
    deletions = deletion(aware, genes, exons).table(STATISTICS).assign(repair="none")
    tables = {
        "thresholds": calibration_tables.thresholds_table(found["model"]),
        "accuracy": calibration_tables.accuracy_table(found),
        "pr": calibration_tables.pr_table(found),
        "reliability": calibration_tables.reliability_table(found["model"]),
        "codons": codon_replacement(aware, genes, exons).table(STATISTICS),
        "deletions": deletions,
    }
    for name, table in tables.items():
        write_table(folder / f"{name}.tsv", table)
    return {name: str(folder / f"{name}.tsv") for name in tables}


FIGURES = {
    "splice_pr_curves": ("pr", "accuracy"),
    "splice_thresholds": ("thresholds", "accuracy"),
    "splice_reliability": ("reliability", "accuracy"),
    "splice_codons": ("codons",),
    "splice_deletions": ("deletions",),
}


def drawn(name, files):
    return draw(name, {key: files[key] for key in FIGURES[name]})


@pytest.mark.parametrize("name", FIGURES)
def test_figures_are_written_and_the_same_each_time(files, tmp_path, name):
    digests = set()
    for turn in ("one", "two"):
        folder = tmp_path / turn
        digests.add(written(name, drawn(name, files), folder))
        assert len(pd.read_csv(folder / "f.tsv", sep="\t")) > 0
    assert len(digests) == 1


@pytest.mark.parametrize("name", FIGURES)
def test_tables_without_rows_give_a_figure_that_says_so(files, tmp_path, name):
    empty = {}
    for key in FIGURES[name]:
        empty[key] = str(tmp_path / f"{key}.tsv")
        write_table(empty[key], pd.read_csv(files[key], sep="\t").iloc[:0])
    drawn(name, empty)


def test_the_curve_shows_held_out_genes_with_their_number_of_sites(files):
    found = drawn("splice_pr_curves", files)
    accuracy = pd.read_csv(files["accuracy"], sep="\t")
    held = accuracy[(accuracy.role == "held_out") & (accuracy.model == "model")].set_index(["channel", "metric"]).value
    assert set(found.table.role) == {"held_out"}
    for axis, channel in zip(found.figure.axes, ("acceptor", "donor")):
        assert axis.get_title() == f"{channel}: n = {held[channel, 'sites']:.0f} sites"
        dot = next(line for line in axis.lines if line.get_marker() == "o")
        assert dot.get_xdata()[0] == dot.get_ydata()[0] == pytest.approx(held[channel, "top_k_1"])


def test_simulated_sites_stand_apart_from_decoys(tmp_path):
    rng = np.random.default_rng(0)
    strength = rng.normal(10, 2, 60)
    table = pd.DataFrame({"kind": ["acceptor", "donor"] * 30, "role": ["site"] * 40 + ["decoy"] * 20})
    table = table.assign(strength=strength, frame_dependent=0, log_odds=strength - 8, called=[1] * 30 + [0] * 30)
    table = filled(RECOVERED_SPLICE_SITES, table)
    write_table(tmp_path / "t.tsv", table)
    figure = draw("splice_recovery", {"truth": str(tmp_path / "t.tsv")})
    assert "r = 1.00 over sites\n15 of 20 sites called, 0 of 10 decoys called" in figure.figure.axes[0].get_title(
        "left"
    )
    assert [text.get_text() for text in figure.figure.legends[0].texts] == ["sites", "decoys"]
    written("splice_recovery", figure, tmp_path / "some")
    write_table(tmp_path / "t.tsv", table.head(0))
    empty = draw("splice_recovery", {"truth": str(tmp_path / "t.tsv")})
    assert "no simulated site" in empty.figure.axes[0].texts[0].get_text()


def test_stops_are_the_red_points_and_only_phase_0_has_an_effect(files):
    found = drawn("splice_codons", files)
    names = [label.get_text() for label in found.figure.axes[-1].get_xticklabels()]
    for phase, axis in enumerate(found.figure.axes):
        red = next(line for line in axis.lines if line.get_label() == "stop codons")
        assert {names[int(x)] for x in red.get_xdata()} == {"TAA", "TAG", "TGA"}
        assert (np.min(red.get_ydata()) < -5) == (phase == 0)


def test_deletions_by_length_are_coloured_by_the_frame(files):
    found = drawn("splice_deletions", files)
    lines = {line.get_label(): line for line in found.figure.axes[0].lines}
    assert lines["multiple of 3"].get_xdata().tolist() == [3, 6, 9]
    assert lines["shifts the frame"].get_xdata().tolist() == [1, 2, 4, 5, 7, 8]
    assert set(found.table.panel) >= {"in the exon", "in the introns"}
