"""Codons written into exons."""

import numpy as np

from splice_figures import drawn


def test_stops_are_the_red_points_and_only_phase_0_has_an_effect(files):
    found = drawn("splice_codons", files)
    names = [label.get_text() for label in found.figure.axes[-1].get_xticklabels()]
    for phase, axis in enumerate(found.figure.axes[1:]):
        red = next(line for line in axis.lines if line.get_label() == "stop codons")
        assert {names[int(x)] for x in red.get_xdata()} == {"TAA", "TAG", "TGA"}
        assert (np.min(red.get_ydata()) < -5) == (phase == 0)


def test_the_heading_is_the_answer_with_its_interval_beside_both_oracles(files):
    found = drawn("splice_codons", files)
    answer = found.table[found.table.panel == "answer"].set_index("series")
    heading = found.figure.get_suptitle()
    assert heading.startswith("a stop in frame lowers calls more than one out of frame")
    assert f"{answer.value['model']:+.1f} points" in heading
    assert answer.value["frame_blind"] == 0 > answer.upper["open_frames"]
    assert len(found.figure.axes[0].get_yticks()) == 3
