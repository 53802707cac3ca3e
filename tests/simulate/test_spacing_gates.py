"""Gates of planted pairs: a scan that finds them passes, and each gate has one that fails it."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.gates import Place
from cisgrammar.simulate.spacing_gates import pair_gates, spacing_gates

PLACE = Place("ablation", "s", "f")
FAVOURED = {9: 0.9, 11: 0.5, 14: 0.0}


def scan(**changed):
    """60 placements of A with itself: 9 and 11 on the same strand are high, called, and local maxima."""
    offsets = np.tile(np.arange(8, 28), 3)
    table = pd.DataFrame({"pair": "A:A", "model": "combined", "head": "h", "offset": offsets})
    table["strands"] = np.repeat(["same", "opposite", "turned"], 20)
    table = table.assign(interaction=0.0, contrast_low=-0.1, p_value=0.5, q_value=0.9, image_of="")
    table.loc[1, ["interaction", "contrast_low", "p_value", "q_value"]] = [0.9, 0.5, 0.001, 0.02]
    table.loc[2, "interaction"] = 0.6  # between both: higher than 11, but no maximum
    table.loc[3, ["interaction", "contrast_low", "p_value", "q_value"]] = [0.5, 0.1, 0.002, 0.03]
    for column, (rows, value) in changed.items():
        table.loc[rows, column] = value
    return table


def judged(table):
    gates = spacing_gates(table, ["A"], FAVOURED, PLACE, 0.05)
    assert {(g.stage, g.sample, g.fold) for g in gates} == {("ablation", "s", "f")}
    return {gate.name.removeprefix("truth.spacing."): (gate.value, gate.verdict) for gate in gates}


def test_a_scan_that_finds_the_planted_distances_passes():
    assert judged(scan()) == {
        "best": (1.0, "pass"),
        "called": (1.0, "pass"),
        "unplanted": (0.0, "pass"),
        "images": (0.0, "n/a"),
    }


@pytest.mark.parametrize(
    ("changed", "name", "expected"),
    [
        ({"contrast_low": ([1], -0.1)}, "best", (0.5, "warn")),  # 9 bp is no maximum
        ({"contrast_low": ([1, 3], -0.1)}, "best", (0.0, "fail")),
        ({"contrast_low": ([2], 0.1)}, "best", (0.5, "warn")),  # 10 bp is one, and above 11
        ({"contrast_low": ([2], 0.1), "interaction": ([2], 1.0)}, "best", (0.5, "fail")),
        ({"q_value": ([3], 0.2)}, "called", (0.5, "warn")),  # p of 11 bp is 0.002
        ({"q_value": ([3], 0.2), "p_value": ([3], 0.3)}, "called", (0.5, "fail")),
        ({"q_value": ([1, 3], np.nan), "p_value": ([1, 3], np.nan)}, "called", (0.0, "fail")),
        ({"p_value": (list(range(20, 25)), 0.01)}, "unplanted", (5 / 58, "warn")),
        ({"p_value": (list(range(20, 35)), 0.01)}, "unplanted", (15 / 58, "fail")),
    ],
)
def test_each_gate_fails_where_it_should(changed, name, expected):
    assert judged(scan(**changed))[name] == (pytest.approx(expected[0]), expected[1])


def test_images_of_planted_distances_are_counted_apart_and_those_of_others_are_not():
    rows = list(range(20, 30))
    planted = scan(p_value=(rows, 0.01), image_of=(rows, "same 9"))
    assert judged(planted)["unplanted"] == (0.0, "pass")
    assert judged(planted)["images"] == (10.0, "n/a")
    other = scan(p_value=(rows, 0.01), image_of=(rows, "opposite 9"))
    assert judged(other)["unplanted"] == (pytest.approx(10 / 58), "fail")


def test_other_models_and_pairs_do_not_count_and_without_a_planted_pair_there_is_no_gate():
    wrong = scan(interaction=(slice(None), 3.0), contrast_low=(slice(None), 1.0))
    both = pd.concat([scan(), wrong.assign(model="residual"), wrong.assign(pair="A:B")])
    assert judged(both)["best"] == (1.0, "pass")
    assert spacing_gates(scan(), ["B"], FAVOURED, PLACE, 0.05) == []
    assert spacing_gates(scan(), ["A"], {14: 0.0}, PLACE, 0.05) == []
    assert spacing_gates(scan().head(0), ["A"], FAVOURED, PLACE, 0.05) == []


@pytest.mark.parametrize(("hits", "verdict"), [(4, "pass"), (6, "warn"), (12, "fail")])
def test_far_pairs_are_called_at_the_stated_rate_or_fail(hits, verdict):
    pairs = pd.DataFrame({"gap": [20] * 30 + [120] * 60, "model": "combined", "head": "h"})
    pairs["p_value"] = [0.001] * 30 + [0.01] * hits + [0.6] * (60 - hits)
    pairs = pd.concat([pairs, pairs.assign(model="residual", p_value=0.001)])
    (gate,) = pair_gates(pairs, PLACE, 0.05)
    assert (gate.name, gate.verdict, gate.bar) == ("truth.pairs.far", verdict, 0.05)
    assert gate.value == pytest.approx(hits / 60)
    assert pair_gates(pairs[pairs["gap"] < 100], PLACE, 0.05) == []
