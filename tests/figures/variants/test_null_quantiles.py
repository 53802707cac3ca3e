"""Quantiles of p-values."""

from variant_figures import drawn, files


def test_a_panel_for_each_score_with_both_nulls(tmp_path):
    found = drawn("variants_null_quantiles", files(tmp_path))
    assert [axis.get_title() for axis in found.figure.axes] == ["demo: logfc", "demo: jsd"]
    for axis in found.figure.axes:
        assert len(axis.lines) == 3
