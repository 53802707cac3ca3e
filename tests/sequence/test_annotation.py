"""GTF and GFF3: coordinates, strands, coding sequence and frames."""

import gzip
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.sequence.annotation import LeftOut, Transcript, check_on_genome, read_annotation
from fuzz import result_or_line
from prepare_toys import random_genome
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


FAULTY = {
    "no strand": exon_rows((31, 40), (51, 60), strand="."),
    "no strand (?)": exon_rows((31, 40), strand="?"),
    "on both strands": [*exon_rows((31, 40), strand="-"), *exon_rows((51, 60))],
    "on both strands, coding": [*exon_rows((31, 60)), gtf_row("CDS", 31, 60, strand="-", frame="0")],
    "overlapping exons": exon_rows((1, 10), (5, 15)),
    "coordinates that are none": exon_rows((0, 10), (21, 30)),
    "coordinates that are none (start above end)": exon_rows((40, 31)),
    "coordinates that are none (text)": exon_rows(("x", 10)),
    "coordinates that are none, of a stop codon": [*exon_rows((1, 10)), gtf_row("stop_codon", 9, "9" * 40)],
    "a frame that is none": [*exon_rows((1, 10)), gtf_row("CDS", 1, 9, frame="3")],
    "coding sequence outside of its exons": [*exon_rows((1, 10), (21, 30)), gtf_row("CDS", 12, 18, frame="0")],
    "coding sequence outside of its exons, in part": [*exon_rows((1, 10)), gtf_row("CDS", 5, 12, frame="0")],
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_transcript_that_contradicts_itself_is_left_out_and_told(tmp_path, name, caplog):
    """The rest of the annotation is read as if it were not there; excluded, it is named as that."""
    rows = FAULTY[name]
    good = exon_rows((1, 10), (21, 30), gene="g2", transcript="good")
    path = write_rows(tmp_path / "a.gtf", *good, *rows, *exon_rows((5, 9), gene="g3", transcript="last"))
    reason = re.split(r"[(,]", name)[0].strip()
    line = 4 + ("frame" in name or "stop codon" in name)
    left_out = []
    assert [t.id for t in read_annotation(path, left_out=left_out)] == ["good", "last"]
    assert left_out == [LeftOut("t1", "g1", "chr1", f"{path}:{line}", reason)]
    assert f"{path}: 1 left out: {reason} (the first: t1, {path}:{line})" in caplog.text
    for excluded in ("t1", "g1"):
        left_out = []
        assert [t.id for t in read_annotation(path, [excluded], left_out)] == ["good", "last"]
        assert [item.reason for item in left_out] == ["named in exclude"]


def test_an_annotation_of_faults_alone_is_an_error(tmp_path):
    path = write_rows(tmp_path / "a.gtf", *FAULTY["no strand"], *exon_rows((1, 9), (5, 15), transcript="t2"))
    with pytest.raises(ValueError, match=r"a\.gtf: no transcript .* left \(1 no strand, 1 over.*; the first: .*:2\)"):
        read_annotation(path)


def test_ids_to_exclude_that_are_not_there_are_told(tmp_path, caplog):
    path = write_rows(tmp_path / "a.gtf", *exon_rows((1, 10)), *exon_rows((1, 10), gene="g2", transcript="t2"))
    read_annotation(path, ["t1", "T2"])
    assert f"splice.genes.exclude: T2 is not in {path}" in caplog.text
    assert "exclude: t1" not in caplog.text


def test_transcripts_off_the_genome_are_left_out(caplog):
    genome = random_genome({"chr1": 100, "chr2": 50})

    def transcript(chrom, end):
        return Transcript(f"{chrom}_{end}", "g", "", chrom, "+", ((0, end),), where="a.gtf:7")

    sound = [transcript("chr1", 90), transcript("chr2", 50)]
    left_out = []
    assert check_on_genome([*sound, transcript("KI270", 9), transcript("chr2", 51)], genome, left_out) == sound
    reasons = ["its chromosome is not in the FASTA", "passes the end of its chromosome"]
    assert [item.reason for item in left_out] == reasons
    assert all(f"a.gtf: 1 left out: {reason}" in caplog.text for reason in reasons)
    past = [transcript("chr2", 51)] * 2
    with pytest.raises(ValueError, match=r"a\.gtf:7: exon 1-51 of .* the end of chr2 \(50 bp\), and so do 2 of 4;"):
        check_on_genome([*sound, *past], genome)
    assert len(check_on_genome([*sound * 100, *past], genome)) == 200
    with pytest.raises(ValueError, match=r"none of the 1 transcripts .*: rename it to 'chr1', or give the FASTA"):
        check_on_genome([transcript("1", 9)], genome)


FIELDS = st.one_of(
    st.sampled_from(
        ["chr1", "chr2", "exon", "CDS", "transcript", "gene", ".", "?", "+", "-", "0", "1", "40", "9" * 30, ""]
    ),
    st.sampled_from(
        ['gene_id "g"; transcript_id "t";', 'transcript_id "t";', "g1.t1", "ID=a;Parent=b", "Parent=a,a", ";=;"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r\t"), max_size=4),
)


@st.composite
def annotation_rows(draw):
    kind = draw(st.sampled_from(["exon", "CDS", "stop_codon", "transcript"]))
    start, length = draw(st.integers(1, 40)), draw(st.integers(0, 20))
    name, gene = draw(st.sampled_from("ab")), draw(st.sampled_from(["g", "h"]))
    more = draw(st.sampled_from([f'transcript_id "{name}"; gene_id "{gene}";', f'transcript_id "{name}"', "x", ""]))
    chrom, strand = draw(st.sampled_from(["chr1", "chr2"])), draw(st.sampled_from("+++-.?"))
    return "\t".join(
        map(str, (chrom, "x", kind, start, start + length, ".", strand, draw(st.sampled_from("012.")), more))
    )


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(st.one_of(annotation_rows(), st.lists(FIELDS, min_size=8, max_size=9).map("\t".join)), max_size=8))
def test_any_text_gives_transcripts_or_one_line_that_names_the_file(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("fuzz") / "a.gtf"
    path.write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")
    left_out = []
    found = result_or_line(path, lambda: read_annotation(path, left_out=left_out))
    for transcript in found or ():
        assert transcript.strand in "+-"
        edges = [edge for exon in transcript.exons for edge in exon]
        assert edges == sorted(edges)
        assert all(any(a <= c and d <= b for a, b in transcript.exons) for c, d in transcript.coding)
    assert all(item.reason and item.where.startswith(str(path)) for item in left_out)


ATTRIBUTES = st.lists(
    st.tuples(
        st.sampled_from(["ID", "Parent", "Name", "gene_id", "Note", "biotype", "tag", ""]),
        st.sampled_from(["=", " = ", "", "=="]),
        st.sampled_from(["a", "b", "c", "a,b", "%61", "%", "x;y", ""]),
    ),
    max_size=4,
).map(lambda parts: ";".join(map("".join, parts)))


@st.composite
def gff_rows(draw):
    kind = draw(st.sampled_from(["exon", "CDS", "mRNA", "gene", "transcript", "region"]))
    start, length = draw(st.integers(0, 40)), draw(st.integers(-2, 20))
    chrom, strand, frame = (draw(st.sampled_from(part)) for part in (["chr1", "chr2"], "+++-.?", "012.."))
    return "\t".join(map(str, (chrom, "x", kind, start, start + length, ".", strand, frame, draw(ATTRIBUTES))))


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(gff_rows(), max_size=9), sound=st.booleans())
def test_any_gff3_gives_its_sound_transcripts_or_one_line(tmp_path_factory, rows, sound):
    path = tmp_path_factory.mktemp("fuzz") / "a.gff3"
    own = ["mRNA\t1\t9\t.\t+\t.\tID=own;Parent=gene-own", "exon\t1\t9\t.\t+\t.\tParent=own"]
    lines = [f"chr9\tx\t{row}" for row in own] if sound else []
    path.write_text("".join(f"{row}\n" for row in [*lines, *rows]), encoding="utf-8")
    left_out = []
    found = result_or_line(path, lambda: read_annotation(path, left_out=left_out))
    assert found is not None or not sound
    assert not sound or ("own", ((0, 9),)) in [(t.id, t.exons) for t in found]
    for transcript in found or ():
        edges = [edge for exon in transcript.exons for edge in exon]
        assert transcript.strand in "+-"
        assert edges == sorted(edges)
    names = {(t.id, t.chrom) for t in found or ()}
    assert not names & {(item.transcript, item.chrom) for item in left_out if item.transcript}


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
        ("chr1\ttoy\texon\t1\t10", "5 tab-separated columns"),
        ("chr1 toy exon 1 10", "5 tab-separated columns"),
        ("", "no transcript with exon rows is left (1 coordinates that are none; the first: "),
    ],
)
def test_a_bad_row_is_named_with_file_and_line(tmp_path, row, message):
    path = write_rows(tmp_path / "a.gtf", *(GOOD if row else ()), row or gtf_row("exon", 0, 10))
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        read_annotation(path)
    assert f"{path}:{4 if row else 2}" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\t", " "),
        lambda text: text.replace("\t", "  ").replace("\n", " \n \n"),
        lambda text: text.replace("\n", "\tmore\n"),
        lambda text: text + text,
        lambda text: re.sub(r"\t(\d+)\t(\d+)\t", r"\t\1.0\t\2.0\t", text),
        lambda text: text.replace('"', ""),
        lambda text: text.replace("\n", "\n  # a comment\n"),
        lambda text: "seqname\tsource\tfeature\tstart\tend\tscore\tstrand\tframe\tattributes\n" + text,
    ],
    ids=["Mac", "blanks", "lines of blanks", "10 columns", "twice", "pandas", "no quotes", "comments", "names"],
)
def test_the_same_annotation_as_other_programs_write_it(tmp_path, spoil):
    rows = [*GOOD, gtf_row("CDS", 4, 9, frame="0"), gtf_row("stop_codon", 10, 10, frame="0")]
    text = write_rows(tmp_path / "a.gtf", *rows, *exon_rows((5, 9), gene="g2", transcript="t2")).read_text()
    clean = read_annotation(tmp_path / "a.gtf")
    (tmp_path / "b.gtf").write_bytes(spoil(text).encode())
    found = read_annotation(tmp_path / "b.gtf")
    assert [replace(t, where="") for t in found] == [replace(t, where="") for t in clean]
    assert [len(t.exons) for t in clean] == [2, 1]


