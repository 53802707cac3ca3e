"""Predicted beside observed enrichment."""

import numpy as np

import binding_tables as made
from binding_figures import draw
from figure_files import said


def test_enrichment_prints_agreement_and_numbers(tmp_path):
    text = said(draw("binding_enrichment", tmp_path))
    assert "library, round 0 to 2, n = 4,400 held-out reads" in text
    table = made.enrichment()
    bins = table[table["unit"] == "bin"]
    slope = np.polyfit(bins["predicted"], bins["observed"], 1)[0]
    assert f"slope {slope:.2f}, n = 20" in text
    assert "n = 300" in text
