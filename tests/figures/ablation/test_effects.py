"""Effects of single sites, beside decoys and controls."""

from ablation_figures import draw, usual
from cisgrammar.figures import style
from figure_files import said


def test_effects_show_motifs_decoys_and_controls_of_each_model(tmp_path):
    text = said(draw("ablation_effects", tmp_path, usual()["sites"]))
    for words in (
        "combined",
        "bias, transformed",
        "decoys of m (n = ",
        "control windows (n = ",
        "m (n = 20)",
        "q < 0.05",
        "median",
    ):
        assert words in text
    drawn = draw("ablation_effects", tmp_path, usual()["sites"])
    red = [line for line in drawn.figure.axes[0].lines if line.get_color() == style.VERMILION]
    assert sum(len(line.get_xdata()) for line in red) == 40
    assert sum(line.get_xdata() is not None and len(line.get_xdata()) == 20 for line in red) == 2


def test_a_model_whose_counts_are_in_no_prediction_has_no_empty_panel(tmp_path):
    sites = usual()["sites"]
    sites = sites.assign(delta_log_counts=sites["delta_log_counts"].where(sites["model"] != "bias"))
    drawn = draw("ablation_effects", tmp_path, sites)
    assert [axis.get_title(loc="left") for axis in drawn.figure.axes] == ["combined"]
