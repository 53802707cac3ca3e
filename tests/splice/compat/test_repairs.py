"""The repair that leaves no stop because it leaves no A."""

import numpy as np

from cisgrammar.sequence.alphabet import decode, encode
from cisgrammar.splice.compat.repairs import AToT


def test_every_a_becomes_t_but_in_the_margins_and_n_stays():
    codes = encode("AAACATNAGAAA")
    assert decode(AToT(margin=3)(codes, first_codon=0)) == "AAACTTNTGAAA"
    assert decode(codes) == "AAACATNAGAAA"
    assert np.array_equal(AToT(margin=10)(codes, 0), codes), "an exon within its margins stays"
