"""Position bias along the read."""

import numpy as np

import binding_tables as made
from binding_figures import draw
from figure_files import said


def test_each_strand_is_a_line_at_its_estimates(tmp_path):
    drawn = draw("binding_position_bias", tmp_path)
    (axis,) = drawn.figure.axes
    table = made.position_bias()
    shown = {line.get_color(): line.get_ydata() for line in axis.lines if len(line.get_xdata()) == 17}
    assert len(shown) == 2
    for strand, values in zip("+-", shown.values(), strict=True):
        np.testing.assert_allclose(values, table[table["strand"] == strand]["log_bias"], rtol=1e-5)
    assert axis.get_title(loc="left") == "REB1 in library"


def test_each_library_has_its_panel(tmp_path):
    drawn = draw("binding_position_bias", tmp_path, position_bias=made.position_bias(("a", "b", "c")))
    titles = [axis.get_title(loc="left") for axis in drawn.figure.axes if axis.axison]
    assert titles == ["REB1 in a", "REB1 in b", "REB1 in c"]
    assert "ln position bias (nats)" in said(drawn)
