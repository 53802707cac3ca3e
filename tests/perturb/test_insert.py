"""Motifs as letters, and where they are put."""

import numpy as np
import pytest
import torch

from cisgrammar.perturb.insert import first_position, insert, motif_codes, put
from cisgrammar.sequence.alphabet import decode, encode, one_hot


def test_a_motif_is_written_over_the_centre_of_a_copy_or_where_it_is_told():
    codes = np.tile(encode("CCCCCCCCCC"), (2, 1))
    assert [decode(row) for row in insert(codes, "gat")] == ["CCCCGATCCC"] * 2
    assert decode(insert(codes[0], "GATA", 6)) == "CCCCCCGATA"
    assert (codes == 1).all()


def test_an_n_leaves_what_is_there():
    assert decode(insert(encode("ACGTACGT"), "GNNG", 2)) == "ACGTAGGT"
    lines = np.stack([encode("AAAA"), encode("TTTT")])
    put(lines, np.array([4, 1], dtype=np.uint8), 1, keep=4)
    assert [decode(row) for row in lines] == ["AACA", "TTCT"]


def test_letters_and_one_hot_are_the_same_motif():
    wanted = [2, 0, 4, 3]
    assert motif_codes("GANT").tolist() == wanted
    hot = torch.from_numpy(one_hot(encode("GANT")))
    assert motif_codes(hot).tolist() == motif_codes(hot[None]).tolist() == wanted
    assert motif_codes("yx", alphabet=("X", "Y")).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("motif", "message"),
    [
        ("", "motif must be letters or a one-hot tensor"),
        ("GAU", "'U' at position 2; wanted A, C, G, T or N"),
        (torch.ones(3, 5), r"motif must have shape \(4, width\), got \(3, 5\)"),
    ],
)
def test_other_motifs_are_refused(motif, message):
    with pytest.raises(ValueError, match=message):
        motif_codes(motif)


def test_a_place_is_whole_and_inside():
    assert first_position(3, 10, None, "it") == 4
    assert first_position(4, 10, 6, "it") == 6
    with pytest.raises(ValueError, match="it of 4 bp at 7 does not fit into a sequence of 10 bp"):
        first_position(4, 10, 7, "it")
    for wrong in (1.0, True, "1"):
        with pytest.raises(ValueError, match="start must be a whole number"):
            first_position(4, 10, wrong, "it")
