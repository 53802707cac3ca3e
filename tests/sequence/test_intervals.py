"""BED and narrowPeak files, and interval arithmetic."""

import gzip
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.sequence.intervals import centres, merge, on_genome, overlaps, read_intervals, sort_order
from fuzz import result_or_line
from prepare_toys import random_genome, write_text

GENOME = random_genome({"chr2": 100, "chr10": 50})
spans = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=12)


def arrays(pairs):
    start = np.array([start for start, _ in pairs], dtype=np.int64)
    return start, start + np.array([width for _, width in pairs], dtype=np.int64)


def test_reads_bed_of_any_width(tmp_path):
    text = "track name=x\n#c\nbrowser position\n\nchr1\t5\t9\nchr2 1 4 peak 7.5\nchr3\t0\t2\t.\t.\t-\n"
    found = read_intervals(write_text(tmp_path / "a.bed", text))
    assert found.chrom.tolist() == ["chr1", "chr2", "chr3"]
    assert found.start.tolist() == [5, 1, 0]
    assert found.end.tolist() == [9, 4, 2]
    assert found.name.tolist() == ["chr1:5-9", "peak", "chr3:0-2"]
    assert found.score.tolist() == [0, 7.5, 0]
    assert found.summit.tolist() == [-1, -1, -1]


def test_reads_narrowpeak_summits_gzipped(tmp_path):
    text = "chr1\t100\t200\tp\t50\t.\t1.5\t2\t3\t30\nchr1\t100\t200\tq\t50\t.\t1.5\t2\t3\t-1\n"
    path = tmp_path / "a.narrowPeak.gz"
    path.write_bytes(gzip.compress(text.encode()))
    found = read_intervals(path)
    assert found.summit.tolist() == [30, -1]
    assert centres(found, "summit").tolist() == [130, 150]
    assert centres(found, "centre").tolist() == [150, 150]
    assert centres(found, "none").tolist() == [150, 150]
    assert centres(found, "start").tolist() == [100, 100]
    with pytest.raises(ValueError, match="unknown mode 'middle'"):
        centres(found, "middle")


def test_strands_are_column_6_and_what_is_none_is_a_point_or_an_error(tmp_path):
    text = "chr1\t1\t2\nchr1\t1\t2\tp\t0\t-\nchr1\t1\t2\tp\t0\t+\nchr1\t1\t2\tp\t0\tchr1:1-2\n"
    path = write_text(tmp_path / "a.bed", text)
    found = read_intervals(path)
    assert found.strand.tolist() == [".", "-", "+", "."]
    assert found.take(np.array([2, 1])).strand.tolist() == ["+", "-"]
    with pytest.raises(ValueError, match=r"a.bed:4: strand is 'chr1:1-2'; wanted \+, - or \. in column 6"):
        read_intervals(path, "sites")


@pytest.mark.parametrize("words", [("1", "-1"), ("plus", "minus"), ("forward", "reverse"), ("F", "R")])
@pytest.mark.parametrize("kind", ["sites", "peaks"])
def test_words_for_strands_are_taken_as_the_signs(tmp_path, kind, words):
    path = write_text(tmp_path / "a.bed", "".join(f"chr1\t1\t2\tp\t0\t{word}\n" for word in words))
    assert read_intervals(path, kind).strand.tolist() == ["+", "-"]


def test_a_header_names_the_column_of_the_score(tmp_path):
    text = "#chrom\tstart\tend\tname\tscore\tstrand\tlog_affinity\nchr1\t1\t2\tp\t600\t-\t-0.5\n"
    path = write_text(tmp_path / "a.bed", text)
    assert read_intervals(path, score="log_affinity").score.tolist() == [-0.5]
    assert read_intervals(path).score.tolist() == [600]
    broken = write_text(tmp_path / "b.bed", text.replace("-0.5", "high"))
    with pytest.raises(ValueError, match=r"b.bed:2: column 7 \(score\) is not a number, got 'high'"):
        read_intervals(broken, "sites", score="log_affinity")


def test_a_comment_may_follow_a_space(tmp_path):
    path = write_text(tmp_path / "a.bed", "chr1\t1\t2\n # by hand\n #by hand\nchr1\t3\t4\n")
    assert read_intervals(path).start.tolist() == [1, 3]


def test_bed12_block_count_is_no_summit(tmp_path):
    row = "chr1\t0\t100\tx\t1\t+\t0\t100\t0\t2\t10,10\t0,90\n"
    assert read_intervals(write_text(tmp_path / "a.bed", row)).summit.tolist() == [-1]


