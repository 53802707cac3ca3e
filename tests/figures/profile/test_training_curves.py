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


def test_a_constant_weight_has_no_panel_and_a_gain_in_the_last_epoch_is_told(tmp_path):
    table = history_table(6)
    table["kept"] = [0, 0, 0, 0, 0, 1]
    table["validation_loss"] = [700.0, 690, 680, 670, 660, 650]
    weights = ["counts_weight_a"]
    for name, values, panels in (("constant", 200.0, 4), ("adapted", [200.0, 190, 180, 170, 160, 150], 5)):
        for column in weights:
            table[column] = values
        table.to_csv(tmp_path / f"{name}.tsv", sep="\t", index=False)
        figure = drawn_from("training_curves", {"history": str(tmp_path / f"{name}.tsv")}).figure
        assert len(figure.axes) == panels
        assert "1.5 % better in the last 1, more may help" in figure.axes[0].get_title(loc="left")
    table["validation_loss"] = [700.0, 650.4, 650.3, 650.2, 650.1, 650.0]
    table.to_csv(tmp_path / "flat.tsv", sep="\t", index=False)
    figure = drawn_from("training_curves", {"history": str(tmp_path / "flat.tsv")}).figure
    assert "may help" not in figure.axes[0].get_title(loc="left")
