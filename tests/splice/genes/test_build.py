"""From a genome and transcripts to a gene set, and why a gene is not in it."""

import json
import re
from dataclasses import replace

import pytest

from cisgrammar.sequence.alphabet import decode
from cisgrammar.sequence.annotation import LeftOut, Transcript
from cisgrammar.sequence.fasta import read_fasta
from cisgrammar.splice.genes.build import build_genes, read_transcripts, write_left_out
from cisgrammar.splice.genes.gene_set import ACCEPTOR, DONOR
from cisgrammar.tables.contracts.splice import LEFT_OUT
from toy_annotation import exon_rows, genome_with_introns, write_rows
from toy_transcripts import (
    chromosomes_of_genes,
    gene,
    gene_settings,
    genes_on,
    three_chromosomes,
    three_genes,
    transcript,
)


def test_a_gene_set_by_chromosomes():
    transcripts = three_genes()
    built = build_genes(three_chromosomes(transcripts), transcripts, gene_settings())
    assert built.genes.names == ("g1", "g2", "g3")
    assert built.genes.splits == ("train", "validation", "test")
    assert built.report["gene_introns"]["GT-AG"] == 6
    assert built.report["splits"]["test"] == {"genes": 1, "bases": 500, "introns": 2, "internal_coding_exons": 0}
    assert json.loads(json.dumps(built.report)) == built.report


def test_unusable_transcripts_are_counted_by_reason():
    odd = [
        transcript((0, 90), name="single"),
        transcript((0, 90), (110, 200), name="short"),
        transcript((0, 90), (150, 151), (250, 300), name="tiny"),
    ]
    good = three_genes()
    built = build_genes(three_chromosomes([*odd, *good]), [*odd, *good], gene_settings())
    assert built.report["dropped"] == {"inner exon of one base": 1, "intron below 25 bp": 1, "one exon": 1}
    assert set(built.genes.names) == {"g1", "g2", "g3"}


def test_biotypes_are_used_where_the_annotation_has_them():
    coding = three_genes()
    other = transcript((100, 200), (300, 400), name="lnc", biotype="lncRNA")
    with_types = [Transcript(**{**vars(t), "biotype": "protein_coding"}) for t in coding]
    genome = three_chromosomes([*coding, other])
    assert "lnc" not in build_genes(genome, [*with_types, other], gene_settings()).genes.names
    assert "lnc" in build_genes(genome, [*with_types, other], gene_settings(biotypes=())).genes.names


def test_a_table_is_an_input_like_an_annotation(tmp_path):
    transcripts = three_genes()
    table = tmp_path / "table.txt"
    rows = [f"g{i}\t0\tchr{i}\t{s}\t101\t600\t200,400\t301,501\n" for i, s in ((1, "+"), (2, "-"), (3, "+"))]
    table.write_text("".join(rows))
    asked = gene_settings(annotation=None, table=str(table))
    genome = three_chromosomes(transcripts)
    ours = build_genes(genome, read_transcripts(asked), asked).genes
    assert ours.fingerprint() == build_genes(genome, transcripts, gene_settings()).genes.fingerprint()


def test_whichever_key_names_it_a_file_is_what_it_holds(tmp_path):
    rows = exon_rows((101, 200), (301, 400), strand="-")
    ours = write_rows(tmp_path / "a.gtf", *rows)
    theirs = tmp_path / "canonical.txt"
    theirs.write_text("t1\t0\tchr1\t-\t101\t400\t200,\t301,\n")
    for path in (ours, theirs):
        for key in ("annotation", "table"):
            asked = gene_settings(**{"annotation": None, "table": None, key: str(path)})
            (found,) = read_transcripts(asked)
            assert found.exons == ((100, 200), (300, 400))


