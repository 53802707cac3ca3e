"""One effect of a frame check in words, and beside its oracles."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from cisgrammar.figures.splice.answer import answer_rows, paint_answer, verdict
from cisgrammar.tables.contracts import splice
from toy_tables import filled


def one(series, value, lower, upper):
    return {"series": series, "value": value, "lower": lower, "upper": upper, "n_genes": 12}


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [(-9, -1, "less"), (1, 9, "more"), (-2, 3, "no difference is shown"), (float("nan"), float("nan"), "no answer")],
)
def test_the_interval_decides_and_not_the_value(lower, upper, words):
    rows = pd.DataFrame([one("open_frames", -60, -70, -50), one("model", -5, lower, upper)])
    assert verdict(rows, "less", "more").startswith(words)


def test_only_the_asked_effect_of_the_asked_metric_is_taken(tmp_path):
    keys = {"check": "deletion", "quantity": ["a", "a", "b"], "metric": ["called", "probability", "called"]}
    summary = pd.DataFrame({**keys, "value": [1.0, 2.0, 3.0], "lower": 0.0, "upper": 4.0})
    controls = summary.assign(oracle="open_frames", value=[-1.0, -2.0, -3.0])
    files = {"summary": tmp_path / "s.tsv", "controls": tmp_path / "c.tsv"}
    splice.FRAME_SUMMARY.write(files["summary"], filled(splice.FRAME_SUMMARY, summary))
    splice.FRAME_CONTROLS.write(files["controls"], filled(splice.FRAME_CONTROLS, controls))
    found = answer_rows({name: str(path) for name, path in files.items()}, "deletion", "a", "called")
    assert found[["series", "value"]].to_numpy().tolist() == [["model", 1.0], ["open_frames", -1.0]]
    figure, axis = plt.subplots()
    paint_answer(axis, found, "points")
    plt.close(figure)
    assert [label.get_text() for label in axis.get_yticklabels()] == ["the model", "oracle that needs an open frame"]
