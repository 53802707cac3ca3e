"""BED12, genePred and refFlat hold the transcripts that a GTF of them holds."""

import gzip
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.sequence.annotation import read_annotation
from cisgrammar.sequence.annotation_tables import is_gene_table, read_gene_rows
from fuzz import result_or_line
from toy_annotation import gtf_row, write_rows

# id, gene, strand, exons, coding sequence with its stop codon; 0-based half-open
GENES = [
    ("t1", "g1", "+", ((100, 200), (300, 400), (500, 660)), (150, 540)),
    ("t2", "g1", "+", ((100, 200), (500, 660)), (150, 540)),
    ("t3", "g3", "-", ((1000, 1100), (1300, 1400)), (1050, 1390)),
    ("t4", "g4", "-", ((140, 180), (320, 350)), None),
    ("t5", "g5", "+", ((2000, 2090),), (2000, 2090)),
]


def spans(exons, coding):
    if coding is None:
        return []
    parts = [(max(a, coding[0]), min(b, coding[1])) for a, b in exons]
    return [(a, b) for a, b in parts if a < b]


def frames(strand, parts):
    """Bases before the first whole codon of each part, in the order of the chromosome, as GTF has them."""
    found, before = [], 0
    for a, b in parts if strand == "+" else reversed(parts):
        found.append(-before % 3)
        before += b - a
    return found if strand == "+" else found[::-1]


def as_gtf(path):
    rows = []
    for name, gene, strand, exons, coding in GENES:
        more = {"strand": strand, "gene": gene, "transcript": name}
        rows += [gtf_row("exon", a + 1, b, **more) for a, b in exons]
        parts = spans(exons, coding)
        rows += [
            gtf_row("CDS", a + 1, b, frame=f, **more) for (a, b), f in zip(parts, frames(strand, parts), strict=True)
        ]
    return write_rows(path, *rows)


def joined(numbers):
    return "".join(f"{number}," for number in numbers)


def bed12(name, gene, strand, exons, coding):
    start, end = exons[0][0], exons[-1][1]
    sizes, starts = joined(b - a for a, b in exons), joined(a - start for a, _ in exons)
    thick = coding or (start, start)
    return ["chr1", start, end, name, 0, strand, *thick, "0,0,255", len(exons), sizes, starts]


def frame_list(strand, exons, coding):
    """Place of each exon's first coding base in its codon, -1 for none."""
    parts = iter(frames(strand, spans(exons, coding)))
    inside = [coding and max(a, coding[0]) < min(b, coding[1]) for a, b in exons]
    return joined(-next(parts) % 3 if coded else -1 for coded in inside)


def big(name, gene, strand, exons, coding):
    more = ["x", "cmpl", "cmpl", frame_list(strand, exons, coding), "none", gene, gene, ""]
    return [*bed12(name, gene, strand, exons, coding), *more]


def gene_pred(name, gene, strand, exons, coding):
    start, end = exons[0][0], exons[-1][1]
    cds = coding or (end, end)
    return [name, "chr1", strand, start, end, *cds, len(exons), *(joined(e[i] for e in exons) for i in (0, 1))]


def extended(*one):
    _, gene, strand, exons, coding = one
    return [*gene_pred(*one), 0, gene, "cmpl", "cmpl", frame_list(strand, exons, coding)]


def with_bin(row, start, end):
    """UCSC's bin by its definition: the smallest of its bins that holds the transcript."""
    for offset, shift in ((585, 17), (73, 20), (9, 23), (1, 26), (0, 29)):
        if start >> shift == (end - 1) >> shift:
            return [offset + (start >> shift), *row]
    raise AssertionError


FORMS = {
    "bed12": bed12,
    "bigGenePred": big,
    "genePred": gene_pred,
    "genePredExt": extended,
    "refFlat": lambda *one: [one[1], *gene_pred(*one)],
    "bin": lambda *one: with_bin(extended(*one), one[3][0][0], one[3][-1][1]),
    "bin_plain": lambda *one: with_bin(gene_pred(*one), one[3][0][0], one[3][-1][1]),
    "bin_bed": lambda *one: with_bin(bed12(*one), one[3][0][0], one[3][-1][1]),
    "known_gene": lambda *one: [*gene_pred(*one), "P12345", "uc001"],
}
NAMES_GENES = {"bigGenePred", "genePredExt", "refFlat", "bin"}


