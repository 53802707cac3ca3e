"""Simulated sites beside what the model makes of them."""

import numpy as np
import pandas as pd

from cisgrammar.figures.draw import draw
from cisgrammar.files.atomic import write_table
from cisgrammar.tables.contracts.simulate import RECOVERED_SPLICE_SITES
from figure_files import written
from toy_tables import filled


def test_simulated_sites_stand_apart_from_decoys(tmp_path):
    rng = np.random.default_rng(0)
    strength = rng.normal(10, 2, 60)
    table = pd.DataFrame({"kind": ["acceptor", "donor"] * 30, "role": ["site"] * 40 + ["decoy"] * 20})
    table = table.assign(strength=strength, frame_dependent=0, log_odds=strength - 8, called=[1] * 30 + [0] * 30)
    table = filled(RECOVERED_SPLICE_SITES, table)
    write_table(tmp_path / "t.tsv", table)
    figure = draw("splice_recovery", {"truth": str(tmp_path / "t.tsv")})
    assert (
        "r = 1.00 over sites, poison exons left out\n15 of 20 sites called, 0 of 10 decoys called"
        in figure.figure.axes[0].get_title("left")
    )
    assert [text.get_text() for text in figure.figure.legends[0].texts] == ["sites", "decoys"]
    written("splice_recovery", figure, tmp_path / "some")
    write_table(tmp_path / "t.tsv", table.head(0))
    empty = draw("splice_recovery", {"truth": str(tmp_path / "t.tsv")})
    assert "no simulated site" in empty.figure.axes[0].texts[0].get_text()
