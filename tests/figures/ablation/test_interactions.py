"""Interaction of pairs of sites in the genome."""

from ablation_figures import draw, usual
from figure_files import said


def test_pairs_of_either_order_share_a_panel(tmp_path):
    table = usual()["pairs"]
    table.loc[0, ["name_a", "name_b"]] = ["k", "m"]
    text = said(draw("ablation_interactions", tmp_path, table))
    assert "k and m (n = 3)" in text
    assert "m and m (n = 3)" in text
