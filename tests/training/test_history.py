"""The file of a training's history."""

import pytest

from cisgrammar.tables.contracts.profile import TRANSFORMATION_HISTORY
from cisgrammar.training.history import write_history

ROW = {"epoch": 1.0, "learning_rate": 0.004, "train_loss": 0.123456789, "validation_loss": 2.5, "kept": 1.0}


def test_history_is_one_row_per_epoch_or_a_header(tmp_path):
    path = tmp_path / "h.tsv"
    write_history(path, [ROW])
    header = "epoch\tlearning_rate\ttrain_loss\tvalidation_loss\tkept\n"
    assert path.read_text() == header + "1\t0.004\t0.12345679\t2.5\t1\n"
    write_history(path, [])
    assert path.read_text() == header
    write_history(path, [{name: ROW[name] for name in ("epoch", "train_loss", "kept")}], TRANSFORMATION_HISTORY)
    assert path.read_text() == "epoch\ttrain_loss\tkept\n1\t0.12345679\t1\n"


def test_a_row_of_another_kind_is_refused_and_the_file_stays(tmp_path):
    path = tmp_path / "h.tsv"
    write_history(path, [ROW])
    before = path.read_text()
    with pytest.raises(ValueError, match="no column kept"):
        write_history(path, [{name: value for name, value in ROW.items() if name != "kept"}])
    with pytest.raises(ValueError, match="unknown column speed"):
        write_history(path, [{**ROW, "speed": 3.0}])
    assert path.read_text() == before
