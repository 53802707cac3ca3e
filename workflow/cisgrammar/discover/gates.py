"""Gates of the discover stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cisgrammar.gates import Gate, Place

LEAST_ALIKE = {"halves": 0.95, "folds": 0.9}
"""Bars of the least cosine of a motif's patterns from halves of the windows, and from the models of folds (judgement;
halves of the demo agree to 0.999)."""
MOST_IN_SHUFFLED = 0.5
"""Bar of the number of patterns that the finder gives in shuffled windows: they hold none (by definition)."""


def discover_gates(motifs: pd.DataFrame, numbers: Mapping[str, Any], sample: str) -> list[Gate]:
    """Gates of a sample.

    Parameters
    ----------
    motifs
        Its table; that there is no motif is an answer, and no fault.
    numbers
        Of the finder: for each output and sign the patterns that it gave in shuffled windows.
    sample
        Its name.
    """
    place = Place("discover", sample)
    false = sum(each["in_shuffled"] for each in numbers["found"])
    gates = [place.judged("discover.patterns_in_shuffled", false, MOST_IN_SHUFFLED, "below")]
    for name, bar in LEAST_ALIKE.items():
        known = motifs[name].dropna() if len(motifs) else motifs[name]
        if len(known):
            gates.append(place.judged(f"discover.alike_in_{name}", float(known.min()), bar, "above"))
    return [
        *gates,
        place.shown("discover.motifs", len(motifs)),
        place.shown("discover.share_of_contributions", float(motifs["share"].sum()) if len(motifs) else 0.0),
    ]
