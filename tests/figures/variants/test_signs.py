"""Signs by motif: the share beside what chance gives."""

from variant_figures import drawn, files


def test_a_motif_has_its_share_and_the_share_by_chance(tmp_path):
    found = drawn("variants_signs", files(tmp_path))
    (axis,) = found.figure.axes
    assert found.table["motif"].tolist() == ["all", "REB1"]
    assert found.table["variants"].tolist() == [30, 30]
    labels = [text.get_text() for text in axis.get_legend().get_texts()]
    assert sorted(labels) == ["by chance", "share, 95 %"]
    assert "REB1 (30)" in [text.get_text() for text in axis.get_yticklabels()]
