"""Numbers of several folds brought together."""

import math

import pandas as pd
import pytest

from cisgrammar.gates import Gate
from cisgrammar.profile.evaluate.fold_average import average_gates, average_summaries, pool_regions


def gate(value, verdict):
    return Gate("combined", "s", "x", "combined.peaks.median_jsd", value, 0.67, verdict)


def test_regions_keep_their_fold():
    pooled = pool_regions({"a": pd.DataFrame({"start": [1, 2]}), "b": pd.DataFrame({"start": [3]})})
    assert pooled.to_dict("list") == {"fold": ["a", "a", "b"], "start": [1, 2, 3]}


def test_summaries_are_averaged_row_by_row():
    a = pd.DataFrame({"model": ["bias", "combined"], "split": ["peaks"] * 2, "jsd": [0.8, 0.6], "n": [10, 10]})
    b = pd.DataFrame({"model": ["combined", "bias"], "split": ["peaks"] * 2, "jsd": [0.5, 0.9], "n": [20, 20]})
    average = average_summaries({"a": a, "b": b}).set_index("model")
    assert average.loc["combined", "jsd"] == pytest.approx(0.55)
    assert average.loc["bias", "jsd_sd"] == pytest.approx(0.1 / math.sqrt(2))
    assert average.loc["bias", "folds"] == 2
    assert average.loc["bias", "n"] == 15


def test_a_gate_is_as_bad_as_its_worst_fold():
    (average,) = average_gates({"a": [gate(0.6, "pass")], "b": [gate(0.7, "fail")], "c": [gate(0.65, "warn")]})
    assert average.value == pytest.approx(0.65)
    assert average.verdict == "fail"
    assert average.fold == "all"


def test_ungraded_gates_stay_ungraded():
    (average,) = average_gates({"a": [gate(0.6, "n/a")], "b": [gate(0.8, "n/a")]})
    assert average.verdict == "n/a"


def test_a_number_that_a_fold_lacks_has_no_mean():
    (average,) = average_gates({"a": [gate(0.6, "pass")], "b": [gate(None, "fail")]})
    assert (average.value, average.bar, average.verdict) == (None, 0.67, "fail")


def test_one_fold_is_no_average():
    with pytest.raises(ValueError, match=r"got 1 fold\(s\)"):
        average_gates({"a": [gate(1, "pass")]})


def test_heads_called_by_numbers_are_averaged_apart():
    tables = {f: pd.DataFrame({"head": ["1", "2"], "median_jsd": v}) for f, v in (("a", [0.2, 0.6]), ("b", [0.4, 0.8]))}
    average = average_summaries(tables)
    assert average["head"].tolist() == ["1", "2"]
    assert average["median_jsd"].tolist() == pytest.approx([0.3, 0.7])
    assert "head_sd" not in average
