"""Codons written into exons."""

import numpy as np

from splice_figures import drawn


def test_stops_are_the_red_points_and_only_phase_0_has_an_effect(files):
    found = drawn("splice_codons", files)
    names = [label.get_text() for label in found.figure.axes[-1].get_xticklabels()]
    for phase, axis in enumerate(found.figure.axes):
        red = next(line for line in axis.lines if line.get_label() == "stop codons")
        assert {names[int(x)] for x in red.get_xdata()} == {"TAA", "TAG", "TGA"}
        assert (np.min(red.get_ydata()) < -5) == (phase == 0)
