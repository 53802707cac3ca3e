"""Gates of the discover stage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cisgrammar.gates import Gate, Place

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
    return [
        place.judged("discover.patterns_in_shuffled", false, MOST_IN_SHUFFLED, "below"),
        place.shown("discover.motifs", len(motifs)),
        place.shown("discover.share_of_contributions", float(motifs["share"].sum()) if len(motifs) else 0.0),
    ]
