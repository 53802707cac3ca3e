"""Every allele of a file is a variant or has its reason, and what is odd is counted."""

import re

import pytest

from cisgrammar.variants.read.check import Checker
from cisgrammar.variants.read.raw import RawRecord
from toy_variants import at, other


def checked(genome, *records, longest=50):
    checker = Checker(genome, longest)
    return checker, list(checker.check(records))


def record(genome, start=100, alts=("",), ref=None, chrom="chr1", line=1, position=None):
    ref = at(genome, chrom, start) if ref is None else ref
    return RawRecord(chrom, str(start + 1) if position is None else position, ".", ref, tuple(alts), line)


REFUSED = {
    "*": "ALT is \\*",
    "<DEL>": "symbolic allele",
    "N[chr1:5[": "breakend",
    "]chr2:9]A": "breakend",
    "A.": "breakend",
    ".": "ALT is missing",
    "": "ALT is missing",
    "AN": "ALT has N",
    "R": "ALT is not made of A C G T",
    "A C": "ALT is not made of A C G T",
    "A" * 51: "an allele is longer than 50 bp",
}


@pytest.mark.parametrize(("alt", "reason"), REFUSED.items())
def test_alleles_that_are_not_scored_say_why(genome, alt, reason):
    checker, (found,) = checked(genome, record(genome, alts=[alt]))
    assert found.variant is None
    assert re.match(reason, found.reason)
    assert checker.reasons == {found.reason: 1}


@pytest.mark.parametrize(
    ("position", "reason"),
    [
        ("0", "position is below 1"),
        ("-4", "position is below 1"),
        ("x", "position is no whole number"),
        ("1e3", "position is no whole number"),
        ("", "position is no whole number"),
        ("3001", "beyond the end of the chromosome"),
        ("9" * 20, "beyond the end of the chromosome"),
    ],
)
def test_positions_outside_of_the_chromosome(genome, position, reason):
    _, (found,) = checked(genome, record(genome, ref="A", alts=["C"], position=position))
    assert (found.reason, found.variant) == (reason, None)


def test_a_reference_that_reaches_beyond_the_end(genome):
    last = at(genome, "chr1", 2999)
    _, (found,) = checked(genome, record(genome, 2999, ref=last + "A", alts=[last]))
    assert found.reason == "beyond the end of the chromosome"


def test_the_reference_is_held_against_the_fasta(genome):
    base = at(genome, "chr1", 100)
    _, (wrong, swapped, same, lower, none) = checked(
        genome,
        record(genome, ref=other(base), alts=[other(base, 2)]),
        record(genome, ref=other(base), alts=[base]),
        record(genome, alts=[base]),
        record(genome, ref=base.lower(), alts=[other(base).lower()]),
        record(genome, ref="", alts=["A"]),
    )
    assert (wrong.reason, wrong.detail) == ("REF differs from the FASTA", base)
    assert "swapped" in swapped.reason
    assert same.reason == "ALT equals REF"
    assert none.reason == "REF is missing"
    assert lower.variant is not None
    assert (lower.variant.ref, lower.variant.alt) == (base, other(base))


def test_an_n_of_the_genome_is_no_base(genome):
    _, (found,) = checked(genome, record(genome, 700, alts=["A"]))
    assert found.reason == "REF has N"


def test_names_without_chr_are_those_of_the_fasta(genome):
    base = at(genome, "chr1", 100)
    records = [record(genome, ref=base, alts=[other(base)], chrom=name) for name in ("chr1",)]
    short = records[0]._replace(chrom="1")
    unknown = records[0]._replace(chrom="chr9")
    checker, (one, two) = checked(genome, short, unknown)
    assert one.variant is not None
    assert one.variant.chrom == "chr1"
    assert two.reason == "chromosome is not in the FASTA"
    assert checker.renamed == {"1": "chr1"}


def test_alleles_of_one_record_are_told_apart_and_duplicates_counted(genome):
    base = at(genome, "chr1", 100)
    alts = (other(base), "*", other(base), other(base, 2))
    checker, found = checked(genome, record(genome, alts=alts, line=7), record(genome, alts=alts[:1], line=9))
    assert [one.allele for one in found] == [1, 2, 3, 4, 1]
    assert [one.duplicate for one in found] == [0, 0, 7, 0, 7]
    assert (checker.scored, checker.duplicates, sum(checker.reasons.values())) == (4, 2, 1)


def test_two_forms_of_one_deletion_are_duplicates(genome):
    codes = genome.chromosome("chr1")
    start = next(i for i in range(50, 2900) if codes[i] == codes[i + 1] != codes[i - 1] and codes[i : i + 3].max() < 4)
    left = record(genome, start - 1, ref=at(genome, "chr1", start - 1, 2), alts=[at(genome, "chr1", start - 1)], line=1)
    right = record(genome, start, ref=at(genome, "chr1", start, 2), alts=[at(genome, "chr1", start)], line=2)
    checker, (one, two) = checked(genome, left, right)
    assert (one.aligned, two.duplicate) == ("", 1)
    assert two.aligned == one.variant.name
    assert checker.shifted == 1


def test_records_out_of_order_are_counted_and_said(genome):
    bases = [(start, at(genome, "chr1", start)) for start in (200, 100, 300)]
    checker, _ = checked(genome, *(record(genome, start, alts=[other(base)]) for start, base in bases))
    assert checker.unsorted == 1
    said = "\n".join(checker.lines())
    assert "3 alternate alleles: 3 can be scored, 0 cannot" in said
    assert "1 records are out of order" in said


def test_duplicates_are_found_in_files_longer_than_what_is_remembered(genome, monkeypatch):
    monkeypatch.setattr("cisgrammar.variants.read.check._FARTHEST", 5)
    monkeypatch.setattr("cisgrammar.variants.read.check._HELD", 10)
    records = [record(genome, start, alts=[other(at(genome, "chr1", start))], line=start) for start in range(100, 160)]
    again = [records[-1]._replace(line=500)]
    checker, found = checked(genome, *records, *again)
    assert found[-1].duplicate == 159
    assert len(checker._seen) < 40