def test_repeated_rows_are_told(tmp_path, caplog):
    read_annotation(write_rows(tmp_path / "a.gtf", *GOOD, *GOOD))
    assert caplog.messages == [f"{tmp_path / 'a.gtf'}: 2 rows repeat another of their transcript, and are used once"]


SGD = """chr1	SGD	gene	101	400	.	-	.	ID=YAL001C;Name=YAL001C;gene=TFC3
chr1	SGD	CDS	101	260	.	-	0	Parent=YAL001C_mRNA;Name=YAL001C_CDS
chr1	SGD	intron	261	340	.	-	.	Parent=YAL001C_mRNA
chr1	SGD	CDS	341	400	.	-	0	Parent=YAL001C_mRNA
chr1	SGD	mRNA	101	400	.	-	.	ID=YAL001C_mRNA;Parent=YAL001C
chr1	SGD	tRNA_gene	601	700	.	+	.	ID=tX
chr1	SGD	noncoding_exon	601	630	.	+	.	Parent=tX_tRNA
chr1	SGD	noncoding_exon	661	700	.	+	.	Parent=tX_tRNA
chr1	SGD	tRNA	601	700	.	+	.	ID=tX_tRNA;Parent=tX
"""
AUGUSTUS = """# start gene g1
chr1	AUGUSTUS	gene	101	420	0.9	-	.	g1
chr1	AUGUSTUS	transcript	101	420	.	-	.	g1.t1
chr1	AUGUSTUS	stop_codon	101	103	.	-	0	transcript_id "g1.t1"; gene_id "g1";
chr1	AUGUSTUS	CDS	104	260	0.9	-	1	transcript_id "g1.t1"; gene_id "g1";
chr1	AUGUSTUS	intron	261	340	1	-	.	transcript_id "g1.t1"; gene_id "g1";
chr1	AUGUSTUS	CDS	341	400	1	-	0	transcript_id "g1.t1"; gene_id "g1";
chr1	AUGUSTUS	5'-UTR	401	420	1	-	.	transcript_id "g1.t1"; gene_id "g1";
"""


