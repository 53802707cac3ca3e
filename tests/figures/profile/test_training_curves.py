"""Losses of a training by epoch."""

from profile_figures import drawn_from, history_table


def test_the_epoch_that_was_kept_is_marked(run):
    figure = drawn_from("training_curves", run).figure
    marks = {float(line.get_xdata()[0]) for line in figure.axes[0].lines if len(set(line.get_xdata())) == 1}
    assert marks == {5.0}


def test_a_single_epoch_is_drawn(tmp_path):
    history_table(2).iloc[:1].to_csv(tmp_path / "history.tsv", sep="\t", index=False)
    figure = drawn_from("training_curves", {"history": str(tmp_path / "history.tsv")}).figure
    shown = [line.get_ydata()[0] for line in figure.axes[0].lines if len(line.get_xdata()) == 1]
    assert {590.0, 602.0} <= set(shown)
