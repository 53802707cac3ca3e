"""Codes to rows of letters, banded matrices, pads."""

from __future__ import annotations

import pytest
import torch

from cisgrammar.binding.layers import embedding
from cisgrammar.binding.reads.alphabet import DNA, Alphabet


def test_banded_matrix_holds_the_filter_at_each_window() -> None:
    values = torch.arange(1.0, 9.0).reshape(1, 4, 2)
    band = embedding.banded(values, 3).reshape(3, 4, 2)
    torch.testing.assert_close(band[0:2, :, 0], values[0].T)
    torch.testing.assert_close(band[1:3, :, 1], values[0].T)
    assert float(band.sum()) == 2 * 36


@pytest.mark.parametrize("width", [6, 7])
def test_rows_of_letters_are_those_of_the_alphabet(width: int) -> None:
    codes = torch.arange(17, dtype=torch.uint8).repeat(width)[: 8 * width].reshape(8, width)
    rows = embedding.finite_rows(DNA, torch.zeros(0, dtype=torch.float32))
    assert torch.equal(embedding.letter_rows(codes, DNA, torch.float32), rows[codes.long()])


def test_windows_that_touch_a_pad_are_marked() -> None:
    codes = torch.tensor([[0, 1, 2, 4, 4], [0, 1, 2, 3, 0]], dtype=torch.uint8)
    touched = embedding.windows_with_pad(codes, DNA, 3)
    assert touched.tolist() == [[False, True, True], [False, False, False]]
    assert embedding.windows_with_pad(codes[1:], DNA, 3) is None


def test_rows_are_made_once_for_each_alphabet_and_type() -> None:
    """A fit asks for them thousands of times, also after a table was first asked for where gradients are off."""
    other = Alphabet("ACGT", {"R": "AG"})
    with torch.inference_mode():
        first = embedding.finite_rows(other, torch.zeros(0, dtype=torch.float64))
    again = embedding.finite_rows(Alphabet("ACGT", {"R": "AG"}), torch.zeros(0, dtype=torch.float64))
    assert first is again
    assert not first.is_inference()
    assert len(embedding.finite_rows(DNA, torch.zeros(0, dtype=torch.float64))) != len(first)
    assert embedding.finite_rows(other, torch.zeros(0, dtype=torch.float32)).dtype == torch.float32