def table(form, before="", mark="\t"):
    return before + "".join(mark.join(map(str, FORMS[form](*one))) + "\n" for one in GENES)


def bare(transcripts):
    return [(t.id, t.chrom, t.strand, t.exons, t.coding, t.frame) for t in transcripts]


def genes(transcripts):
    """Transcripts of each gene, whatever it is called."""
    found = {}
    for t in transcripts:
        found.setdefault((t.gene, t.chrom, t.strand), []).append(t.id)
    return sorted(found.values())


@pytest.mark.parametrize("form", FORMS)
def test_a_table_gives_the_transcripts_and_genes_of_its_gtf(tmp_path, form):
    wanted = read_annotation(as_gtf(tmp_path / "a.gtf"))
    path = tmp_path / "a.txt"
    path.write_text(table(form))
    assert is_gene_table(path)
    found = read_annotation(path)
    assert bare(found) == bare(wanted)
    assert genes(found) == genes(wanted)
    assert [t.where for t in found] == [f"{path}:{n}" for n in range(1, 6)]
    if form in NAMES_GENES:
        assert [t.gene for t in found] == [t.gene for t in wanted]
    else:
        assert [t.gene for t in found] == ["t1", "t1", "t3", "t4", "t5"]


UCSC = "#bin\tname\tchrom\tstrand\ttxStart\ttxEnd\tcdsStart\tcdsEnd\texonCount\texonStarts\texonEnds\tscore\tname2\t"
UCSC += "cdsStartStat\tcdsEndStat\texonFrames\n"


@pytest.mark.parametrize(
    ("form", "before", "mark"),
    [
        ("bed12", "browser position chr1:1-9\ntrack name=genes\n\n# mine\n", "\t"),
        ("bed12", "", " "),
        ("bin", UCSC, "\t"),
        ("bin", "# a note\n" + re.sub(r"\b(\w)", r"hg38.refGene.\1", UCSC).replace("#", "#"), "\t"),
        ("genePred", "", "\t"),
    ],
)
def test_lines_of_names_and_browsers_and_blanks_change_nothing(tmp_path, form, before, mark):
    wanted = read_annotation(as_gtf(tmp_path / "a.gtf"))
    path = tmp_path / "a.bed.gz"
    path.write_bytes(gzip.compress(table(form, before, mark).replace("\n", "\r\n").encode()))
    assert bare(read_annotation(path)) == bare(wanted)


def test_columns_of_genepred_may_be_in_any_order_below_their_names(tmp_path):
    path = tmp_path / "a.txt"
    rows = [gene_pred(*one) for one in GENES]
    order = [9, 8, 2, 1, 0, 6, 5]
    names = ["name", "chrom", "strand", "txStart", "txEnd", "cdsStart", "cdsEnd", "exonCount", "exonStarts", "exonEnds"]
    lines = [[names[i] for i in order], *([str(row[i]) for i in order] for row in rows)]
    path.write_text("#" + "\n".join("\t".join(line) for line in lines) + "\n")
    assert bare(read_annotation(path)) == bare(read_annotation(as_gtf(tmp_path / "a.gtf")))


def test_a_frame_that_does_not_begin_with_a_codon_is_kept(tmp_path):
    """The coding sequence begins at the second base of a codon: two bases before the first whole one."""
    path = tmp_path / "a.txt"
    row = ["t", "chr1", "+", 0, 300, 0, 280, 2, "0,200,", "100,300,", 0, "g", "incmpl", "cmpl", "1,2,"]
    path.write_text("\t".join(map(str, row)) + "\n")
    assert read_annotation(path)[0].frame == 2
    path.write_text("\t".join(map(str, [*row[:-1], "1,0,"])) + "\n")
    assert read_annotation(path)[0].frame == -1


def test_what_is_coding_from_end_to_end_in_all_rows_is_frames_or_alignments(tmp_path, caplog):
    def lines(extra):
        rows = [
            ["chr1", at, at + 200 + extra, f"t{at}", 0, "+", at, at + 200 + extra, 0, 2, f"30,{60 + extra}", "0,140"]
            for at in range(0, 5000, 500)
        ]
        return "".join("\t".join(map(str, row)) + "\n" for row in rows)

    path = tmp_path / "a.bed"
    path.write_text(lines(0))
    assert all(t.coding == t.exons for t in read_annotation(path))
    assert "they are taken as reading frames" in caplog.text
    path.write_text(lines(1))
    assert not any(t.coding for t in read_annotation(path))
    assert "no coding sequence is taken from columns 7 and 8" in caplog.text