def test_an_empty_file_has_no_intervals(tmp_path):
    found = read_intervals(write_text(tmp_path / "a.bed", "# nothing\n"))
    assert len(found) == 0
    assert centres(found, "summit").tolist() == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("chr1\t5", r"a.bed:2: 2 columns; wanted chromosome, start and end"),
        ("chr1\tx\t9", r"a.bed:2: column 2 \(start\) is not a whole number, got 'x'"),
        ("chr1\t5\t9.5", r"a.bed:2: column 3 \(end\) is not a whole number, got '9.5'"),
        ("chr1\t-5\t9", r"a.bed:2: start -5 is negative"),
        ("chr1\t9\t9", r"a.bed:2: end 9 is not beyond start 9"),
        ("chr1\t5\t9\tp\thigh", r"a.bed:2: column 5 \(score\) is not a number, got 'high'"),
        ("chr1\t5\t9\tp\tnan", r"a.bed:2: column 5 \(score\) is not a number, got 'nan'"),
    ],
)
def test_malformed_lines_are_named(tmp_path, line, message):
    with pytest.raises(ValueError, match=message):
        read_intervals(write_text(tmp_path / "a.bed", f"chr1\t1\t2\n{line}\n"), "sites")


def test_a_summit_outside_of_its_peak_is_told_and_many_are_an_error(tmp_path, caplog):
    row = "chr1\t100\t140\tp\t1\t.\t1\t1\t1\t{}\n".format
    path = write_text(tmp_path / "a.bed", row(4) + row(40) + row(39) + row(-1))
    assert read_intervals(path).summit.tolist() == [4, -1, 39, -1]
    assert "a.bed:2: summit 40 is outside of its peak of 40 bp; wanted 0 to 39 bp from the start" in caplog.text
    assert "1 of 4 lines are like that (the middle of the peak stands for it)" in caplog.text
    absolute = write_text(tmp_path / "b.bed", row(104) + row(110))
    with pytest.raises(ValueError, match=r"b.bed:1: summit 104 is outside .*; 2 of 2 lines are like that: mend"):
        read_intervals(absolute)


PEAKS = "".join(f"chr1\t{9 * i}\t{9 * i + 8}\tp{i}\t{i}\t.\t1\t2\t3\t{i % 8}\n" for i in range(20))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\t", "  "),
        lambda text: text.replace("\t", ","),
        lambda text: text.replace("\t", ";"),
        lambda text: "chrom,start,end,name,score,strand,f,p,q,peak\n" + text.replace("\t", ","),
        lambda text: '"chrom"\t"start"\t"end"\n' + text.replace("chr1", '"chr1"'),
        lambda text: 2 * "chrom\tstart\tend\n" + text + "chrom\tstart\tend\n",
        lambda text: re.sub(r"(?<=\t)(\d+)(?=\t|$)", r"\1.0", text, flags=re.MULTILINE),
    ],
    ids=["Mac", "blanks", "commas", "semicolons", "CSV with names", "quotes of R", "names again", "pandas"],
)
def test_the_same_peaks_as_other_programs_write_them(tmp_path, spoil):
    clean = read_intervals(write_text(tmp_path / "a.bed", PEAKS))
    path = tmp_path / "b.bed"
    path.write_bytes(spoil(PEAKS).encode())
    found = read_intervals(path)
    for name in ("chrom", "start", "end", "name", "score", "summit", "strand"):
        assert getattr(found, name).tolist() == getattr(clean, name).tolist()
    assert clean.summit.tolist() == [i % 8 for i in range(20)]


def test_order_is_the_fastas(tmp_path):
    text = "chrZ\t0\t1\nchr10\t5\t9\nchr2\t7\t9\nchr2\t7\t8\nchr2\t3\t4\tb\nchr2\t3\t4\ta\n"
    found = read_intervals(write_text(tmp_path / "a.bed", text))
    ordered = found.take(sort_order(GENOME, found))
    assert ordered.name.tolist() == ["a", "b", "chr2:7-8", "chr2:7-9", "chr10:5-9", "chrZ:0-1"]


def test_on_genome_clips_and_leaves_unknown_out(tmp_path):
    text = "chrZ\t0\t1\nchr10\t40\t90\nchr2\t90\t120\nchr2\t100\t130\n"
    start, end = on_genome(GENOME, read_intervals(write_text(tmp_path / "a.bed", text)))
    assert start.tolist() == [140, 90]
    assert end.tolist() == [150, 100]


SUMMITS = [30, 0, 99]
NARROW = "chr1\t{0}\t{1}\tp\t50\t.\t1.5\t2\t3\t{2}"
IDR = NARROW + "\t1.5\t2.25\t{0}\t{1}\t3.5\t{2}\t{0}\t{1}\t3.5\t{2}"


