"""Planted sites and pairs beside what was found."""

import numpy as np
import pandas as pd

from cisgrammar.figures.draw import draw as draw_figure
from cisgrammar.tables.contracts.simulate import RECOVERED_SITES, RECOVERED_SPACINGS
from figure_files import said, written
from toy_tables import filled


def test_planted_sites_and_pairs_are_shown_with_their_numbers(tmp_path):
    sites = pd.DataFrame(
        {
            "factor": ["A", "A", "B", "all"],
            "group": ["strong", "decoy", "strong", "strong"],
            "sites": [20, 10, 5, 25],
            "found": [20, 10, 4, 24],
            "necessary": [19, 0, 4, 23],
            "share": [0.95, 0.0, 0.8, 0.92],
        }
    )
    spacings = pd.DataFrame({"pair": "A:A", "offset": [8, 9, 30], "planted": 4, "true": [0, 0.9, 0]})
    spacings = spacings.assign(interaction=[0.1, 0.8, 0.0], interaction_se=0.1, log_omega=[-1.0, 1.0, np.nan])
    spacings = spacings.assign(null_low=-0.2, null_high=0.2, peak=[False, True, False])
    spacings = spacings.assign(log_omega_low=[-np.inf, 0.5, np.nan], log_omega_high=[-0.5, 1.5, np.nan])
    RECOVERED_SITES.write(tmp_path / "sites.tsv", filled(RECOVERED_SITES, sites))
    for name, table in (("spacings", spacings), ("none", spacings.head(0))):
        RECOVERED_SPACINGS.write(tmp_path / f"{name}.tsv", filled(RECOVERED_SPACINGS, table))
    inputs = {name: str(tmp_path / f"{name}.tsv") for name in ("sites", "spacings")}
    drawn = draw_figure("ablation_recovery", inputs)
    assert {text.get_text() for text in drawn.figure.axes[0].texts} == {"19/20", "0/10", "4/5"}
    written("ablation_recovery", drawn, tmp_path / "some")
    assert "planted 9 bp; called 9 bp" in said(drawn)
    open_, called = (line for line in drawn.figure.axes[1].lines if line.get_marker() == "o")
    assert (open_.get_xdata().tolist(), called.get_xdata().tolist()) == ([8], [9])
    (intervals,) = drawn.figure.axes[2].collections
    assert [segment[1, 1] for segment in intervals.get_segments()] == [-0.5, 1.5]
    # Bars of the truth, in units of their own at the right, begin where the points' zero is.
    zeros = [axis.transAxes.inverted().transform(axis.transData.transform((0, 0)))[1] for axis in drawn.figure.axes[1:]]
    assert np.allclose(zeros[:2], zeros[2:])
    drawn = draw_figure("ablation_recovery", {**inputs, "spacings": str(tmp_path / "none.tsv")})
    assert "no pair was scanned" in said(drawn)
    written("ablation_recovery", drawn, tmp_path / "none")
