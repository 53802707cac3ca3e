"""Gates of the stage: a finder that finds patterns in shuffled windows fails; no motif is an answer."""

import math

import pandas as pd
import pytest

from cisgrammar.discover.gates import discover_gates


def verdicts(table, in_shuffled):
    numbers = {"found": [{"in_shuffled": number} for number in in_shuffled]}
    return {gate.name: (gate.value, gate.verdict) for gate in discover_gates(table, numbers, "s")}


def test_patterns_in_shuffled_windows_fail():
    none = pd.DataFrame({"share": [], "halves": [], "folds": []})
    assert verdicts(none, [0, 0]) == {
        "discover.patterns_in_shuffled": (0, "pass"),
        "discover.motifs": (0, "n/a"),
        "discover.share_of_contributions": (0, "n/a"),
    }
    assert verdicts(none, [0, 1])["discover.patterns_in_shuffled"] == (1, "fail")
    two = pd.DataFrame({"share": [0.2, 0.3], "halves": [math.nan] * 2, "folds": [math.nan] * 2})
    assert verdicts(two, [0])["discover.share_of_contributions"] == (0.5, "n/a")


@pytest.mark.parametrize(("name", "bar"), [("halves", 0.95), ("folds", 0.9)])
def test_the_least_stable_motif_counts_and_one_without_a_number_does_not(name, bar):
    table = pd.DataFrame({"share": [0.1] * 3, "halves": [math.nan] * 3, "folds": [math.nan] * 3})
    gate = f"discover.alike_in_{name}"
    assert gate not in verdicts(table, [0])
    assert verdicts(table.assign(**{name: [0.99, bar + 0.01, math.nan]}), [0])[gate] == (bar + 0.01, "pass")
    assert verdicts(table.assign(**{name: [0.99, bar - 0.01, math.nan]}), [0])[gate] == (bar - 0.01, "fail")
