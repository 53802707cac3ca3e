"""BED and narrowPeak files, and interval arithmetic."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.sequence.intervals import centres, merge, on_genome, overlaps, read_intervals, sort_order
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
        read_intervals(path, stranded=True)


def test_a_header_names_the_column_of_the_score(tmp_path):
    text = "#chrom\tstart\tend\tname\tscore\tstrand\tlog_affinity\nchr1\t1\t2\tp\t600\t-\t-0.5\n"
    path = write_text(tmp_path / "a.bed", text)
    assert read_intervals(path, score="log_affinity").score.tolist() == [-0.5]
    assert read_intervals(path).score.tolist() == [600]
    broken = write_text(tmp_path / "b.bed", text.replace("-0.5", "high"))
    with pytest.raises(ValueError, match=r"b.bed:2: column 7 \(score\) is not a number, got 'high'"):
        read_intervals(broken, score="log_affinity")


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
        ("chr1\t5\t9\tp\t1\t.\t1\t1\t1\t4", r"a.bed:2: summit 4 is outside of its peak of 4 bp"),
        ("chr1\t5\t9\tp\t1\t.\t1\t1\t1\tx", r"a.bed:2: column 10 \(summit\)"),
    ],
)
def test_malformed_lines_are_named(tmp_path, line, message):
    with pytest.raises(ValueError, match=message):
        read_intervals(write_text(tmp_path / "a.bed", f"chr1\t1\t2\n{line}\n"))


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
