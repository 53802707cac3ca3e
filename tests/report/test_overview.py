"""The matrix of samples and folds shows the worst verdict of each."""

import pytest

from cisgrammar.report.overview import matrix


def gate(sample, fold, verdict, name="combined.peaks.median_jsd", value=0.5):
    return {"sample": sample, "fold": fold, "verdict": verdict, "name": name, "value": value}


def test_each_cell_is_the_worst_verdict_of_a_fold():
    gates = [
        gate("a", "fold0", "pass", value=0.4),
        gate("a", "fold0", "fail", "x"),
        gate("a", "fold0", "n/a", "y"),
        gate("a", "fold1", "warn", "x", None),
        gate("a", "fold1", "pass", value=0.6),
        gate("a", "all", "pass", value=0.9),
        gate("b", "fold0", "n/a"),
    ]
    table = matrix(gates, {"a": "report/a.html"})
    first, second = table.rows
    assert [first[f"fold_{fold}"] for fold in ("fold0", "fold1", "all")] == ["fail", "warn", "pass"]
    assert second["fold_fold0"] == "n/a"
    assert "fold_fold1" not in second
    assert [first[f"number_{word}"] for word in ("pass", "warn", "fail")] == [3, 1, 1]
    # over single folds: the pooled one is made of the same windows
    assert first["combined.peaks.median_jsd"] == pytest.approx(0.5)
    assert first["sample"] == '<a href="report/a.html">a</a>'
    assert [column.title for column in table.columns[1:4]] == ["all", "fold0", "fold1"]


def test_markup_in_a_name_is_text():
    table = matrix([gate("<b>", "f", "pass"), gate("c", "f", "pass")], {"<b>": '"><i>'})
    assert table.rows[0]["sample"] == '<a href="&#34;&gt;&lt;i&gt;">&lt;b&gt;</a>'


def test_one_fold_of_one_sample_needs_no_matrix():
    assert matrix([gate("a", "fold0", "pass"), gate("", "", "pass")], {}) is None
    assert matrix([], {}) is None
