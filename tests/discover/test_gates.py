"""Gates of the stage: a finder that finds patterns in shuffled windows fails; no motif is an answer."""

import pandas as pd

from cisgrammar.discover.gates import discover_gates


def verdicts(table, in_shuffled):
    numbers = {"found": [{"in_shuffled": number} for number in in_shuffled]}
    return {gate.name: (gate.value, gate.verdict) for gate in discover_gates(table, numbers, "s")}


def test_patterns_in_shuffled_windows_fail():
    none = pd.DataFrame({"share": []})
    assert verdicts(none, [0, 0]) == {
        "discover.patterns_in_shuffled": (0, "pass"),
        "discover.motifs": (0, "n/a"),
        "discover.share_of_contributions": (0, "n/a"),
    }
    assert verdicts(none, [0, 1])["discover.patterns_in_shuffled"] == (1, "fail")
    assert verdicts(pd.DataFrame({"share": [0.2, 0.3]}), [0])["discover.share_of_contributions"] == (0.5, "n/a")
