"""Codes of reads: pads, N and ambiguity codes, and how they differ from the codes of genomes."""

import numpy as np
import pytest

from cisgrammar.binding.reads.alphabet import DNA, Alphabet
from cisgrammar.sequence.alphabet import N_CODE, encode


def test_codes_are_those_of_genomes_for_bases_and_no_others():
    assert DNA.encode("ACGTacgt").tolist() == encode("ACGTacgt").tolist()
    # A genome's N read as a read's code is a pad, which no window may touch.
    assert N_CODE == DNA.pad == 4
    assert DNA.encode("N").tolist() == [DNA.wildcard] == [5]
    assert DNA.encode(" *-M").tolist() == [DNA.pad, DNA.wildcard, DNA.zero, 7]


def test_ambiguity_codes_keep_their_order_in_stored_models():
    assert DNA.symbols == "ACGT *-MRWSYKVHDB"
    assert DNA.decode(DNA.encode("ACMRBn")) == "ACMRB*"


def test_rows_are_means_over_the_letters_that_a_code_allows():
    rows = DNA.embedding()
    for letter, row in (("G", [0, 0, 1, 0]), ("R", [0.5, 0, 0.5, 0]), ("N", [0.25] * 4), ("-", [0] * 4)):
        np.testing.assert_allclose(rows[DNA.codes[letter]], row)
    assert np.isneginf(rows[DNA.pad]).all()
    np.testing.assert_allclose(rows[-1], [0.25] * 4)


def test_other_alphabets_have_their_own_sizes_and_name_a_wrong_letter():
    two = Alphabet("01")
    assert (two.size, two.pad, two.wildcard, two.zero) == (2, 2, 3, 4)
    with pytest.raises(ValueError, match=r"read has '2' at position 1; wanted letters of '01'"):
        two.encode("02")
