"""The scan with planted matrices, by hand."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.sequence.alphabet import encode
from cisgrammar.simulate.factors.scan import scan_beside, scan_gate

MATRIX = np.where(np.eye(4)[[0, 1, 2, 3, 3, 0, 2, 0]] == 1, 0.97, 0.01)
FACTORS = [{"name": "F", "probabilities": MATRIX.tolist(), "effect_on_log_strength": 1.0}]
IDLE = {"name": "P", "probabilities": MATRIX[::-1].tolist(), "effect_on_log_strength": 0.0}
WORD = encode("ACGTTAGA")
WINDOWS = pd.DataFrame({"chrom": ["c", "d"], "start": [1000, 50], "end": [1100, 150]})


def scanned(found, missed=0):
    """Sites at 10 and, on the other strand, 60 of one window; the word where none is planted at 30 of the other."""
    codes = np.full((2, 100), 3, dtype=np.uint8)
    codes[0, 10:18], codes[0, 60:68], codes[1, 30:38] = WORD, 3 - WORD[::-1], WORD
    codes[0, 60] = 3 - codes[0, 60]
    sites = pd.DataFrame({"chrom": "c", "start": [1010, 1060], "end": [1018, 1068], "factor": "F"})
    table = pd.DataFrame({"factor": ["F"], "found": [found], "effect": 1.0, "hits": 2, "false_hits": missed})
    return scan_beside(table, FACTORS, sites, WINDOWS, codes)


def test_the_scan_is_cut_where_it_finds_as_many_sites():
    first = scanned(found=1).iloc[0]
    # The planted word and the other one score alike, so half of each is counted.
    assert (first["scan_hits"], first["scan_false"]) == (1.0, 0.5)
    both = scanned(found=2).iloc[0]
    assert (both["scan_hits"], both["scan_false"]) == (2.5, 1.0)
    assert np.isnan(scanned(found=0).iloc[0]["scan_hits"])


def test_a_passengers_places_are_false_and_no_recall():
    codes = np.full((2, 100), 3, dtype=np.uint8)
    codes[0, 10:18], codes[0, 60:68] = WORD, WORD[::-1]
    sites = pd.DataFrame({"chrom": "c", "start": [1010, 1060], "end": [1018, 1068], "factor": ["F", "P"]})
    table = pd.DataFrame({"factor": ["F", "P"], "found": [1, 0], "effect": [1.0, 0.0], "hits": [1, 0], "false_hits": 0})
    beside = scan_beside(table, [*FACTORS, IDLE], sites, WINDOWS, codes)
    # Both score alike: half of each.
    assert beside["scan_hits"].tolist() == [0.5, 0.5]
    assert beside["scan_false"].tolist() == [0.0, 0.5]
    assert scan_gate(beside, "s")[0].value == pytest.approx(0.5)
    # A passenger that was found among the motifs has false hits, whatever they meet.
    (found,) = scan_gate(beside.assign(hits=[1, 1]), "s")
    assert found.value == pytest.approx(0.0)


def test_the_gate_compares_precision():
    (good,) = scan_gate(scanned(found=2), "s")
    assert (good.verdict, good.value) == ("pass", pytest.approx(0.4))
    (bad,) = scan_gate(scanned(found=2, missed=2), "s")
    assert bad.value == pytest.approx(-0.6)
    many = scanned(found=2).assign(hits=1000, false_hits=900, scan_hits=1000.0, scan_false=400.0)
    assert scan_gate(many, "s")[0].verdict == "fail"
    assert scan_gate(many.assign(scan_false=890.0), "s")[0].verdict == "warn"
    assert scan_gate(scanned(found=0), "s") == []
