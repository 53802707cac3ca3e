"""Numbers and changes of names, eight letters at a time, are those of plain Python."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.signal.counts.letters import Words


def laid_out(fields: list[bytes]) -> tuple[Words, np.ndarray, np.ndarray]:
    """Fields one after the other, with a tab between."""
    text = b"\t".join(fields)
    width = np.array([len(field) for field in fields], dtype=np.int64)
    begin = np.cumsum(width + 1) - width - 1
    return Words(np.frombuffer(text, dtype=np.uint8)), begin, width


@given(st.lists(st.tuples(st.integers(0, 10**16 - 1), st.integers(0, 3)), min_size=1, max_size=20))
def test_numbers_of_up_to_16_digits(values):
    fields = [(b"0" * zeros + str(value).encode())[-16:] for value, zeros in values]
    words, begin, width = laid_out(fields)
    assert words.numbers(begin, begin + width).tolist() == [int(field) for field in fields]


@pytest.mark.parametrize("place", range(10))
@pytest.mark.parametrize("letter", [0, 32, 43, 45, 46, 47, 58, 69, 127, 128, 208, 255])
def test_any_other_letter_at_any_place_is_no_number(place, letter):
    field = bytearray(b"1234567890")
    field[place] = letter
    words, begin, width = laid_out([b"12", bytes(field), b"7"])
    assert words.numbers(begin, begin + width) is None


@pytest.mark.parametrize("field", [b"", b"1" * 17])
def test_no_digit_or_too_many_are_no_number(field):
    words, begin, width = laid_out([b"12", field])
    assert words.numbers(begin, begin + width) is None


@given(st.lists(st.sampled_from([b"chr1", b"chr2", b"c", b"", b"chr1_KI270706v1_random", b"chr1_KI270706v1_randon"])))
def test_names_change_where_they_differ(fields):
    words, begin, width = laid_out(fields)
    wanted = [i == 0 or fields[i] != fields[i - 1] for i in range(len(fields))]
    assert words.changes(begin, width).tolist() == wanted
