"""What a run recovers of a simulated genome."""

import numpy as np
import pandas as pd

from cisgrammar.figures.simulate.recovery import paint
from profile_figures import drawn_from, titles


def test_recovery_of_the_truth_by_the_truth_is_perfect(run):
    drawn = drawn_from("recovery", run)
    assert "preference: r = 1.000" in titles(drawn)
    agreement = drawn.table[drawn.table.panel == "agreement"].groupby("series").value.median()
    assert agreement["residual"] > 0.999
    assert agreement["observed"] < agreement["combined"] < 0.95
    counts = drawn.table[drawn.table.panel == "counts"]
    assert np.corrcoef(counts.x, counts.value)[0, 1] > 0.999


def test_every_factor_has_a_panel():
    names = ("truth", "observed", "combined", "residual", "residual beside")
    x = np.arange(-60, 61)
    rows = [
        {"panel": "preference", "series": base, "x": 0, "y": y, "value": y}
        for base, y in zip("ACGT", range(4), strict=True)
    ]
    rows += [{"panel": "agreement", "series": name, "x": i, "value": 0.5} for name in names[1:4] for i in range(3)]
    rows += [{"panel": "counts", "series": "combined", "x": i, "value": i} for i in range(3)]
    parts = [pd.DataFrame(rows)]
    for factor in "ABCDEFGH":
        curves = [pd.DataFrame({"series": name, "x": x, "value": 1.0, "n": 9}) for name in names]
        parts += [curve.assign(panel=f"footprint {factor}") for curve in curves]
    figure = paint(pd.concat(parts, ignore_index=True))
    shown = [axis.get_title()[:2] for axis in figure.axes if axis.axison]
    assert shown[3:] == [f"{factor}:" for factor in "ABCDEFGH"]
