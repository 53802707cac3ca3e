"""Edits: what is different, and where."""

import numpy as np

from cisgrammar.perturb.edit import distinct


def test_distinct_versions():
    sequence = np.array([0, 1, 2, 3, 0, 1], dtype=np.uint8)
    codes = np.array([[1, 2, 3, 0], [1, 3, 2, 0], [1, 2, 3, 0], [1, 3, 2, 0], [1, 0, 3, 2]], dtype=np.uint8)
    edit, version = distinct(7, 1, codes, sequence)
    assert version.tolist() == [-1, 0, -1, 0, 1]
    assert (edit.row, edit.start, edit.end) == (7, 2, 5)
    assert edit.codes.tolist() == [[3, 2, 0], [0, 3, 2]]
