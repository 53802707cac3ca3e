"""Deletions by their length."""

import pandas as pd

from splice_figures import drawn


def test_deletions_by_length_are_coloured_by_the_frame(files):
    found = drawn("splice_deletions", files)
    lines = {line.get_label(): line for line in found.figure.axes[0].lines}
    assert lines["multiple of 3"].get_xdata().tolist() == [3, 6, 9]
    assert lines["shifts the frame"].get_xdata().tolist() == [1, 2, 4, 5, 7, 8]
    assert set(found.table.panel) >= {"in the exon", "in the introns"}


def test_an_effect_on_one_exon_does_not_set_the_axis(files, tmp_path):
    table = pd.read_csv(files["deletions"], sep="\t")
    chosen = (table.site == "own") & (table.place == "exon") & (table.stratum == "all") & (table.length == 9)
    table["n_exons"] = table["n_exons"].where(chosen, 12)
    table.loc[chosen, ["value", "lower", "upper", "n_exons"]] = [500.0, 400.0, 600.0, 1]
    table.to_csv(tmp_path / "deletions.tsv", sep="\t", index=False)
    axis = drawn("splice_deletions", {**files, "deletions": str(tmp_path / "deletions.tsv")}).figure.axes[0]
    assert axis.get_ylim()[1] < 200
    assert [text.get_text() for text in axis.texts] == ["500, n = 1"]
    assert axis.get_xticks().tolist() == list(range(1, 10))


def test_the_heading_is_the_answer_beside_the_oracle(files):
    found = drawn("splice_deletions", files)
    answer = found.table[found.table.panel == "answer"].set_index("series")
    assert f"oracle that needs an open frame: {answer.value['open_frames']:+.1f}" in found.figure.get_suptitle()
