"""GTF and GFF3: coordinates, strands, coding sequence and frames."""

import gzip
import re

import pytest

from cisgrammar.sequence.annotation import read_annotation
from toy_annotation import exon_rows, gtf_row, write_rows

GFF3 = """##gff-version 3
chr1	toy	gene	101	400	.	-	.	ID=gene:G1;Name=abc;biotype=protein_coding
chr1	toy	mRNA	101	400	.	-	.	ID=transcript:T1;Parent=gene:G1;tag=basic,MANE Select;transcript_id=T1
chr1	toy	exon	101	150	.	-	.	Parent=transcript:T1
chr1	toy	exon	201	400	.	-	.	Parent=transcript:T1
chr1	toy	CDS	121	150	.	-	0	ID=CDS:P1;Parent=transcript:T1
chr1	toy	CDS	201	260	.	-	0	ID=CDS:P1;Parent=transcript:T1
##FASTA
>chr1
ACGT
"""


def test_gtf_counts_from_1_with_the_end_included_and_here_from_0_without(tmp_path):
    path = write_rows(tmp_path / "a.gtf", *exon_rows((1, 10), (21, 30)))
    transcript = read_annotation(path)[0]
    assert transcript.exons == ((0, 10), (20, 30))
    assert transcript.introns == ((10, 20),)
    assert (transcript.start, transcript.end, transcript.exonic_length) == (0, 30, 20)
    assert transcript.where == f"{path}:2"


def test_exons_are_sorted_whatever_the_order_of_rows(tmp_path):
    rows = exon_rows((201, 300), (1, 100), strand="-")
    assert read_annotation(write_rows(tmp_path / "a.gtf", *rows))[0].exons == ((0, 100), (200, 300))


def test_gff3_and_gtf_give_the_same_transcript(tmp_path):
    gff = tmp_path / "a.gff3"
    gff.write_text(GFF3)
    more = {"strand": "-", "gene": "G1", "transcript": "T1"}
    rows = [
        *exon_rows(
            (201, 400), (101, 150), **more, extra=' tag "basic"; tag "MANE Select"; gene_biotype "protein_coding";'
        ),
        gtf_row("CDS", 201, 260, frame="0", **more),
        gtf_row("CDS", 124, 150, frame="0", **more),
        gtf_row("stop_codon", 121, 123, frame="0", **more),
    ]
    (ours,), (theirs,) = read_annotation(gff), read_annotation(write_rows(tmp_path / "a.gtf", *rows))
    assert ours.coding == ((120, 150), (200, 260))
    assert ours.gene_name == "abc"
    assert ours.tags == {"basic", "MANE_Select"}
    for name in ("id", "gene", "chrom", "strand", "exons", "coding", "frame", "tags", "biotype"):
        assert getattr(ours, name) == getattr(theirs, name), name


def test_an_exon_of_two_parents_belongs_to_both(tmp_path):
    path = tmp_path / "a.gff3"
    path.write_text(
        "chr1\tx\texon\t1\t9\t.\t+\t.\tParent=a,b\n"
        "chr1\tx\tmRNA\t1\t9\t.\t+\t.\tID=a;Parent=g\n"
        "chr1\tx\tlnc_RNA\t1\t9\t.\t+\t.\tID=b;Parent=g\n"
    )
    assert [(t.id, t.gene, t.exons) for t in read_annotation(path)] == [("a", "g", ((0, 9),)), ("b", "g", ((0, 9),))]


def test_gzip_is_read_like_plain(tmp_path):
    plain = write_rows(tmp_path / "a.gtf", *exon_rows((1, 10), (21, 30)))
    packed = tmp_path / "b.gtf.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert read_annotation(packed)[0].exons == read_annotation(plain)[0].exons


@pytest.mark.parametrize(
    ("frames", "strand", "frame"),
    [
        (("0", "2"), "+", 0),  # 10 bases: 2 of the next codon are in the second row
        (("1", "0"), "+", 1),
        (("0", "1"), "+", -1),  # a shift: the file contradicts itself
        (("2", "0"), "-", 0),  # the row of higher coordinates comes first
        ((".", "."), "+", 0),
    ],
)
def test_the_frame_is_that_of_the_first_coding_base_if_the_rows_agree(tmp_path, frames, strand, frame):
    spans = ((1, 10), (21, 30))
    rows = exon_rows(*spans, strand=strand)
    rows += [gtf_row("CDS", *span, strand=strand, frame=f) for span, f in zip(spans, frames, strict=True)]
    assert read_annotation(write_rows(tmp_path / "a.gtf", *rows))[0].frame == frame


def test_overlapping_coding_rows_have_no_frame(tmp_path):
    rows = [*exon_rows((1, 60)), gtf_row("CDS", 1, 30, frame="0"), gtf_row("CDS", 30, 59, frame="0")]
    transcript = read_annotation(write_rows(tmp_path / "a.gtf", *rows))[0]
    assert transcript.frame == -1
    assert transcript.coding == ((0, 59),)


def test_adjoining_exons_keep_their_own_coding_sequence(tmp_path):
    rows = [*exon_rows((1, 30), (31, 60)), gtf_row("CDS", 1, 30, frame="0"), gtf_row("CDS", 31, 60, frame="0")]
    assert read_annotation(write_rows(tmp_path / "a.gtf", *rows))[0].coding == ((0, 30), (30, 60))


def test_excluded_transcripts_and_genes_are_not_even_checked(tmp_path):
    faulty = [*exon_rows((1, 10), transcript="bad"), *exon_rows((5, 20), transcript="bad")]
    good = exon_rows((1, 10), (21, 30), gene="g2", transcript="good")
    path = write_rows(tmp_path / "a.gtf", *faulty, *good)
    assert [t.id for t in read_annotation(path, exclude=["bad"])] == ["good"]
    assert [t.id for t in read_annotation(path, exclude=["g1"])] == ["good"]


def test_the_fly_annotation(data):
    transcripts = read_annotation(data / "dm6_small" / "dm6.small.gtf.gz")
    spliced = [t for t in transcripts if len(t.exons) > 1]
    assert (len(transcripts), len(spliced)) == (356, 288)
    assert sum(len(t.introns) for t in spliced) == 1404
    assert len({(t.chrom, t.strand, intron) for t in spliced for intron in t.introns}) == 557


GOOD = exon_rows((1, 10), (21, 30))


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
