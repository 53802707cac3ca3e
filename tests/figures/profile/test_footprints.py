"""Marginal footprints of motifs."""

import pandas as pd

from figure_files import said
from profile_figures import drawn_from


def test_each_motif_has_a_panel_and_the_residual_is_flat(run):
    drawn = drawn_from("footprints", run)
    assert sum("REB1: TTACCCGG" in axis.get_title() for axis in drawn.figure.axes) == 1
    heights = drawn.table[drawn.table.motif == "REB1"].groupby("part").probability.agg(lambda p: p.max() - p.min())
    assert heights["residual"] < 0.01 * heights["combined"]


def test_background_alone_is_said_to_hold_no_motif(run, tmp_path):
    footprints = pd.read_csv(run["footprints"], sep="\t")
    footprints[footprints.motif == "background"].to_csv(tmp_path / "footprints.tsv", sep="\t", index=False)
    assert "no motif was asked for" in said(drawn_from("footprints", {"footprints": str(tmp_path / "footprints.tsv")}))


def test_without_bias_there_is_one_curve_and_no_bar(run, tmp_path):
    footprints = pd.read_csv(run["footprints"], sep="\t")
    footprints[footprints.part == "combined"].to_csv(tmp_path / "footprints.tsv", sep="\t", index=False)
    figure = drawn_from("footprints", {"footprints": str(tmp_path / "footprints.tsv")}).figure
    labels = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    assert labels == ["model (no bias stage)", "model without motif"]


def test_errors_are_in_the_titles_and_older_tables_are_drawn(run, tmp_path):
    footprints = pd.read_csv(run["footprints"], sep="\t").assign(probability_se=0.0001, backgrounds=64)
    footprints.to_csv(tmp_path / "footprints.tsv", sep="\t", index=False)
    drawn = drawn_from("footprints", {"footprints": str(tmp_path / "footprints.tsv")})
    assert "maximum 0.00100 ± 0.00020" in drawn.figure.axes[0].get_title()
    assert drawn.figure.get_suptitle() == "means of 64 background windows with the motif; bands: 95 %"
    older = footprints.drop(columns=["probability_se", "backgrounds"])
    older.to_csv(tmp_path / "older.tsv", sep="\t", index=False)
    drawn = drawn_from("footprints", {"footprints": str(tmp_path / "older.tsv")})
    assert drawn.figure.axes[0].get_title().endswith("maximum 0.00100")
    assert drawn.figure.get_suptitle() == ""
