"""The preference that was counted beside the one that was learned."""

import numpy as np

from profile_figures import drawn_from


def test_each_column_is_a_logo_on_one_scale(run):
    drawn = drawn_from("bias_preference", run)
    limits = {axis.get_ylim() for axis in drawn.figure.axes}
    assert len(drawn.figure.axes) == len({"learned", "position_weight"} & set(drawn.table.columns)) == 2
    assert len(limits) == 1
    learned = drawn.table.pivot(index="position", columns="base", values="learned").to_numpy()
    (_, high) = limits.pop()
    assert high >= np.maximum(learned, 0).sum(axis=1).max()
