"""Rows of GTF and GFF3 as other tools write them, gathered by transcript."""

import pytest

from cisgrammar.sequence.annotation import read_annotation
from cisgrammar.sequence.annotation_rows import read_drafts
from toy_annotation import exon_rows, gtf_row, write_rows


def names_and_exons(path, **more):
    return [(t.id, t.gene, t.chrom, t.exons) for t in read_annotation(path, **more)]


def test_one_id_on_two_chromosomes_is_two_transcripts(tmp_path):
    """As of genes of the pseudoautosomal regions."""
    rows = [row for chrom in ("chrX", "chrY") for row in exon_rows((1, 10), (21, 30), chrom=chrom)]
    found = names_and_exons(write_rows(tmp_path / "a.gtf", *rows))
    assert found == [("t1", "g1", chrom, ((0, 10), (20, 30))) for chrom in ("chrX", "chrY")]
    gff = ["ID=t1;Parent=g1", "Parent=t1"]
    lines = [
        "\t".join((chrom, "x", kind, "1", "9", ".", "+", ".", text))
        for chrom in ("chrX", "chrY")
        for kind, text in zip(("mRNA", "exon"), gff, strict=True)
    ]
    assert names_and_exons(write_rows(tmp_path / "a.gff3", *lines)) == [
        ("t1", "g1", chrom, ((0, 9),)) for chrom in ("chrX", "chrY")
    ]


def test_one_id_of_two_genes_is_two_transcripts(tmp_path):
    """As NCBI's `unassigned_transcript_1`, on one chromosome too."""
    rows = [
        row for gene, at in (("a", 1), ("b", 101)) for row in exon_rows((at, at + 9), (at + 20, at + 29), gene=gene)
    ]
    assert names_and_exons(write_rows(tmp_path / "a.gtf", *rows)) == [
        ("t1", "a", "chr1", ((0, 10), (20, 30))),
        ("t1", "b", "chr1", ((100, 110), (120, 130))),
    ]


def test_rows_that_do_not_name_their_gene_belong_to_the_transcript(tmp_path):
    bare = 'chr1\tx\t{}\t{}\t{}\t.\t+\t{}\ttranscript_id "t1"'
    before = [bare.format("exon", 1, 10, "."), *exon_rows((21, 30)), bare.format("stop_codon", 8, 10, 0)]
    assert names_and_exons(write_rows(tmp_path / "a.gtf", *before)) == [("t1", "g1", "chr1", ((0, 10), (20, 30)))]
    assert len(read_drafts(tmp_path / "a.gtf").drafts[0].stops) == 1


def test_genes_and_transcripts_without_attributes_say_nothing(tmp_path):
    """As AUGUSTUS and BRAKER write them: only exon and CDS rows have attributes."""
    bare = "chr1\tAUGUSTUS\t{}\t1\t30\t0.9\t+\t.\t{}"
    rows = [*exon_rows((1, 10), (21, 30)), gtf_row("CDS", 1, 9, frame="0")]
    plain = read_annotation(write_rows(tmp_path / "a.gtf", *rows))
    path = write_rows(tmp_path / "b.gtf", bare.format("gene", "g1"), bare.format("transcript", "g1.t1"), *rows)
    (found,) = read_annotation(path)
    assert (found.id, found.gene, found.exons, found.coding) == ("t1", "g1", plain[0].exons, plain[0].coding)


def test_strands_of_rows_that_are_not_used_do_not_matter(tmp_path):
    rows = [gtf_row("gene", 1, 30, strand="?"), gtf_row("transcript", 1, 30, strand="."), *exon_rows((1, 10))]
    assert len(read_annotation(write_rows(tmp_path / "a.gtf", *rows))) == 1
    gff = "chr1\tx\tpseudogene\t1\t30\t.\t?\t.\tID=gene-P;gbkey=Gene"
    exon = "chr1\tx\texon\t1\t9\t.\t{}\t.\tParent={}"
    other = "chr1\tx\tmRNA\t1\t9\t.\t+\t.\tID=rna-1;Parent=gene-1"
    path = write_rows(tmp_path / "a.gff3", gff, exon.format("?", "gene-P"), other, exon.format("+", "rna-1"))
    left_out = []
    assert [t.id for t in read_annotation(path, left_out=left_out)] == ["1"]
    assert [(item.transcript, item.reason) for item in left_out] == [("P", "no strand")]
    for excluded in ("rna-1", "1", "gene-1"):
        with pytest.raises(ValueError, match="1 named in exclude"):
            read_annotation(path, [excluded])


def test_exons_that_name_no_transcript_are_counted(tmp_path):
    stray = 'chr1\ttoy\texon\t31\t40\t.\t+\t.\tgene_id "g"'
    path = write_rows(tmp_path / "a.gtf", *exon_rows((1, 10)), stray)
    left_out = []
    assert len(read_annotation(path, left_out=left_out)) == 1
    assert [(item.where, item.reason) for item in left_out] == [(f"{path}:3", "exon without transcript_id")]
    lines = ["mRNA\t1\t9\t.\t+\t.\tID=a", "exon\t1\t9\t.\t+\t.\tParent=a", "exon\t1\t9\t.\t+\t.\tParent=nobody"]
    lines.append("exon\t1\t9\t.\t+\t.\tID=e1")
    path = write_rows(tmp_path / "a.gff3", *(f"chr1\tx\t{line}" for line in lines))
    left_out = []
    assert [t.id for t in read_annotation(path, left_out=left_out)] == ["a"]
    assert sorted(item.reason for item in left_out) == ["exon without Parent", "its Parent has no row"]


def test_numbers_are_names_of_chromosomes(tmp_path):
    found = names_and_exons(
        write_rows(tmp_path / "a.gtf", *exon_rows((1, 10), chrom="4"), *exon_rows((1, 9), chrom="04"))
    )
    assert [chrom for _, _, chrom, _ in found] == ["4", "04"]


@pytest.mark.parametrize("quote", ['"{}"', "{}"])
def test_rows_that_a_spreadsheet_has_quoted_and_numbers_of_r(tmp_path, quote):
    attributes = 'gene_id "g"; transcript_id "t";'
    attributes = quote.format(attributes.replace('"', '""') if '"{' in quote else attributes)
    (tmp_path / "a.gtf").write_text(f"chr1\tx\texon\t1e+05\t100099.0\t.\t+\t.\t{attributes}\n")
    (draft,) = read_drafts(tmp_path / "a.gtf").drafts
    assert (draft.name, draft.facts["gene_id"]) == ("t", "g")
    assert [(row.start, row.end, row.fault) for row in draft.exons] == [(99_999, 100_099, "")]


@pytest.mark.parametrize(("plus", "minus"), [("1", "-1"), ("plus", "minus"), ("forward", "reverse"), ("F", "R")])
def test_words_for_strands_are_taken_as_the_signs(tmp_path, plus, minus):
    rows = [*exon_rows((1, 10), (21, 30), strand=plus), *exon_rows((41, 50), strand=minus, transcript="t2")]
    found = read_annotation(write_rows(tmp_path / "a.gtf", *rows))
    assert [(t.id, t.strand) for t in found] == [("t1", "+"), ("t2", "-")]
