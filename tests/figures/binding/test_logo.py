"""Logos of fitted motifs."""

import matplotlib.pyplot as plt
import pytest

import binding_tables as made
from binding_figures import draw
from cisgrammar.figures.draw import draw as draw_figure
from figure_files import said


def test_logo_of_the_other_strand_is_the_reverse_complement(tmp_path):
    drawn = draw("binding_logo", tmp_path)
    titles = [axis.get_title(loc="left") for axis in drawn.figure.axes]
    table = made.matrix().pivot(index="position", columns="base", values="beta")
    assert titles[0] == f"REB1: {''.join(table.idxmax(axis=1))}\nstrand +"
    assert titles[1] == "strand - (reverse complement)"
    assert "n = 36,000 reads" in said(drawn)
    heights = [[patch.get_extents().height for patch in axis.patches] for axis in drawn.figure.axes[:2]]
    assert len(heights[0]) == len(heights[1]) >= 16
    assert sorted(heights[0]) == pytest.approx(sorted(heights[1]), rel=1e-2)


def test_reads_are_those_of_all_libraries_and_may_be_unknown(tmp_path):
    assert "n = 72,000 reads of 2 libraries" in said(draw("binding_logo", tmp_path, heldout=made.heldout(("a", "b"))))
    paths = made.write(tmp_path, matrix=made.matrix())
    drawn = draw_figure("binding_logo", paths)
    plt.close(drawn.figure)
    assert "reads" not in said(drawn)
