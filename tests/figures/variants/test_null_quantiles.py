"""Quantiles of p-values."""

import numpy as np
import pandas as pd

from cisgrammar.tables.contracts.variants import QQ
from variant_figures import drawn, files


def test_a_panel_for_each_score_with_both_nulls(tmp_path):
    found = drawn("variants_null_quantiles", files(tmp_path))
    assert [axis.get_title() for axis in found.figure.axes] == [
        f"demo: {name}, n = {round(0.5 * 10 ** found.table.expected.max())} variants"
        for name in ("change of counts", "change of the profile")
    ]
    for axis in found.figure.axes:
        assert len(axis.lines) == 3


def test_the_band_holds_uniform_p_values_and_a_floor_is_named(tmp_path):
    """400 sets of 200 uniform p-values: 5 % of the points of each rank lie outside; a null of 19 draws ends at 0.05."""
    rng = np.random.default_rng(0)
    n = 200
    expected = -np.log10((np.arange(n) + 0.5) / n)
    p = np.maximum(np.sort(rng.uniform(size=n)), 0.05)
    table = pd.DataFrame({"source": "demo", "score": "logfc", "null": "shuffled", "expected": expected})
    QQ.write(tmp_path / "qq.tsv", table.assign(observed=-np.log10(p)))
    (axis,) = drawn("variants_null_quantiles", {"qq": str(tmp_path / "qq.tsv")}).figure.axes
    assert [text.get_text() for text in axis.texts] == ["smallest p of the null: 0.05"]
    edges = axis.collections[0].get_paths()[0].vertices
    places = np.sort(expected)
    low, high = (
        np.array([choose(edges[np.isclose(edges[:, 0], x), 1]) for x in places]) for choose in (np.min, np.max)
    )
    drawn_p = np.sort(-np.log10(rng.uniform(size=(400, n))), axis=1)
    outside = ((drawn_p < low) | (drawn_p > high)).mean()
    assert abs(outside - 0.05) < 0.01
