"""Files of predictions: written in batches, read in any rows."""

import hashlib

import h5py
import numpy as np
import pytest

from cisgrammar.files import rows
from cisgrammar.files.atomic import DiskFullError, atomic_hdf5
from cisgrammar.profile import prediction_file
from cisgrammar.profile.models.heads import Head
from cisgrammar.profile.predict import iter_parts, predict_parts
from cisgrammar.profile.prediction_file import (
    InMemory,
    PredictionFile,
    PredictionWriter,
    read_predictions,
    write_predictions,
)
from toy_profile import small_solo
from toy_profile_models import HEADS, models

GENOME = np.random.default_rng(0).integers(0, 4, size=2000).astype(np.uint8)
CHROMS = ["chr2", "chr1", "chr2"]
STARTS = np.array([300, 500, 901])


def _parts():
    return predict_parts(models()["combined"], GENOME, STARTS)


def test_files_read_back_and_are_the_same_each_time(tmp_path):
    parts = _parts()
    digests = set()
    for name in ("one.h5", "two.h5"):
        write_predictions(tmp_path / name, parts, CHROMS, STARTS)
        digests.add(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1
    again, chroms, found = read_predictions(tmp_path / "one.h5")
    assert chroms == CHROMS
    assert found.tolist() == STARTS.tolist()
    assert list(again) == list(parts)
    assert list(again["bias"].log_counts) == [head.name for head in HEADS]
    for part, predicted in parts.items():
        for head in ("a", "b"):
            np.testing.assert_array_equal(again[part].log_probabilities[head], predicted.log_probabilities[head])
            np.testing.assert_array_equal(again[part].log_counts[head], predicted.log_counts[head])
    with pytest.raises(FileNotFoundError, match="run the predict stage"):
        read_predictions(tmp_path / "none.h5")


def test_batches_give_the_bytes_of_all_at_once(tmp_path):
    parts = _parts()
    write_predictions(tmp_path / "whole.h5", parts, CHROMS, STARTS)
    with atomic_hdf5(tmp_path / "batches.h5", track_order=True) as file:
        writer = PredictionWriter(file, CHROMS, STARTS)
        for batch in iter_parts([models()["combined"]], GENOME, STARTS, batch_size=2):
            writer.add(batch)
    whole, batches = (read_predictions(tmp_path / f"{name}.h5") for name in ("whole", "batches"))
    assert batches[1] == whole[1]
    for part, predicted in whole[0].items():
        for head, values in predicted.log_probabilities.items():
            np.testing.assert_allclose(batches[0][part].log_probabilities[head], values, atol=1e-6)
            np.testing.assert_allclose(batches[0][part].log_counts[head], predicted.log_counts[head], atol=1e-6)


def test_rows_are_read_in_any_order_and_as_often_as_asked_for(tmp_path, monkeypatch):
    heads = (Head("z", 2), Head("a"))
    starts = np.arange(200, 1200, 10)
    parts = predict_parts(small_solo(heads, layers=0), GENOME, starts)
    write_predictions(tmp_path / "p.h5", parts, ["chr1"] * len(starts), starts)
    chosen = np.array([99, 3, 3, 0, 50])
    for spread in (0, 1000):
        monkeypatch.setattr(rows, "SPREAD", spread)
        with PredictionFile(tmp_path / "p.h5") as file:
            assert (len(file), file.parts, file.heads) == (100, ("bias",), ("z", "a"))
            for source in (file, InMemory(parts)):
                for asked in (chosen, chosen[:0]):
                    found = source.read("bias", asked)
                    for head in ("z", "a"):
                        expected = parts["bias"].log_probabilities[head][asked]
                        np.testing.assert_array_equal(found.log_probabilities[head], expected)
                        np.testing.assert_array_equal(found.log_counts[head], parts["bias"].log_counts[head][asked])


def test_a_full_disk_is_told_before_the_first_batch(tmp_path, monkeypatch):
    def full(path, size):
        raise DiskFullError(28, f"{path} {size}")

    monkeypatch.setattr(prediction_file, "require_room", full)
    with pytest.raises(DiskFullError), h5py.File(tmp_path / "p.h5", "w", track_order=True) as file:
        PredictionWriter(file, CHROMS, STARTS).add(_parts())


def test_another_file_is_refused(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file.attrs["format"] = "other"
    with pytest.raises(ValueError, match="not a file of predictions"):
        PredictionFile(tmp_path / "other.h5")
