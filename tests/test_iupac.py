"""Letters of DNA: sets of bases, and complements that follow from them."""

from itertools import product

import pytest

from cisgrammar.iupac import AMBIGUOUS, BASES, IUPAC, foreign_letters, reverse_complement


def test_each_set_of_bases_has_one_letter():
    sets = {
        "".join(base for base, kept in zip(BASES, chosen, strict=True) if kept) for chosen in product((0, 1), repeat=4)
    }
    assert set(IUPAC.values()) == sets - {""}
    assert len(IUPAC) == 15
    assert set(AMBIGUOUS) == set(IUPAC) - set("ACGTN")


@pytest.mark.parametrize(
    ("text", "other"), [("AACG", "CGTT"), ("RYSWKM", "KMWSRY"), ("BDHVN-", "-NBDHV"), ("acNg", "cNgt")]
)
def test_complements_of_letters_are_those_of_the_nomenclature(text, other):
    assert reverse_complement(text) == other
    assert reverse_complement(other) == text


def test_a_letter_stands_for_the_complements_of_its_complement():
    for letter, bases in IUPAC.items():
        assert {reverse_complement(base) for base in bases} == set(IUPAC[reverse_complement(letter)])


def test_foreign_letters_are_named_once_in_order():
    assert foreign_letters("acgtnUX-xu") == ["-", "U", "X"]
    assert foreign_letters("AC-", allowed="-") == []
