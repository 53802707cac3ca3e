"""Each way to write variants gives what a VCF of them gives; what a genome cannot settle is counted."""

import pytest

from cisgrammar.iupac import reverse_complement
from cisgrammar.variants.read.check import Checker
from cisgrammar.variants.read.normalise import left_aligned
from cisgrammar.variants.read.raw import Doubt, RawRecord
from cisgrammar.variants.read.records import read_records
from cisgrammar.variants.read.settle import BEYOND, BOTH, NEITHER, NO_ORDER, Settler
from toy_variants import at, of_all_kinds, other

HEAD = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\n"


def trimmed(v):
    """Start, reference and alternate without the bases that both share, as formats with gaps have them."""
    first, last = v.shared
    return v.start + first, v.ref[first : len(v.ref) - last], v.alt[first : len(v.alt) - last]


def vcf(v):
    return f"{v.chrom}\t{v.start + 1}\tx\t{v.ref}\t{v.alt}"


def vep(v, strand="+"):
    start, ref, alt = trimmed(v)
    turn = reverse_complement if strand == "-" else str
    return f"{v.chrom} {start + 1} {start + len(ref)} {turn(ref) or '-'}/{turn(alt) or '-'} {strand} x"


def hgvs(v):
    start, ref, alt = trimmed(v)
    place = f"{start + 1}" if len(ref) < 2 else f"{start + 1}_{start + len(ref)}"
    if len(ref) == len(alt) == 1:
        return f"{v.chrom}:g.{place}{ref}>{alt}"
    if not ref:
        return f"{v.chrom}:g.{start}_{start + 1}ins{alt}"
    return f"{v.chrom}:g.{place}del" + (f"ins{alt}" if alt else "")


def spdi(v):
    start, ref, alt = trimmed(v)
    return f"{v.chrom}:{start}:{ref}:{alt}"


def spdi_of_length(v):
    start, ref, alt = trimmed(v)
    return f"{v.chrom}:{start}:{len(ref)}:{alt}"


def region(v):
    start, ref, alt = trimmed(v)
    return f"{v.chrom}:{start + 1}-{start + len(ref)}:1/{alt or '-'}"


def maf(v):
    start, ref, alt = trimmed(v)
    first, last = (start + 1, start + len(ref)) if ref else (start, start + 1)
    return f"{v.chrom}\t{first}\t{last}\t{ref or '-'}\t{alt or '-'}"


def annovar(v):
    start, ref, alt = trimmed(v)
    first, last = (start + 1, start + len(ref)) if ref else (start, start)
    return f"{v.chrom}\t{first}\t{last}\t{ref or '-'}\t{alt or '-'}"


WRITERS = {
    "vep": vep,
    "vep_minus": lambda v: vep(v, "-"),
    "hgvs": hgvs,
    "spdi": spdi,
    "spdi_of_length": spdi_of_length,
    "region": region,
    "from_1": lambda v: f"{v.chrom}:{v.start + 1}:{v.ref}:{v.alt}",
    "from_0": lambda v: f"{v.chrom}:{v.start}:{v.ref}:{v.alt}",
    "gnomad": lambda v: f"{v.chrom}-{v.start + 1}-{v.ref}-{v.alt}",
    "avinput": annovar,
    "pair": lambda v: f"{v.chrom}\t{v.start + 1}\t{v.ref}>{v.alt}",
    "gwas": lambda v: f"{v.chrom}\t{v.start + 1}\t{v.alt}\t{v.ref}\t0.1",
    "gwas_turned": lambda v: f"{v.chrom}\t{v.start + 1}\t{v.ref}\t{v.alt}\t0.1",
    "bim": lambda v: f"{v.chrom}\tx\t0\t{v.start + 1}\t{v.alt}\t{v.ref}",
    "maf": maf,
    "annovar": annovar,
}
GWAS = "chromosome\tbase_pair_location\teffect_allele\tother_allele\tbeta\n"
HEADERS = {
    "gwas": GWAS,
    "gwas_turned": GWAS,
    "maf": "Chromosome\tStart_Position\tEnd_Position\tReference_Allele\tTumor_Seq_Allele2\n",
    "annovar": "Chr\tStart\tEnd\tRef\tAlt\n",
}


def read(path, genome):
    checker = Checker(genome)
    return checker, list(checker.check(read_records(path)))


def canonical(variant, genome):
    return left_aligned(variant, genome.chromosome(variant.chrom)).name if variant else None


@pytest.mark.parametrize("form", WRITERS)
def test_a_form_gives_the_variants_of_its_vcf(tmp_path, genome, form):
    variants = of_all_kinds(genome, "chr1", 60, seed=3)
    (tmp_path / "v.vcf").write_text(HEAD + "".join(f"{vcf(v)}\n" for v in variants))
    (tmp_path / "v.txt").write_text(HEADERS.get(form, "") + "".join(f"{WRITERS[form](v)}\n" for v in variants))
    _, wanted = read(tmp_path / "v.vcf", genome)
    checker, found = read(tmp_path / "v.txt", genome)
    assert not checker.reasons
    assert [canonical(one.variant, genome) for one in found] == [canonical(one.variant, genome) for one in wanted]
    assert [one.record.line for one in found] == [number + (form in HEADERS) for number in range(1, 61)]


