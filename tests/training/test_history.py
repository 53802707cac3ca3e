"""The file of a training's history."""

import pytest

from cisgrammar.training.history import write_history


def test_history_is_one_row_per_epoch_or_a_header(tmp_path):
    path = tmp_path / "h.tsv"
    write_history(path, [{"epoch": 1.0, "train_loss": 0.123456789, "kept": 1.0}])
    assert path.read_text() == "epoch\ttrain_loss\tkept\n1\t0.12345679\t1\n"
    write_history(path, [])
    assert path.read_text() == "epoch\tlearning_rate\tvalidation_loss\tkept\n"


def test_a_row_with_another_part_is_refused_and_the_file_stays(tmp_path):
    path = tmp_path / "h.tsv"
    write_history(path, [{"epoch": 1.0}])
    with pytest.raises(ValueError, match="train_loss"):
        write_history(path, [{"epoch": 1.0}, {"epoch": 2.0, "train_loss": 0.5}])
    assert path.read_text() == "epoch\n1\n"
