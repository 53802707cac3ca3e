"""What a run recovers of a simulated genome."""

import numpy as np

from profile_figures import drawn_from, titles


def test_recovery_of_the_truth_by_the_truth_is_perfect(run):
    drawn = drawn_from("recovery", run)
    assert "preference: r = 1.000" in titles(drawn)
    agreement = drawn.table[drawn.table.panel == "agreement"].groupby("series").value.median()
    assert agreement["residual"] > 0.999
    assert agreement["observed"] < agreement["combined"] < 0.95
    counts = drawn.table[drawn.table.panel == "counts"]
    assert np.corrcoef(counts.x, counts.value)[0, 1] > 0.999