@pytest.mark.parametrize("row", [NARROW, IDR, NARROW + "\textra", NARROW + "\t5\t0", NARROW + "\t100\t0"])
def test_summits_are_column_10_of_tables_that_begin_like_narrowpeak(tmp_path, row, caplog):
    text = "\n".join(row.format(100 * i, 100 * i + 100, summit) for i, summit in enumerate(SUMMITS))
    found = read_intervals(write_text(tmp_path / "a.bed", text))
    assert found.summit.tolist() == SUMMITS
    assert found.score.tolist() == [50, 50, 50]
    assert caplog.text == ""


@pytest.mark.parametrize(
    "row",
    [
        "chr1\t0\t100\tx\t1\t+\t0\t100\t0\t1\t100\t0",  # BED12 of one block
        "chr1\t0\t100\tx\t1\t+\t0\t100\t255,0,0\t2\t10,10,\t0,90,",
        "chr1\t0\t100\tx\t1\t+\t0\t100\t0\t2\t10,10\t0,90\t5.5\t3\t2",  # gappedPeak
        "chr1\t0\t100\tx\t1\t+\t5.5\t3\t2",  # broadPeak
    ],
)
def test_other_tables_have_no_summit(tmp_path, row, caplog):
    assert read_intervals(write_text(tmp_path / "a.bed", row)).summit.tolist() == [-1]
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        ("\tp\t1\t.\tgene\t1\t1\t7", "no summit in column 10"),
        ("\tp\t1\t.\t1\t1\t1\tgene", "no summit in column 10"),
        ("\tp\t1\t.\t1\t1\t1\t300\tmore", "summit 300 is outside of its peak of 4 bp"),
    ],
)
def test_columns_that_are_no_summit_are_told(tmp_path, caplog, tail, said):
    path = write_text(tmp_path / "a.bed", f"chr1\t5\t9{tail}\nchr1\t1\t3\n")
    found = read_intervals(path)
    assert centres(found, "summit").tolist() == [7, 2]
    assert f"{path}:1: {said}; 1 of 2 lines are like that: the middle of the peak stands for it" in caplog.text


def test_a_score_of_a_peak_that_is_none_is_0_and_told(tmp_path, caplog):
    path = write_text(tmp_path / "a.bed", "chr1\t5\t9\tp\thigh\nchr1\t5\t9\tp\t3\nchr1\t5\t9\tp\tinf\n")
    assert read_intervals(path).score.tolist() == [0, 3, 0]
    assert (
        ":1: column 5 (score) is not a number, got 'high'; 2 of 3 lines are like that: their score is 0" in caplog.text
    )


@pytest.mark.parametrize("more", ["\tHigh Signal Region", "\tx\tSatellite repeat\tB\t.\t1\t2\t3", " low map"])
def test_of_areas_three_columns_are_read(tmp_path, more, caplog):
    text = f"chr1\t5\t9{more}\nchr1\t0\t100000000000000000000{more}\n"
    found = read_intervals(write_text(tmp_path / "a.bed", text.replace("\t", " ") if more[0] == " " else text), "areas")
    assert found.start.tolist() == [5, 0]
    assert found.end.tolist() == [9, 10**12]
    assert caplog.text == ""


@pytest.mark.parametrize("kind", ["peaks", "areas"])
@pytest.mark.parametrize(("line", "said"), [("chr1\t0\t0", "end 0 is not beyond"), ("chr1\t-5\t9", "start -5 is neg")])
def test_one_line_without_a_place_is_told_and_many_are_an_error(tmp_path, kind, line, said, caplog):
    sound = "chr1\t5\t9\n" * 120
    found = read_intervals(write_text(tmp_path / "a.bed", f"{sound}{line}\n"), kind)
    assert len(found) == 121
    assert f"a.bed:121: {said}" in caplog.text
    assert "1 of 121 lines are like that and left out" in caplog.text
    start, end = on_genome(GENOME, replace(found, chrom=np.full(121, "chr2")))
    assert set(zip(start.tolist(), end.tolist(), strict=True)) <= {(5, 9), (0, 9)}
    with pytest.raises(ValueError, match=rf"a\.bed:121: {said}.*; 2 of 122 lines are like that: mend the file"):
        read_intervals(write_text(tmp_path / "a.bed", f"{sound}{line}\n{line}\n"), kind)


@pytest.mark.parametrize(
    "header", ["chrom\tstart\tend", "Chr\tStart\tEnd\tName\tScore", "#chrom start end", "seqnames start end width"]
)
def test_a_first_line_that_names_the_columns_is_skipped(tmp_path, header):
    path = write_text(tmp_path / "a.bed", f"# made today\n{header}\nchr1\t5\t9\n")
    assert read_intervals(path).start.tolist() == [5]
    with pytest.raises(ValueError, match=r"b\.bed:2: column 2 \(start\) is not a whole number, got 'start'"):
        read_intervals(write_text(tmp_path / "b.bed", "chr1\t5\t9\nchrom\tstart\tend\n"))


