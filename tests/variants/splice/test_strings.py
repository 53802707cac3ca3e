"""SpliceAI's strings, against its definition written out base by base."""

import numpy as np
import pytest

from cisgrammar.sequence.alphabet import decode, encode, reverse_complement
from cisgrammar.splice.models.model import ModelToAnalyze, log_probabilities
from cisgrammar.splice.models.spliceai import SpliceAI
from cisgrammar.variants.splice.strings import (
    has_scores,
    nearest_boundary,
    skipped,
    spliceai_deltas,
    spliceai_string,
)
from cisgrammar.variants.splice.windows import Pair, pair_probabilities
from cisgrammar.variants.variant import Variant
from toy_splice_variants import EXONS, LENGTH, motif_model, random_variants, toy_gene, toy_genome, turned, variant

GENOME = toy_genome()
# far from ties
NETWORK = ModelToAnalyze(SpliceAI(80, seed=3).eval(), 80, 80)


def defined(m, given, gene, distance, mask):
    """The definition, in 1-based positions and letters."""
    position, width = given.start + 1, m.model_cl + 2 * distance + 1
    letters = decode(GENOME.chromosome(given.chrom))
    first = position - width // 2
    inside = [letters[p - 1] if gene.start + 1 <= p <= gene.end else "N" for p in range(first, first + width)]
    ref = "".join(inside)
    alt = ref[: width // 2] + given.alt + ref[width // 2 + len(given.ref) :]

    def rows(text):
        codes = encode(text) if gene.strand == "+" else reverse_complement(encode(text))
        found = log_probabilities(m, codes[None])[0].exp().numpy()
        return found if gene.strand == "+" else found[::-1]

    before, after = rows(ref).tolist(), rows(alt).tolist()
    if len(given.ref) > 1:
        missing = len(given.ref) - len(given.alt)
        after = after[: distance + len(given.alt)] + [[0, 0, 0]] * missing + after[distance + len(given.alt) :]
    elif len(given.alt) > 1:
        merged = [max(column) for column in zip(*after[distance : distance + len(given.alt)], strict=True)]
        after = [*after[:distance], merged, *after[distance + len(given.alt) :]]
    assert len(before) == len(after) == 2 * distance + 1
    edges = sorted({start + 1 for start, _ in gene.exons} | {end for _, end in gene.exons})
    nearest = min((edge - position for edge in edges), key=abs)
    scores, places = [], []
    for channel, sign in ((1, 1), (1, -1), (2, 1), (2, -1)):
        change = [sign * (b[channel] - a[channel]) for a, b in zip(before, after, strict=True)]
        best = change.index(max(change))
        hidden = mask and ((best - distance == nearest) if sign == 1 else (best - distance != nearest))
        scores.append(0 if hidden else change[best])
        places.append(best - distance)
    return scores, places


@pytest.mark.parametrize("distance", [1, 5, 40])
@pytest.mark.parametrize("mask", [False, True])
def test_scores_and_places_are_those_of_the_definition(distance, mask):
    genes = {"chr1": toy_gene("+"), "chr2": toy_gene("-")}
    longest = max(2, 2 * distance)
    variants = [
        *random_variants(GENOME, 60, ("chr1",), span=(560, 620), longest=longest, seed=distance),
        *random_variants(GENOME, 40, ("chr2",), span=(1300, 2500), longest=longest, seed=distance),
    ]
    variants = [v for v in variants if has_scores(v) and genes[v.chrom].start <= v.start < genes[v.chrom].end]
    assert len(variants) > 50
    assert {v.kind for v in variants} >= {"SNV", "insertion", "deletion"}
    pairs = [Pair(v, genes[v.chrom]) for v in variants]
    for pair, found in zip(pairs, pair_probabilities(NETWORK, GENOME, pairs, distance), strict=True):
        got = spliceai_deltas(found, *pair, distance, mask)
        scores, places = defined(NETWORK, *pair, distance, mask)
        np.testing.assert_allclose(got.scores, scores, atol=1e-6)
        assert got.places == tuple(places)


def test_a_broken_donor_on_either_strand():
    given = variant(GENOME, 600, 1, "C")
    for each, gene, place in ((given, toy_gene("+"), -1), (turned(GENOME, given), toy_gene("-"), 1)):
        (found,) = pair_probabilities(motif_model(), GENOME, [Pair(each, gene)], 50)
        text = spliceai_string(each, gene, spliceai_deltas(found, each, gene, 50, True))
        allele, symbol, *fields = text.split("|")
        assert (allele, symbol) == (each.alt, gene.name)
        assert fields[3] == "0.91"
        assert fields[7] == str(place)


def test_masked_scores_go_by_the_nearest_boundary_alone():
    gene = toy_gene("+")
    # 9 bp into an exon of 100: its acceptor is the nearest; its donor, 90 bp on, is lost and hidden
    given = variant(GENOME, 1209, 100, "G")
    (found,) = pair_probabilities(motif_model(), GENOME, [Pair(given, gene)], 150)
    plain, masked = (spliceai_deltas(found, given, gene, 150, mask) for mask in (False, True))
    assert plain.scores[3] > 0.9
    assert plain.places[3] == 1299 - 1209
    assert masked.scores[3] == 0


def test_the_nearest_boundary_is_the_lower_of_two():
    gene = toy_gene("+")
    middle = (600 - 1 + 800) // 2
    assert nearest_boundary(gene, middle) == 599 - middle
    assert nearest_boundary(gene, 500) == 0
    assert {edge for start, end in EXONS for edge in (start, end - 1)} == {
        p for p in range(LENGTH) if nearest_boundary(gene, p) == 0
    }


def test_dots_for_several_bases_by_several():
    assert spliceai_string(Variant("chr1", 600, "AT", "TT"), toy_gene("+"), None) == "TT|gene+|.|.|.|.|.|.|.|."
    assert not has_scores(Variant("chr1", 600, "AT", "GC"))
    assert has_scores(Variant("chr1", 600, "AT", "G"))
    assert has_scores(Variant("chr1", 600, "A", "GC"))


def test_what_is_skipped():
    half = 5050
    assert skipped(Variant("c", half - 1, "A", "C"), 20_000, 50) == "near chromosome end"
    assert skipped(Variant("c", half, "A", "C"), 20_000, 50) == ""
    assert skipped(Variant("c", 20_000 - half - 1, "A", "C"), 20_000, 50) == ""
    assert skipped(Variant("c", 20_000 - half, "A", "C"), 20_000, 50) == "near chromosome end"
    assert skipped(Variant("c", 9000, "A" * 100, "C"), 20_000, 50) == ""
    assert "twice the distance" in skipped(Variant("c", 9000, "A" * 101, "C"), 20_000, 50)