def test_how_positions_and_alleles_were_settled_is_told(tmp_path, genome):
    variants = of_all_kinds(genome, "chr1", 20, seed=3)
    for form, said in (
        ("from_0", "20 x positions of words with colons count from 0, as the FASTA has it"),
        ("from_1", "20 x positions of words with colons count from 1, as the FASTA has it"),
        ("bim", "20 x alleles came in the other order: the FASTA's is the reference"),
        ("maf", "8 x alleles without a base got the base before them"),
    ):
        (tmp_path / "v.txt").write_text(HEADERS.get(form, "") + "".join(f"{WRITERS[form](v)}\n" for v in variants))
        checker, _ = read(tmp_path / "v.txt", genome)
        assert any(line.startswith(said) for line in checker.lines()), (form, checker.lines())


@pytest.mark.parametrize(("accession", "chrom"), [(True, "NC_000001.11"), (False, "chr1")])
def test_where_the_genome_does_not_tell_words_count_as_their_kind_does(genome, accession, chrom):
    """The reference base stands at both places: SPDI has accessions and counts from 0, others count from 1."""
    text = at(genome, "chr1", 0, 600)
    start = next(i for i in range(100, 500) if text[i] == text[i + 1])
    record = RawRecord(chrom, str(start + 1), ".", text[start], ("N",), 1, doubt=Doubt(base=True, from_zero=accession))
    settler = Settler(genome, lambda _: "chr1", 50)
    (found,) = settler.settle([record])
    assert found.position == str(start + 1 + accession)
    assert "the FASTA does not tell" in settler.lines()[0]


def one_of(genome, ref, alt, start=100, **doubt):
    record = RawRecord("chr1", str(start + 1), ".", ref, (alt,), 1, doubt=Doubt(**doubt))
    return next(Settler(genome, lambda name: name, 50).settle([record]))


def test_alleles_without_an_order_of_which_the_genome_has_none_or_both(genome):
    base = at(genome, "chr1", 100)
    two = at(genome, "chr1", 100, 2)
    assert one_of(genome, other(base), base, order=True)[3:5] == (base, (other(base),))
    assert one_of(genome, other(base), other(base, 2), order=True).fault == NEITHER
    assert one_of(genome, base, two, order=True).fault == BOTH
    assert one_of(genome, base, "-", order=True).fault == NO_ORDER
    assert one_of(genome, two, other(base), order=True).fault == ""


def test_insertions_and_deletions_of_which_either_may_be_take_the_order_of_the_files_substitutions(genome):
    two, start = at(genome, "chr1", 200, 2), 200
    indel = RawRecord("chr1", str(start + 1), ".", two[0], (two,), 9, doubt=Doubt(order=True))
    bases = [at(genome, "chr1", place) for place in range(100, 110)]

    def record(place, ref, alt):
        return RawRecord("chr1", str(place + 1), ".", ref, (alt,), 1, doubt=Doubt(order=True))

    given = [record(100 + i, base, other(base)) for i, base in enumerate(bases)]
    turned = [record(100 + i, other(base), base) for i, base in enumerate(bases)]
    for before, wanted in ((given, (two[0], (two,))), (turned, (two, (two[0],)))):
        *_, last = Settler(genome, str, 50).settle([*before, indel])
        assert (last.ref, last.alts) == wanted
    *_, last = Settler(genome, str, 50).settle([*given, *turned, indel])
    assert last.fault == BOTH


@pytest.mark.parametrize(
    ("ref", "doubt", "fault"),
    [
        ("-", {"span": 51}, "an allele is longer than 50 bp"),
        ("-", {"span": 3, "change": "dup"}, ""),
        ("AAAAAAAAAAAAAAAA", {"span": 16, "change": "dup"}, "REF differs from the FASTA"),
    ],
)
def test_bases_that_are_named_by_their_places(genome, ref, doubt, fault):
    found = one_of(genome, ref, "A", **doubt)
    assert found.fault == fault
    if not fault:
        assert found.ref + "".join(found.alts) == at(genome, "chr1", 102) + at(genome, "chr1", 102) + at(
            genome, "chr1", 100, 3
        )
        assert found.position == "103"


def test_an_inversion_is_the_other_strand(genome):
    found = one_of(genome, "-", "-", span=4, change="inv")
    assert (found.ref, found.alts) == (at(genome, "chr1", 100, 4), (reverse_complement(at(genome, "chr1", 100, 4)),))


def test_gaps_at_the_ends_of_a_chromosome(genome):
    first = at(genome, "chr1", 0, 2)
    assert one_of(genome, first[0], "-", start=0)[1:5] == ("1", ".", first, (first[1],))
    assert one_of(genome, "-", "TT", start=0)[3:5] == (first[0], ("TT" + first[0],))
    last = at(genome, "chr1", 2999)
    assert one_of(genome, "-", "TT", start=3000)[1:5] == ("3000", ".", last, (last + "TT",))
    assert one_of(genome, "-", "TT", start=3001).fault == BEYOND
    assert one_of(genome, "-", "-", span=5, start=2998).fault == BEYOND


def test_what_is_settled_and_what_is_no_position_stays(genome):
    for record in (
        RawRecord("chr1", "101", ".", "A", ("C",), 1),
        RawRecord("chr1", "x", ".", "-", ("C",), 1),
        RawRecord("chr1", "", ".", "-", ("C",), 1, doubt=Doubt(base=True)),
        RawRecord("chr1", "9" * 30, ".", "-", ("C",), 1),
        RawRecord("chr1", "0", ".", "-", ("C",), 1),
        RawRecord("chr1", "5", ".", "", ("",), 1, "a fault"),
    ):
        assert next(Settler(genome, str, 50).settle([record])) == record
    assert next(Settler(genome, lambda _: "", 50).settle([RawRecord("q", "5", ".", "-", ("C",), 1)])).ref == "-"
