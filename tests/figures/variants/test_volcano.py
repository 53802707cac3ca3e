"""Variants by effect and p-value."""

from variant_figures import drawn, files


def test_a_panel_for_each_null_counts_what_is_called(tmp_path):
    found = drawn("variants_volcano", files(tmp_path))
    titles = [axis.get_title() for axis in found.figure.axes]
    assert [title.split(":")[0] for title in titles] == ["demo, substitutions", "demo, shuffled"]
    part = found.table[found.table["null"] == "shuffled"]
    assert f"{(part.q < 0.05).sum()} of 60" in titles[1]
    grey, down, up = found.figure.axes[1].lines[:3]
    assert (down.get_xdata() < 0).all()
    assert (up.get_xdata() >= 0).all()
    assert len(grey.get_xdata()) + len(down.get_xdata()) + len(up.get_xdata()) == 60
