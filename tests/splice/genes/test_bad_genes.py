"""Bad annotations, genomes that do not fit them, and bad gene sets: one clear error each."""

import gzip
import re

import h5py
import numpy as np
import pytest
from pydantic import ValidationError

from cisgrammar.config.splice import Checks, Genes, SimulateGenes
from cisgrammar.sequence.annotation import Transcript, read_annotation
from cisgrammar.sequence.fasta import Genome, read_fasta
from cisgrammar.splice.genes.build import build_genes, read_transcripts
from cisgrammar.splice.genes.exon_table import read_exon_table
from cisgrammar.splice.genes.gene_set import gene_set, read_gene_set, write_gene_set
from cisgrammar.splice.genes.gene_table import read_gene_table
from cisgrammar.splice.genes.partition import read_place
from toy_annotation import exon_rows, genome_with_introns, gtf_row, write_rows

GOOD = exon_rows((1, 10), (21, 30))
SPANS = ((100, 200), (300, 400), (500, 600))


def settings(**more):
    return Genes.model_validate({"annotation": "a.gtf", "test": ("chr3",), "validation": ("chr2",), **more})


def gene(chrom, *exons, name=None, **more):
    name = name or f"gene_{chrom}"
    return Transcript(name, name, "", chrom, "+", exons or SPANS, where="a.gtf:7", **more)


def genes_on(*chroms):
    return [gene(chrom) for chrom in chroms]


def three_chromosomes(length=1000, seed=0):
    return genome_with_introns(dict.fromkeys(("chr1", "chr2", "chr3"), length), genes_on("chr1", "chr2", "chr3"), seed)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("chr1 toy exon 1 10 . + . gene_id", "1 tab-separated columns"),
        (gtf_row("exon", "x", 10), "exon from 'x' to '10'; wanted whole numbers"),
        (gtf_row("exon", 0, 10), "exon from '0' to '10'"),
        (gtf_row("exon", 40, 31), "start not above end"),
        (gtf_row("exon", 31, 40, strand="."), "exon on strand '.'; wanted + or -"),
        ("\t".join(("chr1", "toy", "exon", "31", "40", ".", "+", ".", 'gene_id "g"')), "exon without transcript_id"),
        (gtf_row("exon", 31, 40, strand="-"), "on strand -, but line 2 has it on +"),
        (gtf_row("exon", 31, 40, chrom="chr2"), "on chromosome chr2, but line 2 has it on chr1"),
        (gtf_row("exon", 5, 15), "exon 5-15 of transcript t1 overlaps exon 1-10 of line 2"),
        (gtf_row("exon", 1, 10), "overlaps exon 1-10"),
        (gtf_row("CDS", 12, 18, frame="0"), "CDS 12-18 lies in no exon of transcript t1"),
        (gtf_row("CDS", 5, 12, frame="0"), "CDS 5-12 lies in no exon"),
        (gtf_row("CDS", 1, 9, frame="3"), "CDS with frame '3'; wanted 0, 1, 2 or ."),
    ],
)
def test_a_bad_row_is_named_with_file_and_line(tmp_path, row, message):
    path = write_rows(tmp_path / "a.gtf", *GOOD, row)
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        read_annotation(path)
    assert f"{path}:4: " in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no features"),
        ("#only a comment\n", "no features"),
        (gtf_row("CDS", 1, 9, frame="0") + "\n", "no transcript with exon rows (it has CDS)"),
        (gtf_row("gene", 1, 9) + "\n" + gtf_row("transcript", 1, 9) + "\n", "(it has gene, transcript)"),
    ],
)
def test_a_file_without_exons_says_what_it_has(tmp_path, text, message):
    path = tmp_path / "a.gtf"
    path.write_text(text)
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        read_annotation(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("chr1\tx\texon\t1\t9\t.\t+\t.\tParent=nobody", "Parent 'nobody' has no row of its own"),
        ("chr1\tx\texon\t1\t9\t.\t+\t.\tID=e1", "exon without Parent"),
        ("chr1\tx\texon\t1\t9\t.\t+\t.\tParent=a;loose", "attribute 'loose'; GFF3 has key=value"),
    ],
)
def test_bad_gff3_is_named_with_file_and_line(tmp_path, row, message):
    path = tmp_path / "a.gff3"
    path.write_text(f"chr1\tx\tmRNA\t1\t9\t.\t+\t.\tID=a\n{row}\n")
    with pytest.raises(ValueError, match=message) as error:
        read_annotation(path)
    assert f"{path}:2: " in str(error.value)


def test_a_truncated_gzip_and_a_missing_file_are_named(tmp_path):
    path = tmp_path / "a.gtf.gz"
    path.write_bytes(gzip.compress(("\n".join(GOOD * 50)).encode())[:-20])
    with pytest.raises(ValueError, match="truncated"):
        read_annotation(path)
    with pytest.raises(ValueError, match="no such file"):
        read_annotation(tmp_path / "absent.gtf")


