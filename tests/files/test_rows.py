"""Rows of datasets, contiguous and in chunks."""

import h5py
import numpy as np
import pytest

from cisgrammar.files import rows
from cisgrammar.files.rows import rows_of


@pytest.mark.parametrize("spread", [0, 8, 1000])
@pytest.mark.parametrize("chunks", [None, (4, 3)])
def test_rows_are_those_of_the_whole(tmp_path, monkeypatch, spread, chunks):
    monkeypatch.setattr(rows, "SPREAD", spread)
    values = np.random.default_rng(0).random((50, 3))
    with h5py.File(tmp_path / "x.h5", "w") as file:
        data = file.create_dataset("x", data=values, chunks=chunks)
        for asked in ([], [7], [49, 0, 7, 7], [3, 4, 5]):
            np.testing.assert_array_equal(rows_of(data, np.array(asked, dtype=np.int64)), values[asked])
