"""Estimates beside the truth of a simulated library."""

import binding_tables as made
from binding_figures import draw
from cisgrammar.figures import style
from figure_files import said


def test_recovery_counts_what_is_within_two_standard_errors(tmp_path):
    table = made.truth()
    table["estimate"] = table["true"]
    table.loc[0, "estimate"] += 0.5
    text = said(draw("binding_recovery", tmp_path, truth=table))
    assert "31 of 32 within two standard errors" in text
    assert "17 of 17 within two standard errors" in text
    only = table[table["quantity"] == "beta"]
    drawn = draw("binding_recovery", tmp_path, truth=only)
    assert len(drawn.figure.axes) == 1
    assert drawn.figure.get_size_inches()[0] == style.COLUMN
