"""Placements that resemble each other: by letters, information, strands, and from either motif."""

import numpy as np
import pytest

from cisgrammar.ablation.effects.images import alike
from cisgrammar.ablation.effects.spacing import placements
from cisgrammar.motifs.motif import from_consensus, from_shares

REB1 = from_consensus("REB1", "CCGGGTAA")
GAPS = range(21)


def resembling(a, b, gaps=GAPS):
    """`(strands, offset)` of two placements -> whether they resemble each other."""
    where = placements(a, b)
    names = [(place.strands, place.offset(a.width, b.width, gap)) for place in where for gap in gaps]
    matrix = alike(a, b, where, gaps)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert matrix.diagonal().all()
    return lambda one, other: bool(matrix[names.index(one), names.index(other)])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        # CCGG is its own complement: 9 bp before CCGGGTAA begins another CCGG, with TTAC before it or GTAA behind.
        (("same", 9), ("opposite", -13), True),
        (("same", 11), ("opposite", -15), True),
        (("same", 9), ("opposite", -15), False),
        (("same", 9), ("same", 10), True),  # C, G, G and the last A
        (("same", 9), ("same", 11), False),  # one G
        (("same", 9), ("same", 28), False),
        (("opposite", 28), ("opposite", -28), False),
    ],
)
def test_placements_with_letters_in_common_resemble_each_other(one, other, expected):
    assert resembling(REB1, REB1)(one, other) == expected


def test_without_letters_in_common_only_a_complement_of_its_own_counts():
    found = resembling(from_consensus("a", "GATAC"), from_consensus("b", "CATTCGAC"), range(12))
    assert not found(("same", 10), ("same", 11))
    assert not found(("same", 10), ("opposite", 10))
    both = resembling(from_consensus("a", "GATAC"), from_consensus("b", "CACGTG"), range(12))
    assert both(("same", 10), ("opposite", 10))  # CACGTG reads the same on both strands
    assert both(("same", -9), ("opposite", -9))
    assert not both(("same", 10), ("opposite", -9))


def test_letters_count_by_their_information():
    best = np.eye(4)[[1, 1, 2, 2, 2, 3, 0, 0]]
    for certain, expected in ((slice(0, 4), True), (slice(4, 8), False)):
        weight = np.full((8, 1), 0.3)
        weight[certain] = 0.97
        motif = from_shares("m", weight * best + (1 - weight) / 4)
        assert motif.consensus == "CCGGGTAA"
        assert resembling(motif, motif)(("same", 9), ("opposite", -13)) == expected
    # N is no letter in common.
    sparse = from_consensus("n", "CNNNNNGA")
    assert not resembling(sparse, sparse)(("same", 9), ("same", 10))


def test_motifs_of_other_widths_are_seen_from_both():
    a, b = from_consensus("a", "TTGACGC"), from_consensus("b", "ACGT")
    found = resembling(a, b, range(6))
    # ACGT is its own complement: the strands of b are one placement.
    for offset in (7, 10, -4, -9):
        assert found(("same", offset), ("opposite", offset))
