"""Chromosomes and parts of them."""

import pytest

from cisgrammar.sequence.places import Place, chromosome_of, overlapping, read_place, spans
from prepare_toys import random_genome

GENOME = random_genome({"II": 1000, "2": 50, "HLA:1-5": 9})


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("II", Place("II", 0, 1000)),
        ("II:0-400", Place("II", 0, 400)),
        ("II:10-1,000", Place("II", 10, 1000)),
        ("2:3-50", Place("2", 3, 50)),
        ("HLA:1-5", Place("HLA:1-5", 0, 9)),
        ("HLA:1-5:2-4", Place("HLA:1-5", 2, 4)),
    ],
)
def test_a_name_of_the_fasta_is_taken_whole_and_a_part_by_its_coordinates(text, place):
    assert read_place(GENOME, text, "k") == place
    assert chromosome_of(text, GENOME.names) == place.chrom


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chrII:0-5", "k: chromosome 'chrII' is not in the FASTA; did you mean 'II'"),
        ("III", "k: chromosome 'III' is not in the FASTA; it has II, 2"),
        ("II:5-5", "'II:5-5' is no part of II .1000 bp.; wanted start < end within it"),
        ("II:5-1001", "'II:5-1001' is no part of II"),
        ("II:-5-100", "chromosome 'II:-5-100' is not in the FASTA"),
    ],
)
def test_what_is_no_place_is_named_with_its_key(text, said):
    with pytest.raises(ValueError, match=said):
        read_place(GENOME, text, "k")


def test_places_that_touch_do_not_overlap():
    a, b, c = Place("II", 0, 5), Place("II", 5, 9), Place("2", 0, 9)
    assert overlapping([a], [b, c]) is None
    assert overlapping([c, a], [b, Place("II", 4, 6)]) == (a, Place("II", 4, 6))


def test_spans_are_indices_of_the_genome_sorted_and_joined():
    start, end = spans(GENOME, [Place("2", 3, 9), Place("II", 990, 1000), Place("2", 0, 3)])
    assert list(zip(start.tolist(), end.tolist(), strict=True)) == [(990, 1009)]
    assert [part.tolist() for part in spans(GENOME, [])] == [[], []]
