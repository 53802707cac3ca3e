"""Alignment of alleles in closed form, masks by all annotated sites, and calls that change."""

import numpy as np
import pytest

from cisgrammar.variants.splice.sites import Aligned, align, deltas, masked_deltas, site_changes
from cisgrammar.variants.splice.windows import Pair, Probabilities, pair_probabilities
from cisgrammar.variants.variant import Variant
from toy_splice_variants import motif_model, toy_gene, toy_genome, turned, variant

GENOME = toy_genome()


def aligned_rows(ref, alt, distance=2):
    """Alleles whose rows of the other allele are numbered: acceptors upwards, donors downwards."""
    numbers = np.arange(1, 2 * distance + len(alt) + 1, dtype=np.float32)
    given = Probabilities(np.zeros((2 * distance + len(ref), 2), np.float32), np.stack([numbers, -numbers + 50], 1))
    return align(given, Variant("chr1", 100, ref, alt), distance)


@pytest.mark.parametrize(
    ("ref", "alt", "acceptor", "donor"),
    [
        ("A", "C", [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),
        ("AC", "GT", [1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]),
        ("ACG", "A", [1, 2, 3, 0, 0, 4, 5], [1, 2, 3, 0, 0, 4, 5]),
        ("A", "ACG", [1, 2, 5, 6, 7], [1, 2, 3, 6, 7]),
        ("A", "CGA", [1, 4, 5, 6, 7], [1, 2, 5, 6, 7]),
        ("ACG", "TT", [1, 2, 3, 4, 0, 5, 6], [1, 2, 3, 4, 0, 5, 6]),
        ("AC", "TTT", [1, 2, 3, 5, 6, 7], [1, 2, 3, 4, 6, 7]),
        ("CAG", "CG", [1, 2, 3, 0, 4, 5, 6], [1, 2, 3, 0, 4, 5, 6]),
    ],
)
def test_alleles_are_aligned(ref, alt, acceptor, donor):
    found = aligned_rows(ref, alt)
    assert found.alt[:, 0].tolist() == acceptor
    assert [row and 50 - row for row in found.alt[:, 1].tolist()] == donor
    assert len(found.alt) == len(found.ref) == 4 + len(ref)
    # a row's place on the other allele is the number of its base
    for kind, numbers in enumerate((acceptor, donor)):
        there = [n for n in numbers if n]
        assert [p for p, n in zip(found.place[:, kind].tolist(), numbers, strict=True) if n] == [n - 3 for n in there]


def scored(given, gene, distance=60):
    (found,) = pair_probabilities(motif_model(), GENOME, [Pair(given, gene)], distance)
    return align(found, given, distance)


def on_both_strands(given):
    return ((given, toy_gene("+"), 1), (turned(GENOME, given), toy_gene("-"), -1))


def test_a_changed_pair_of_bases_breaks_a_donor():
    given = variant(GENOME, 600, 2, "AA")
    for each, gene, sign in on_both_strands(given):
        found = scored(each, gene)
        changes = site_changes(found, (0.5, 0.5), 60)
        assert changes["acceptor"].verdict == "unchanged"
        assert changes["donor"].verdict == "lost"
        assert each.start + changes["donor"].lost == (599 if sign == 1 else 2400)
        assert deltas(found, 60).scores[3] == pytest.approx(0.9526, abs=1e-3)
        assert deltas(found, 60).scores[0] >= 0


def test_masks_keep_what_is_new_and_what_is_annotated():
    gene = toy_gene("+")
    lost = variant(GENOME, 600, 2, "AA")
    made = variant(GENOME, 700, 1, str("ACGT"[GENOME.chromosome("chr1")[700]]) + "GTAAGTCA")
    both = scored(lost, gene), scored(made, gene)
    assert masked_deltas(both[0], lost, gene, 60).scores[3] > 0.9
    assert masked_deltas(both[1], made, gene, 60).scores[2] > 0.9
    # the donor put into an annotated place again, and one lost that is not annotated
    ref, alt = np.zeros((5, 2), np.float32), np.zeros((5, 2), np.float32)
    alt[2, 1] = 0.9
    again = Aligned(ref, alt, np.zeros((5, 2), np.int64))
    at_site, beside = Variant("chr1", 599, "A", "C"), Variant("chr1", 650, "A", "C")
    assert masked_deltas(again, at_site, gene, 2).scores == (0, 0, 0, 0)
    assert masked_deltas(again, beside, gene, 2).scores[2] == pytest.approx(0.9)
    gone = Aligned(alt, ref, again.place)
    assert masked_deltas(gone, at_site, gene, 2).scores[3] == pytest.approx(0.9)
    assert masked_deltas(gone, beside, gene, 2).scores == (0, 0, 0, 0)


def test_calls_that_change_at_the_threshold():
    ref = np.array([[0.9, 0], [0.1, 0], [0.95, 0], [0.55, 0], [0.4, 0]], np.float32)
    alt = np.array([[0.3, 0], [0.8, 0], [0.6, 0], [0.9, 0], [0.45, 0]], np.float32)
    place = np.stack([np.arange(5) + 10, np.zeros(5)], 1).astype(np.int64)
    found = site_changes(Aligned(ref, alt, place), (0.5, 0.5), 2)
    assert found["acceptor"].verdict == "lost,made,strengthened,weakened"
    assert (found["acceptor"].lost, found["acceptor"].made, found["acceptor"].made_place) == (-2, -1, 11)
    assert found["donor"] == ("unchanged", None, None, None)
    assert site_changes(Aligned(ref, alt, place), (0.35, 0.5), 2)["acceptor"].verdict == (
        "lost,made,strengthened,weakened"
    )
    assert site_changes(Aligned(ref, alt, place), (0.92, 0.5), 2)["acceptor"].verdict == "lost"