def test_transcripts_without_exon_rows_have_those_of_their_coding_sequence(tmp_path, caplog):
    path = tmp_path / "a.gff"
    path.write_text(SGD)
    coding, other = read_annotation(path)
    assert coding.exons == coding.coding == ((100, 260), (340, 400))
    assert (coding.id, coding.gene, coding.strand) == ("YAL001C_mRNA", "YAL001C", "-")
    assert other.exons == ((600, 630), (660, 700))
    assert "1 transcripts have no exon rows; their coding and untranslated rows are used" in caplog.text
    path.write_text(AUGUSTUS)
    (found,) = read_annotation(path)
    assert found.exons == ((100, 260), (340, 420))
    assert found.coding == ((100, 260), (340, 400))
    assert found.where == f"{path}:4"


def test_exon_rows_decide_where_there_are_some(tmp_path, caplog):
    rows = [
        *exon_rows((1, 30), (61, 90)),
        gtf_row("CDS", 11, 30, frame="0"),
        gtf_row("CDS", 61, 70, frame="1"),
        gtf_row("five_prime_utr", 1, 10),
    ]
    (found,) = read_annotation(write_rows(tmp_path / "a.gtf", *rows))
    assert found.exons == ((0, 30), (60, 90))
    assert not caplog.messages


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no features"),
        ("#only a comment\n", "no features"),
        ("chr1\t5\t90\tg\t0\t+\t5\t90\t0\n", "no row has coordinates in columns 4 and 5; wanted GTF, GFF3, BED12"),
        (gtf_row("start_codon", 1, 3, frame="0") + "\n", "no transcript with exon rows (it has start_codon)"),
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
    "attributes", ["Parent=a;loose", "Note=a; b;Parent=a", " Parent = a ", "Parent=a;;.;", "ID=e%3B1;Parent=%61"]
)
def test_attributes_of_gff3_as_people_write_them(tmp_path, attributes):
    path = tmp_path / "a.gff3"
    path.write_text(f"chr1\tx\tmRNA\t1\t9\t.\t+\t.\tID=a\nchr1\tx\texon\t1\t9\t.\t+\t.\t{attributes}\n")
    assert [(t.id, t.exons) for t in read_annotation(path)] == [("a", ((0, 9),))]


def test_a_truncated_gzip_and_a_missing_file_are_named(tmp_path):
    path = tmp_path / "a.gtf.gz"
    path.write_bytes(gzip.compress(("\n".join(GOOD * 50)).encode())[:-20])
    with pytest.raises(ValueError, match="truncated"):
        read_annotation(path)
    with pytest.raises(ValueError, match="no such file"):
        read_annotation(tmp_path / "absent.gtf")