@pytest.mark.parametrize(
    ("chrom", "message"),
    [("1", "rename it to 'chr1'"), ("chrUn", "the FASTA has chr1, chr2, chr3; give the FASTA of this annotation")],
)
def test_a_chromosome_that_the_fasta_lacks(chrom, message):
    with pytest.raises(ValueError, match=message) as error:
        build_genes(three_chromosomes(), genes_on("chr2", chrom), settings())
    assert str(error.value).startswith(f"a.gtf:7: transcript gene_{chrom} is on chromosome '{chrom}'")


def test_an_exon_past_the_end_of_its_chromosome():
    with pytest.raises(ValueError, match=r"exon 501-600 of transcript gene_chr1 passes the end of chr1 \(599 bp\)"):
        build_genes(genome_with_introns({"chr1": 599}, []), genes_on("chr1"), settings())


def many_genes():
    spans = [((a, a + 40), (a + 100, a + 140), (a + 200, a + 240)) for a in range(0, 9000, 300)]
    return [gene(chrom, *exons, name=f"{chrom}.{exons[0][0]}") for chrom in ("chr1", "chr2", "chr3") for exons in spans]


def test_another_assembly_is_recognised_by_its_introns():
    transcripts = many_genes()
    genome = genome_with_introns(dict.fromkeys(("chr1", "chr2", "chr3"), 9500), [])
    with pytest.raises(ValueError, match=r"only \d\.\d % of 180 introns are GT-AG or GC-AG, wanted 80 %.*assembly"):
        build_genes(genome, transcripts, settings())


def test_a_real_annotation_on_the_wrong_chromosomes_is_recognised(data):
    folder = data / "dm6_small"
    right = read_fasta(folder / "dm6.small.fa.gz")
    swapped = Genome(right.names[::-1], right.lengths, right.offsets, right.codes)
    transcripts = read_annotation(folder / "dm6.small.gtf.gz")
    with pytest.raises(ValueError, match=r"only \d\.\d % of 557 introns are GT-AG or GC-AG"):
        build_genes(swapped, transcripts, settings(test=("chr2R",), validation=("chr2L",)))


def test_an_annotation_that_counts_from_0_is_told_apart_from_another_assembly():
    transcripts = many_genes()
    genome = genome_with_introns(dict.fromkeys(("chr1", "chr2", "chr3"), 9500), transcripts)
    build_genes(genome, transcripts, settings(paralogues="keep"))
    # Starts written from 0 are read as if from 1: every exon but the first of the chromosome starts a base early.
    early = [gene(t.chrom, *((max(a - 1, 0), b) for a, b in t.exons), name=t.id) for t in transcripts]
    with pytest.raises(ValueError, match="with intron starts moved by 0 and ends by 1: the file does not count from 1"):
        build_genes(genome, early, settings())


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"test": ("3",)}, "splice.genes.test: chromosome '3' is not in the FASTA; did you mean 'chr3'?"),
        ({"test": ("chrQ",)}, "it has chr1, chr2, chr3"),
        ({"validation": ("chr2:500-1200",)}, "'chr2:500-1200' is no part of chr2 (1000 bp)"),
        ({"validation": ("chr2:700-700",)}, "wanted start < end"),
        ({"test": ("chr2:0-700",)}, "overlaps validation chr2:0-1000"),
        ({"test": ("chr3:0-100",)}, "splice.genes.test: no gene in chr3:0-100; genes are on"),
        ({"biotypes": ("miRNA",)}, "no transcript is miRNA; the annotation has protein_coding"),
        ({"min_intron": 5000}, "no gene is left (3 with intron below 5000 bp)"),
    ],
)
def test_settings_that_leave_no_genes_say_why(keys, message):
    transcripts = [gene(chrom, biotype="protein_coding") for chrom in ("chr1", "chr2", "chr3")]
    with pytest.raises(ValueError, match=re.escape(message)):
        build_genes(three_chromosomes(), transcripts, settings(**keys))


def test_chromosomes_without_transcripts_are_named(tmp_path):
    path = write_rows(tmp_path / "a.gtf", *GOOD)
    with pytest.raises(ValueError, match=r"splice.genes.chromosomes: 'chr9' has no transcripts in .*; it has chr1"):
        read_transcripts(settings(annotation=str(path), chromosomes=("chr9",)))


