"""The tables of a results folder, of all samples and folds together."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from cisgrammar.api.results import Results
from cisgrammar.tables.contracts.profile import HISTORY, SWEEP


def write_history(path, epochs):
    path.parent.mkdir(parents=True, exist_ok=True)
    columns = {name: [1.5] * epochs for name in HISTORY.names}
    HISTORY.write(path, pd.DataFrame(columns | {"epoch": list(range(1, epochs + 1)), "kept": 1}))


def test_a_table_has_the_rows_of_all_samples_and_folds(tmp_path):
    for sample, epochs in (("a", 2), ("b", 1)):
        write_history(tmp_path / "combined" / sample / "fold0" / "history.tsv", epochs)
    results = Results(tmp_path)
    found = results.read(HISTORY.path)
    assert found["sample"].tolist() == ["a", "a", "b"]
    assert found["fold"].tolist() == ["fold0"] * 3
    assert found["epoch"].tolist() == [1, 2, 1]
    assert results.tables == [HISTORY.path]
    assert "2 tables of combined" in repr(results)


def test_what_is_not_there_is_said(tmp_path):
    with pytest.raises(ValueError, match="no such folder"):
        Results(tmp_path / "none")
    results = Results(tmp_path)
    with pytest.raises(ValueError, match="run the stage ablation first"):
        results.motifs  # noqa: B018 - the access is the test
    with pytest.raises(ValueError, match=f"no {SWEEP.path}"):
        results.read("sweep.tsv")
    with pytest.raises(ValueError, match=r"summary\.tsv'; wanted one of evaluate/<sample>/<fold>/summary\.tsv"):
        results.read("summary.tsv")
    with pytest.raises(ValueError, match="run the whole workflow"):
        results.gates  # noqa: B018 - the access is the test


def test_gates_are_the_rows_with_a_verdict(tmp_path):
    rows = [
        {"stage": "bias", "sample": "a", "fold": "f", "name": "x", "value": 1.0, "bar": 0.5, "verdict": "pass"},
        {"stage": "bias", "sample": "a", "fold": "f", "name": "y", "value": 1.0, "bar": None, "verdict": None},
        {"stage": "bias", "sample": "a", "fold": "f", "name": "z", "value": 1.0, "bar": None, "verdict": "n/a"},
    ]
    (tmp_path / "summary.json").write_text(json.dumps(rows))
    results = Results(tmp_path)
    assert len(results.summary) == 3
    assert results.gates.name.tolist() == ["x"]
