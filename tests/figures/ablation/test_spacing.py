"""Interaction of two motifs by their distance, in the model and in vitro."""

import numpy as np

from ablation_figures import draw, usual
from figure_files import said


def test_a_pair_that_was_not_measured_says_so(tmp_path):
    table = usual()["spacings"]
    assert "not measured" not in said(draw("ablation_spacing", tmp_path, table))
    assert "not measured" in said(draw("ablation_spacing", tmp_path, table.assign(log_omega=np.nan)))