def test_a_chromosome_whose_name_looks_like_a_part_is_one():
    genome = Genome.from_chromosomes({"HLA:1-2": np.zeros(9, np.uint8), "HLA": np.zeros(9, np.uint8)})
    assert read_place(genome, "HLA:1-2", "test") == ("HLA:1-2", 0, 9)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A\t0\tchr1\t+\t1\t90\t20", "7 tab-separated columns, wanted 8: NAME, PARALOG"),
        ("A\t0\tchr1\t*\t1\t90\t20\t40", "strand '*'"),
        ("A\t0\tchr1\t+\t1\t90\t20,x\t40,50", "JN_START 'x'; wanted whole numbers"),
        ("A\t0\tchr1\t+\t1\t90\t20,30\t40", "2 numbers in JN_START, 1 in JN_END"),
        ("A\t0\tchr1\t+\t1\t90\t20,30\t40,50", "are not in order, or overlap"),
        ("A\t0\tchr1\t+\t50\t90\t20\t60", "are not in order, or overlap"),
        ("A\t0\tchr1\t+\t1,2\t90\t20\t40", "TX_START '1,2'; wanted one whole number"),
    ],
)
def test_bad_rows_of_a_splice_ai_table(tmp_path, row, message):
    path = tmp_path / "table.txt"
    path.write_text(f"B\t0\tchr1\t+\t1\t90\t20\t40\n{row}\n")
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        read_gene_table(path)
    assert f"{path}:2: " in str(error.value)


def test_an_empty_table_and_a_foreign_header(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text("")
    with pytest.raises(ValueError, match="no genes"):
        read_gene_table(path)
    path.write_text("#NAME\tCHROM\tWHAT\n")
    with pytest.raises(ValueError, match="header NAME, CHROM, WHAT; wanted"):
        read_gene_table(path)


def test_a_damaged_gene_set_is_named(tmp_path):
    path = tmp_path / "genes.h5"
    path.write_text("not HDF5")
    with pytest.raises(ValueError, match="not a readable HDF5 file"):
        read_gene_set(path)
    write_gene_set(path, gene_set([(np.zeros(5, np.uint8), np.zeros(5, np.uint8))]))
    with h5py.File(path, "r+") as file:
        file["codes"][3] = 9
    with pytest.raises(ValueError, match=r"genes.h5: code 9 at base 3; wanted 0 to 4"):
        read_gene_set(path)
    with h5py.File(path, "r+") as file:
        del file["labels"]
    with pytest.raises(ValueError, match="no dataset labels"):
        read_gene_set(path)
    with h5py.File(path, "r+") as file:
        file.attrs["format"] = "something else"
    with pytest.raises(ValueError, match="'something else', wanted 'cisgrammar genes 1'"):
        read_gene_set(path)


@pytest.mark.parametrize(
    ("codes", "labels", "more", "message"),
    [
        ([0, 1], [0], {}, "2 codes and 1 labels"),
        ([0, 7], [0, 0], {}, "code 7 at base 1"),
        ([0, 1], [0, 3], {}, "label 3 at base 1; wanted 0 to 2"),
        ([], [], {}, "gene gene_0 has no sequence"),
        ([0], [0], {"splits": ["tests"]}, "split 'tests'; wanted one of train, validation, test"),
        ([0], [0], {"names": ["a", "b"]}, "give one of each per gene"),
    ],
)
def test_arrays_that_are_no_gene_set(codes, labels, more, message):
    with pytest.raises(ValueError, match=message):
        gene_set([(np.array(codes, np.uint8), np.array(labels, np.uint8))], **more)


def test_a_split_without_genes_says_which_there_are():
    with pytest.raises(ValueError, match="no genes of split 'train'; it has test"):
        gene_set([(np.zeros(5, np.uint8), np.zeros(5, np.uint8))]).subset("train")
    with pytest.raises(ValueError, match="no genes"):
        gene_set([])


def test_an_exon_table_without_its_columns(tmp_path):
    path = tmp_path / "exons.tsv"
    path.write_text("gene\tstart\n0\t1\n")
    with pytest.raises(ValueError, match="no column gene_id, rank"):
        read_exon_table(path)


@pytest.mark.parametrize(
    ("section", "keys", "message"),
    [
        (Genes, {"annotation": None}, "exactly one of `annotation`"),
        (Genes, {"table": "b.txt"}, "exactly one of `annotation`"),
        (Genes, {"test": ("chr2",)}, "in both test and validation"),
        (Checks, {"min_exon": 50}, "use at least 98"),
        (Checks, {"which": ("minigene",)}, "the minigene check needs `variants`"),
        (SimulateGenes, {"exons": (5, 3)}, "exons: 5 is above 3"),
    ],
)
def test_sections_that_contradict_themselves(section, keys, message):
    base = {"annotation": "a.gtf", "test": ("chr3",), "validation": ("chr2",)} if section is Genes else {}
    with pytest.raises(ValidationError, match=message):
        section.model_validate({**base, **keys})