def test_ids_that_come_again_and_rows_that_do(tmp_path, caplog):
    one = ("t1", "g1", "+", ((100, 200), (300, 400)), None)
    other = ("t1", "g1", "+", ((1100, 1200), (1300, 1400)), None)
    path = tmp_path / "a.txt"
    path.write_text("".join("\t".join(map(str, extended(*each))) + "\n" for each in (one, other, one)))
    assert [(t.id, t.start) for t in read_annotation(path)] == [("t1", 100), ("t1_dup1", 1100)]
    assert "1 rows repeat another" in caplog.text


@pytest.mark.parametrize(
    ("sizes", "starts", "strand", "reason"),
    [
        ("100,100,", "0,200,", "+", ""),
        ("100,100,", "0,200,", ".", "no strand"),
        ("100,100,", "0,201,", "+", "exons that do not make up the transcript"),
        ("100,", "0,200,", "+", "exons that do not make up the transcript"),
        ("250,100,", "0,200,", "+", "overlapping exons"),
        ("0,100,", "0,200,", "+", "exons that do not make up the transcript"),
    ],
)
def test_rows_that_contradict_themselves_are_left_out_with_the_reason(tmp_path, sizes, starts, strand, reason):
    good = "\t".join(map(str, bed12(*GENES[0])))
    path = tmp_path / "a.bed"
    path.write_text(f"{good}\nchr1\t5000\t5300\tt\t0\t{strand}\t5000\t5000\t0\t2\t{sizes}\t{starts}\n")
    left_out = []
    found = [t.id for t in read_annotation(path, left_out=left_out)]
    assert found == (["t1"] if reason else ["t1", "t"])
    assert [(item.transcript, item.where, item.reason) for item in left_out] == (
        [("t", f"{path}:2", reason)] if reason else []
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (table("bed12") + "chr1\t5\t9\n", ":6: 3 columns, the rows before it have 12 or more; the file may be cut off"),
        ("chr1\t5\t90\tx\t0\t+\n", ":1: 6 tab-separated columns"),
    ],
)
def test_rows_without_exons_or_cut_off_are_one_line(tmp_path, text, said):
    path = tmp_path / "a.bed"
    # beyond the lines that tell what the file is
    path.write_text(text if "cut off" not in said else table("bed12") * 30 + "chr1\t5\t9\n")
    said = said.replace(":6:", ":151:")
    with pytest.raises(ValueError, match=re.escape(said)):
        read_annotation(path)


def test_exclude_takes_ids_of_transcripts_and_genes(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(table("refFlat"))
    assert [t.id for t in read_annotation(path, ["g1", "t4"])] == ["t3", "t5"]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_table_gives_a_traceback(tmp_path_factory, data):
    """Cells of good rows are replaced by others: the result is transcripts within themselves, or one line."""
    form = data.draw(st.sampled_from(sorted(FORMS)))
    rows = [[str(cell) for cell in FORMS[form](*one)] for one in GENES]
    for _ in range(data.draw(st.integers(1, 3))):
        row = data.draw(st.sampled_from(rows))
        at = data.draw(st.integers(0, len(row) - 1))
        row[at] = data.draw(st.sampled_from(["", "-1", "x", "1,2", "0,", "9" * 30, ".", "1e5", "-", "chr2"]))
    path = tmp_path_factory.mktemp("t") / "a.txt"
    path.write_text("".join("\t".join(row) + "\n" for row in rows))
    for transcript in result_or_line(path, lambda: read_annotation(path)) or []:
        assert transcript.strand in "+-"
        assert list(transcript.exons) == sorted(transcript.exons)
        assert 0 <= transcript.start < transcript.end


def test_drafts_are_those_of_the_rows(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text(table("refFlat"))
    drafts, stray = read_gene_rows(path)
    assert not stray
    assert [len(draft.exons) for draft in drafts] == [3, 2, 2, 2, 1]
    assert replace(read_annotation(path)[0], where="").gene_name == "g1"
