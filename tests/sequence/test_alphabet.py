"""Letters, codes, strands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.sequence.alphabet import complement, decode, encode, gc_content, one_hot, reverse_complement

PAIR = dict(zip("ACGTN", "TGCAN", strict=True))
sequences = st.text("ACGTN", max_size=50)


def test_encode_knows_case_and_ambiguity():
    assert encode("ACGTNacgtnRYSWKMBDHV").tolist() == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4] + [4] * 10
    assert encode(b"ACGU").tolist() == [0, 1, 2, 3]
    assert encode("ACGT").dtype == np.uint8


@pytest.mark.parametrize(("text", "letter", "position"), [("ACX", "X", 2), ("AC-GT", "-", 2), (">chr1", ">", 0)])
def test_encode_names_the_stray_letter(text, letter, position):
    with pytest.raises(ValueError, match=f"'{letter}' at position {position}"):
        encode(text)


def test_encode_names_a_letter_outside_of_latin():
    with pytest.raises(ValueError, match="position 1"):
        encode("Aβ")


@given(sequences)
def test_decode_undoes_encode(text):
    assert decode(encode(text)) == text


def test_decode_refuses_other_codes():
    with pytest.raises(ValueError, match="code 5 at position 1"):
        decode(np.array([0, 5], dtype=np.uint8))
    with pytest.raises(ValueError, match="shape"):
        decode(np.zeros((2, 2), dtype=np.uint8))


@given(sequences)
def test_reverse_complement_pairs_letters(text):
    assert decode(reverse_complement(encode(text))) == "".join(PAIR[letter] for letter in reversed(text))


def test_complement_keeps_order_type_and_n():
    for kind in (np.uint8, np.int64):
        codes = np.array([[0, 1, 2], [3, 4, 0]], dtype=kind)
        assert complement(codes).tolist() == [[3, 2, 1], [0, 4, 3]]
        assert complement(codes).dtype == kind


def test_reverse_complement_works_on_the_last_axis():
    codes = np.stack([encode("AACN"), encode("GTTT")])
    assert [decode(row) for row in reverse_complement(codes)] == ["NGTT", "AAAC"]


@given(sequences)
def test_one_hot_of_the_reverse_complement_is_turned_by_half(text):
    codes = encode(text)
    np.testing.assert_array_equal(one_hot(reverse_complement(codes)), one_hot(codes)[::-1, ::-1])


def test_one_hot_rows_are_bases_and_n_is_zero():
    hot = one_hot(np.stack([encode("ACGTN"), encode("NNNTT")]))
    assert hot.shape == (2, 4, 5)
    assert hot.dtype == np.float32
    np.testing.assert_array_equal(hot[0], np.hstack([np.eye(4), np.zeros((4, 1))]))
    assert hot[1].sum(axis=0).tolist() == [0, 0, 0, 1, 1]


def test_gc_content_is_of_known_bases():
    codes = np.stack([encode("GGNN"), encode("ACGT"), encode("NNNN")])
    assert gc_content(codes).tolist() == [1.0, 0.5, 0.0]
