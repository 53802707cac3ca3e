"""Genes of a GTF and of SpliceAI's table are the same genes, found by place and by either name of a chromosome."""

import numpy as np
import pytest

from cisgrammar.variants.splice.genes import read_splice_genes
from toy_annotation import exon_rows, gtf_row, write_rows
from toy_splice_variants import CODING, EXONS, LENGTH, toy_gene, toy_genome

GENOME = toy_genome()
TABLE = "#NAME\tCHROM\tSTRAND\tTX_START\tTX_END\tEXON_START\tEXON_END\n"
COLUMNS = [",".join(str(span[i]) for span in EXONS) + "," for i in (0, 1)]


def spans(intervals):
    return [(start + 1, end) for start, end in intervals]


def gtf(path, chrom="chr1", strand="+", more=()):
    coding = [gtf_row("CDS", *span, strand=strand, frame="0", chrom=chrom) for span in spans(CODING)]
    return write_rows(path, *exon_rows(*spans(EXONS), chrom=chrom, strand=strand), *coding, *more)


@pytest.mark.parametrize("chrom", ["chr1", "1"])
def test_both_formats_give_the_same_genes(tmp_path, chrom):
    table = tmp_path / "genes.txt"
    table.write_text(f"{TABLE}g1\t{chrom}\t+\t500\t1700\t{COLUMNS[0]}\t{COLUMNS[1]}\n")
    wanted = toy_gene("+")
    for path in (table, gtf(tmp_path / "genes.gtf", chrom)):
        (found,) = read_splice_genes(path, GENOME).genes
        assert (found.name, found.chrom, found.strand, found.exons) == ("g1", "chr1", "+", EXONS)
        assert np.array_equal(found.acceptors, wanted.acceptors)
        assert np.array_equal(found.donors, wanted.donors)
    assert found.coding == CODING


def test_an_annotation_without_coding_sequence_gets_the_longest_frame(tmp_path):
    table = tmp_path / "genes.txt"
    table.write_text(f"{TABLE}g1\tchr1\t+\t500\t1700\t{COLUMNS[0]}\t{COLUMNS[1]}\n")
    codes = GENOME.chromosome("chr1").copy()
    for start, end in EXONS:
        codes[start:end] = 0
    codes[510:513], codes[1620:1623] = [0, 3, 2], [3, 0, 0]
    (found,) = read_splice_genes(table, type(GENOME).from_chromosomes({"chr1": codes})).genes
    assert (found.coding[0][0], found.coding[-1][1]) == (510, 1623)
    (none,) = read_splice_genes(table, type(GENOME).from_chromosomes({"chr1": codes * 0})).genes
    assert none.coding == ()


def test_sites_of_all_transcripts_and_of_the_right_end(tmp_path):
    other = exon_rows((501, 600), (901, 950), (1601, 1700), transcript="t2", strand="-")
    path = gtf(tmp_path / "genes.gtf", strand="-", more=other)
    (found,) = read_splice_genes(path, GENOME).genes
    assert found.exons == EXONS, "the one with coding sequence"
    assert found.acceptors.tolist() == [599, 889, 949, 1299]
    assert found.donors.tolist() == [800, 900, 1200, 1600]


def test_biotypes_and_what_is_left_out(tmp_path):
    kind = ' gene_biotype "lncRNA";'
    rows = exon_rows((11, 60), (101, 150), gene="g2", transcript="t2", extra=kind)
    coding = [f'{row} gene_biotype "protein_coding";' for row in exon_rows(*spans(EXONS))]
    path = write_rows(tmp_path / "genes.gtf", *coding, *rows, *exon_rows((1, 9), chrom="chr9", gene="g3"))
    account = []
    assert [gene.name for gene in read_splice_genes(path, GENOME, left_out=account).genes] == ["g1"]
    assert [item.gene for item in account] == ["g3"]
    assert len(read_splice_genes(path, GENOME, biotypes=())) == 2
    with pytest.raises(ValueError, match=r"genes\.gtf: no transcript is miRNA; it has lncRNA, protein_coding"):
        read_splice_genes(path, GENOME, biotypes=("miRNA",))


def test_genes_are_found_by_place(tmp_path):
    rows = [f"g{i}\tchr1\t+\t{start}\t{start + 100}\t{start},\t{start + 100},\n" for i, start in ((1, 150), (2, 100))]
    path = tmp_path / "genes.txt"
    path.write_text(TABLE + "".join(rows))
    found = read_splice_genes(path, GENOME)
    assert found.overlapping("chr1", 150, 151) == [0, 1], "in the order of the table"
    assert found.overlapping("chr1", 100, 101) == [1]
    assert found.overlapping("chr1", 99, 100) == []
    assert found.overlapping("chr1", 249, 250) == [0]
    assert found.overlapping("chr1", 250, LENGTH) == []
    assert found.overlapping("chr2", 150, 151) == []


def test_rows_of_a_table_are_genes_whatever_their_names(tmp_path):
    path = tmp_path / "genes.txt"
    path.write_text(TABLE + "g1\tchr1\t+\t100\t200\t100,\t200,\ng1\tchr1\t+\t150\t250\t150,\t250,\n")
    found = read_splice_genes(path, GENOME)
    assert [(gene.start, gene.end) for gene in found.genes] == [(100, 200), (150, 250)]
