"""Necessity beside sufficiency of each motif."""

import numpy as np

from ablation_figures import draw, usual
from figure_files import said


def test_motifs_without_sufficiency_are_left_out_and_bars_are_intervals(tmp_path):
    table = usual()["motifs"]
    text = said(draw("ablation_necessity_sufficiency", tmp_path, table))
    assert "m (20)" in text
    assert "k (20)" in text
    less = table.assign(sufficiency=table["sufficiency"].where(table["motif"] != "k"))
    assert "k (20)" not in said(draw("ablation_necessity_sufficiency", tmp_path, less))
    assert "decoys" not in said(draw("ablation_necessity_sufficiency", tmp_path, table.assign(decoy_necessity=np.nan)))
