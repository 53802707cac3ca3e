"""What lost and new sites do to exons and frames, in closed form, on both strands."""

from dataclasses import replace

import pytest

from cisgrammar.variants.splice.frames import consequence
from cisgrammar.variants.splice.sites import SiteChange, align, site_changes
from cisgrammar.variants.splice.windows import Pair, pair_probabilities
from toy_splice_variants import LENGTH, motif_model, toy_gene, toy_genome, turned, variant

GENOME = toy_genome()
AT = 1000


def change(start, strand="+", lost=None, made=None):
    """A change of one kind of site by its places on chr1; on chr2 they are mirrored."""
    lost, made = (None if p is None else (p if strand == "+" else LENGTH - 1 - p) - start for p in (lost, made))
    return SiteChange("", lost, made, made)


CASES = [
    ({"donor": {"lost": 889}}, ("exon skipped", -90, "kept")),
    ({"acceptor": {"lost": 800}}, ("exon skipped", -90, "kept")),
    ({"acceptor": {"lost": 1200}}, ("exon skipped", -100, "shifted")),
    ({"acceptor": {"lost": 1200}, "donor": {"lost": 1299}}, ("exon skipped", -100, "shifted")),
    ({"donor": {"lost": 599}}, ("first or last exon lost", None, None)),
    ({"acceptor": {"lost": 1600}}, ("first or last exon lost", None, None)),
    ({"donor": {"lost": 700}}, ("unannotated site lost", None, None)),
    ({"donor": {"lost": 889, "made": 880}}, ("exon shortened", -9, "kept")),
    ({"donor": {"lost": 889, "made": 899}}, ("exon extended", 10, "shifted")),
    ({"donor": {"lost": 889, "made": 1290}}, ("exon skipped", -90, "kept")),
    ({"donor": {"made": 900}}, ("exon extended", 11, "shifted")),
    ({"donor": {"made": 1199}}, ("exon extended", 310, "shifted")),
    ({"acceptor": {"made": 1212}}, ("exon shortened", -12, "kept")),
    ({"acceptor": {"made": 1190}}, ("exon extended", 10, "shifted")),
    ({"acceptor": {"lost": 1600, "made": 1606}}, ("exon shortened", -6, "kept")),
    ({"acceptor": {"made": 1655}}, ("exon shortened", -50, "shifted")),
    ({"acceptor": {"made": 950}, "donor": {"made": 1009}}, ("new exon", 60, "kept")),
    ({"acceptor": {"made": 950}, "donor": {"made": 1010}}, ("new exon", 61, "shifted")),
    ({"donor": {"made": 1650}}, ("none", None, None)),
    ({}, ("none", None, None)),
]


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize(("changes", "wanted"), CASES)
def test_events_and_frames(strand, changes, wanted):
    given = variant(GENOME, AT, 1, "A" if GENOME.chromosome("chr1")[AT] else "C")
    given = given if strand == "+" else turned(GENOME, given)
    found = {kind: change(given.start, strand, **changes.get(kind, {})) for kind in ("acceptor", "donor")}
    assert consequence(given, toy_gene(strand), found) == wanted


def test_outside_of_the_coding_sequence():
    gene = replace(toy_gene("+"), coding=((1210, 1300), (1600, 1650)))
    given = variant(GENOME, AT, 1, "A" if GENOME.chromosome("chr1")[AT] else "C")
    skipped = {"acceptor": change(AT, lost=800), "donor": change(AT)}
    assert consequence(given, gene, skipped) == ("exon skipped", 0, "not coding")
    assert consequence(given, replace(gene, coding=()), skipped) == ("exon skipped", None, None)


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize(("removed", "put", "coding"), [(4, 1, -12), (1, 3, -7), (3, 3, -9)])
def test_an_insertion_or_deletion_in_the_exon_counts(strand, removed, put, coding):
    """Its donor is broken and a new one is 9 bp before it; 20 bp before that the variant changes the exon's length."""
    codes = GENOME.chromosome("chr1")
    first = "ACGT"[codes[850]]
    given = variant(GENOME, 850, removed, first + "A" * (put - 1))
    given = given if strand == "+" else turned(GENOME, given)
    place = 880 if strand == "+" else LENGTH - 1 - 880
    on_alt = place + (len(given.alt) - len(given.ref) if strand == "+" else 0)
    lost = (889 if strand == "+" else LENGTH - 890) - given.start
    donor = SiteChange("lost,made", lost, place - given.start, on_alt - given.start)
    found = consequence(given, toy_gene(strand), {"acceptor": change(0), "donor": donor})
    assert found.coding_change == coding


def test_a_donor_put_in_before_the_old_one():
    """From the sequence: GTAAGTCA put in 9 bp before the end of an exon makes a donor; the old one stays."""
    first = "ACGT"[GENOME.chromosome("chr1")[880]]
    given = variant(GENOME, 880, 1, f"{first}GTAAGTCA")
    for each, gene in ((given, toy_gene("+")), (turned(GENOME, given), toy_gene("-"))):
        (rows,) = pair_probabilities(motif_model(), GENOME, [Pair(each, gene)], 50)
        changes = site_changes(align(rows, each, 50), (0.5, 0.5), 50)
        assert changes["donor"].verdict == "made"
        assert consequence(each, gene, changes) == ("exon shortened", -9, "kept")


def test_a_deleted_base_moves_the_donor():
    """G of GT deleted in TGTAAGTCA ... with the same letters behind: the site is at another base, the exon as long."""
    codes = GENOME.chromosome("chr1").copy()
    codes[598:600] = [2, 3]
    codes[600:608] = [2, 3, 0, 0, 2, 3, 1, 0]
    genome = type(GENOME).from_chromosomes({"chr1": codes})
    given = variant(genome, 597, 3, "ACGT"[codes[597]])
    (rows,) = pair_probabilities(motif_model(), genome, [Pair(given, toy_gene("+"))], 50)
    changes = site_changes(align(rows, given, 50), (0.5, 0.5), 50)
    assert changes["donor"].verdict == "lost,made"
    assert consequence(given, toy_gene("+"), changes) == ("exon shortened", -2, "shifted")


@pytest.mark.parametrize("strand", ["+", "-"])
@pytest.mark.parametrize(
    ("anchor", "kind", "lost", "made", "change"), [(799, "donor", 889, 880, -9), (889, "acceptor", 800, 806, -6)]
)
def test_bases_put_in_right_beside_an_exon_are_not_of_it(strand, anchor, kind, lost, made, change):
    first = "ACGT"[GENOME.chromosome("chr1")[anchor]]
    given = variant(GENOME, anchor, 1, f"{first}CCC")
    given = given if strand == "+" else turned(GENOME, given)
    lost, made = (p if strand == "+" else LENGTH - 1 - p for p in (lost, made))
    on_alt = made + (3 if made > given.start else 0)
    moved = SiteChange("lost,made", lost - given.start, made - given.start, on_alt - given.start)
    found = {"acceptor": SiteChange("", None, None, None), "donor": SiteChange("", None, None, None), kind: moved}
    assert consequence(given, toy_gene(strand), found) == ("exon shortened", change, "kept")
