"""Metrics of windows that are kept on disk come back as they were, in the order that they began."""

import numpy as np
import pytest

from cisgrammar.profile.evaluate import scores as module
from cisgrammar.profile.evaluate.scores import Scored, Scores
from cisgrammar.signal.table import Regions

METRICS = ("counts", "log_counts", "log_likelihood", "nll_per_cut", "jsd", "pearson", "spearman")


def _regions(number=20):
    text = np.array([f"w{i}" for i in range(number)])
    kind = np.where(np.arange(number) % 4, "peak", "background")
    start = np.arange(number) * 100
    return Regions(np.repeat("c", number), start, start + 9, text, kind, text, start, start.astype(float))


def _filled(tmp_path):
    regions, rng = _regions(), np.random.default_rng(0)
    scores, made = Scores(regions, tmp_path), {}
    for kind in ("peak", "background"):
        rows = np.flatnonzero(regions.kind == kind)
        named = [Scored(name, "a", kind) for name in ("two", "one")]
        for scored in named:
            scores.begin(scored, rows)
            made[scored] = {name: rng.random(len(rows)) for name in METRICS}
        # Blocks of both, one after the other.
        for first in range(0, len(rows), 4):
            for scored in named:
                scores.add(scored, first, {name: v[first : first + 4] for name, v in made[scored].items()})
    return regions, scores, made


def test_what_was_kept_comes_back(tmp_path):
    _, scores, made = _filled(tmp_path)
    for scored, expected in made.items():
        for name, values in scores.of(scored).items():
            np.testing.assert_array_equal(values, expected[name])
    assert scores.heads == ["a"]
    absent = scores.of(Scored("none", "a", "peak"))
    assert {len(values) for values in absent.values()} == {len(scores.rows(Scored("none", "a", "peak")))} == {0}


@pytest.mark.parametrize("rows", [3, 4096])
def test_the_table_has_a_row_for_each_window_and_model(tmp_path, monkeypatch, rows):
    regions, scores, made = _filled(tmp_path)
    monkeypatch.setattr(module, "_ROWS", rows)
    frames = list(scores.frames())
    assert max(map(len, frames)) <= rows
    found = [(row.kind, row.model, row.name, row.jsd) for frame in frames for row in frame.itertuples(index=False)]
    expected = [
        (scored.kind, scored.model, regions.name[row], values["jsd"][i])
        for scored, values in made.items()
        for i, row in enumerate(np.flatnonzero(regions.kind == scored.kind))
    ]
    assert found == expected


def test_no_file_is_left(tmp_path):
    _filled(tmp_path)
    assert not list(tmp_path.iterdir())