def test_the_fly_gene_set(data):
    folder = data / "dm6_small"
    asked = gene_settings(
        annotation=str(folder / "dm6.small.gtf.gz"),
        coding="longest_orf",
        test=("chr2R", "chr2L:800000-1000000"),
        validation=("chr2L:650000-800000",),
        paralogues="drop",
    )
    built = build_genes(read_fasta(folder / "dm6.small.fa.gz"), read_transcripts(asked), asked)
    report, genes = built.report, built.genes
    assert (report["spliced_transcripts"], report["unique_introns"]["total"]) == (288, 557)
    counts = report["transcript_introns"]
    assert (counts["GT-AG"], counts["GC-AG"], counts["others"]) == (1391, 12, {"AT-CA": 1})
    donors, acceptors = genes.sites(DONOR), genes.sites(ACCEPTOR)
    assert len(donors) == len(acceptors) == report["gene_introns"]["total"] == (built.exons.rank > 0).sum()
    first = {decode(genes.codes[d + 1 : d + 3]) for d in donors}
    last = {decode(genes.codes[a - 2 : a]) for a in acceptors}
    assert first == {"GT", "GC"}
    assert last == {"AG"}
    assert set(genes.strands) == {"+", "-"}
    # A frame that is found in the sequence is open in it.
    coding = built.exons.internal_coding()
    assert len(coding) > 200
    for index, start, end, phase in zip(coding.gene, coding.start, coding.end, coding.phase_start, strict=True):
        text = decode(genes.gene(index)[0][start + (-phase % 3) : end])
        assert not {text[i : i + 3] for i in range(0, len(text) - 2, 3)} & {"TAA", "TAG", "TGA"}


@pytest.mark.parametrize(
    ("chrom", "message"),
    [("1", "rename it to 'chr1'"), ("chrUn", "the FASTA has chr1, chr2, chr3; .* give the FASTA of this annotation")],
)
def test_chromosomes_that_the_fasta_lacks(chrom, message):
    with pytest.raises(ValueError, match=message) as error:
        build_genes(chromosomes_of_genes(), genes_on(chrom, chrom), gene_settings())
    assert str(error.value).startswith(f"a.gtf:7: transcript gene_{chrom} is on chromosome '{chrom}'")


def test_a_scaffold_that_the_fasta_lacks_is_left_out_and_counted():
    """The gene set is that of the annotation without it."""
    sound = genes_on("chr1", "chr2", "chr3")
    clean = build_genes(chromosomes_of_genes(), sound, gene_settings())
    built = build_genes(chromosomes_of_genes(), [*sound, gene("KI270728.1")], gene_settings())
    assert built.genes.fingerprint() == clean.genes.fingerprint()
    assert built.report["dropped"] == {"its chromosome is not in the FASTA": 1}
    assert built.left_out == [
        LeftOut("gene_KI270728.1", "gene_KI270728.1", "KI270728.1", "a.gtf:7", "its chromosome is not in the FASTA")
    ]


def test_exons_past_the_end_of_their_chromosome():
    with pytest.raises(ValueError, match=r"exon 501-600 of transcript gene_chr1 passes the end of chr1 \(599 bp\)"):
        build_genes(genome_with_introns({"chr1": 599}, []), genes_on("chr1", "chr1"), gene_settings())


def test_what_is_left_out_is_listed_with_its_reason(tmp_path):
    good = three_genes()
    odd = [
        transcript((0, 90), name="single", where="a.gtf:9"),
        transcript(*((900, 920), (960, 990)), chrom="chr2", name="lnc", biotype="lncRNA", where="a.gtf:5"),
        transcript((100, 200), (300, 400), name="other", gene="g1", biotype="lncRNA", where="a.gtf:6"),
    ]
    with_types = [replace(t, biotype=t.biotype or "protein_coding") for t in [*good, *odd]]
    before = [LeftOut("t", "", "chr1", "a.gtf:3", "no strand")]
    built = build_genes(three_chromosomes([*good, odd[1]]), with_types, gene_settings(), before)
    assert built.report["dropped"] == {"biotype lncRNA": 1, "no strand": 1, "one exon": 1}
    write_left_out(tmp_path / "left_out.tsv", built.left_out)
    assert (tmp_path / "left_out.tsv").read_text().splitlines() == [
        "transcript\tgene\tchrom\tline\treason",
        "t\t\tchr1\t3\tno strand",
        "lnc\tlnc\tchr2\t5\tbiotype lncRNA",
        "single\tsingle\tchr1\t9\tone exon",
    ]
    assert len(LEFT_OUT.read(tmp_path / "left_out.tsv")) == 3


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
        build_genes(chromosomes_of_genes(), transcripts, gene_settings(**keys))


def test_chromosomes_without_transcripts_are_named(tmp_path):
    path = write_rows(tmp_path / "a.gtf", *exon_rows((1, 10), (21, 30)))
    with pytest.raises(ValueError, match=r"splice.genes.chromosomes: 'chr9' has no transcripts in .*; it has chr1"):
        read_transcripts(gene_settings(annotation=str(path), chromosomes=("chr9",)))
