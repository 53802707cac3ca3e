"""Expected seconds of jobs: of earlier runs where there are some."""

from cisgrammar.files.durations import Durations

HEADER = "s\th:m:s\tmax_rss\n"


def test_earlier_jobs_of_a_rule_win_over_the_demo(tmp_path):
    for fold, seconds in (("fold0", 10), ("fold1", 30), ("fold2", 20)):
        path = tmp_path / "rules" / "combined" / "a" / fold / "train_combined.tsv"
        path.parent.mkdir(parents=True)
        path.write_text(f"{HEADER}{seconds}\t0:00:10\t100\n")
    (tmp_path / "train_bias.tsv").write_text("")
    (tmp_path / "choose_bias.tsv").write_text(f"{HEADER}-\t-\t-\n")
    durations = Durations(tmp_path)
    assert durations.of("train_combined") == 20
    assert durations.of("train_bias") == Durations(tmp_path / "none").of("train_bias") == 21
    assert durations.of("choose_bias") == 6
    assert durations.of("write_manifest") == 2
