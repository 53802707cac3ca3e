"""Starts of the search for a motif: which go on, and where a k-mer lies in the matrix."""

from __future__ import annotations

import numpy as np
import pytest

from cisgrammar.binding.fit.starts import better_half, spread
from cisgrammar.binding.layers.psam import PSAM


@pytest.mark.parametrize(
    ("losses", "near", "wanted"),
    [
        ([3.0, 1.0, 2.0, 4.0], np.inf, [1, 2]),
        ([3.0, 1.0, 2.0, 4.0], 0.5, [1]),
        ([1.0, 1.0 + 1e-6, 2.0, 4.0], np.inf, [0]),
        ([2.0, 1.0, 3.0], np.inf, [1, 0]),
    ],
)
def test_the_better_half_goes_on_once_each(losses: list[float], near: float, wanted: list[int]) -> None:
    assert better_half(np.array(losses), near, same=1e-4) == wanted


def test_a_kmer_lies_in_the_middle_of_the_matrix() -> None:
    matrix, rest = np.arange(1.0, 9).reshape(2, 4), np.zeros((5, 4))
    full = spread(matrix, PSAM(5), rest)
    np.testing.assert_array_equal(full[1:3], matrix)
    assert not full[[0, 3, 4]].any()
    assert not rest.any()


def test_a_palindromes_class_is_the_mean_of_its_two_positions() -> None:
    matrix = np.arange(16.0).reshape(4, 4)
    full = spread(matrix, PSAM(4, symmetry=[1, 2, -2, -1]), np.zeros((4, 4)))
    np.testing.assert_array_equal(full, [(matrix[0] + matrix[3][::-1]) / 2, (matrix[1] + matrix[2][::-1]) / 2])
