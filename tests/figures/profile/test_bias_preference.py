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


def test_titles_say_of_how_many_ends_and_how_sure_and_older_tables_are_drawn(run, tmp_path):
    counted, learned = (axis.get_title(loc="left") for axis in drawn_from("bias_preference", run).figure.axes)
    assert counted.endswith("\n1,000 5' ends, standard errors up to 0.04")
    assert learned.endswith("\nstandard errors up to 0.01, r = 1.00 over 84 values")
    table = drawn_from("bias_preference", run).table
    older = tmp_path / "preference.tsv"
    table[["position", "base", "position_weight", "learned"]].to_csv(older, sep="\t", index=False)
    counted, learned = drawn_from("bias_preference", {"preference": str(older)}).figure.axes
    assert counted.get_title(loc="left") == "counted: log-odds of bases around cuts"
    assert learned.get_title(loc="left").endswith("\nr = 1.00 over 84 values")
