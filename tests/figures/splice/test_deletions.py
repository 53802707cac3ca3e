"""Deletions by their length."""

from splice_figures import drawn


def test_deletions_by_length_are_coloured_by_the_frame(files):
    found = drawn("splice_deletions", files)
    lines = {line.get_label(): line for line in found.figure.axes[0].lines}
    assert lines["multiple of 3"].get_xdata().tolist() == [3, 6, 9]
    assert lines["shifts the frame"].get_xdata().tolist() == [1, 2, 4, 5, 7, 8]
    assert set(found.table.panel) >= {"in the exon", "in the introns"}