MACS = "chr\tstart\tend\tlength\tabs_summit\tpileup\t-log10(pvalue)\tfold_enrichment\t-log10(qvalue)\tname\n"
MACS = f"# This file is generated by MACS version 2.2.9\n# d = 200\n\n{MACS}"
PLACES = [("chr1", 5, 9, 7), ("chr2", 99, 300, 150)]


@pytest.mark.parametrize(
    ("text", "summits"),
    [
        (MACS + "".join(f"{c}\t{a + 1}\t{b}\t{b - a}\t{m + 1}\t3\t9\t4\t2\tx_1\n" for c, a, b, m in PLACES), True),
        ("".join(f"{c}\tmacs\tpeak\t{a + 1}\t{b}\t7.5\t+\t.\tID=x\n" for c, a, b, _ in PLACES), False),
        ("".join(f'{c}\tx\texon\t{a + 1}\t{b}\t.\t-\t0\tgene_id "g";\n' for c, a, b, _ in PLACES), False),
        ("".join(f"{c}-{a + 1}-{b}\n" for c, a, b, _ in PLACES), False),
        ("".join(f"{c}_{a + 1}_{b}\n" for c, a, b, _ in PLACES), False),
        ("peak\tn\n" + "".join(f"{c}-{a + 1}-{b}\t5\n" for c, a, b, _ in PLACES), False),
    ],
)
def test_peaks_that_count_from_one_are_those_of_narrowpeak(tmp_path, caplog, text, summits):
    """MACS' .xls, GFF, GTF, names of peaks of Signac and SnapATAC."""
    found = read_intervals(write_text(tmp_path / "a.xls", text))
    places = zip(found.chrom.tolist(), found.start.tolist(), found.end.tolist(), strict=True)
    assert list(places) == [place[:3] for place in PLACES]
    assert (centres(found, "summit").tolist() == [place[3] for place in PLACES]) == summits
    assert "from 1" in caplog.text


def test_a_gff_keeps_score_and_strand(tmp_path):
    found = read_intervals(write_text(tmp_path / "a.gff", "chr1\tx\tpeak\t6\t9\t7.5\t-\t.\tID=x\n"))
    assert (found.score.tolist(), found.strand.tolist()) == ([7.5], ["-"])


def test_a_summit_of_macs_outside_of_its_peak_is_told(tmp_path, caplog):
    rows = "chr1\t6\t9\t4\t70\t3\t9\t4\t2\tx\n" + "chr1\t6\t9\t4\t8\t3\t9\t4\t2\tx\n" * 3
    found = read_intervals(write_text(tmp_path / "a.xls", MACS + rows))
    assert found.summit.tolist() == [-1, 2, 2, 2]
    assert "summit 64 is outside of its peak" in caplog.text


FIELDS = st.one_of(
    st.sampled_from(["chr1", "chr2", "", ".", "+", "0", "-1", "7", "1_0", "1e3", "nan", "inf", "9" * 30, "9" * 5000]),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=4),
)
ROWS = st.lists(st.lists(FIELDS, min_size=1, max_size=21).map("\t".join), max_size=6)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, kind=st.sampled_from(["peaks", "areas", "sites"]))
def test_any_text_gives_intervals_or_one_line_that_names_the_place(tmp_path_factory, rows, kind):
    path = tmp_path_factory.mktemp("fuzz") / "a.bed"
    path.write_text("".join(f"{row}\n" for row in ["chr2\t3\t9", *rows]), encoding="utf-8")
    found = result_or_line(path, lambda: read_intervals(path, kind))
    if found is not None:
        start, end = on_genome(GENOME, found)
        assert (start >= 0).all()
        assert (end <= GENOME.size).all()
        assert sort_order(GENOME, found).tolist() != []


@given(spans)
def test_merge_covers_the_same_bases_disjointly(pairs):
    start, end = merge(*arrays(pairs))
    covered = {base for first, width in pairs for base in range(first, first + width)}
    merged = [base for first, last in zip(start.tolist(), end.tolist(), strict=True) for base in range(first, last)]
    assert sorted(covered) == merged
    assert (start[1:] > end[:-1]).all()


@given(spans, spans)
def test_overlaps_equals_asking_every_pair(queries, others):
    start, end = arrays(queries)
    found = overlaps(start, end, merge(*arrays(others)))
    wanted = [any(first < other + span and other < first + width for other, span in others) for first, width in queries]
    assert found.tolist() == wanted
