"""Lines of fragment, BEDPE and tagAlign files that people have: faulty, with strands, with headers."""

import logging
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgrammar.config.prepare import ReadFilter
from cisgrammar.signal.reads import peek_reads, read_cuts
from fuzz import result_or_line
from prepare_toys import random_genome, write_text

GENOME = random_genome({"chr1": 1000, "chr2": 500})
# Format -> how a line of it begins, and how it goes on behind an interval of its own.
LINES = {
    "tsv": "{0}\t{1}\t{2}\tBARCODE\t1",
    "bedpe": "{0}\t{1}\t{2}\t{0}\t400\t450\tname\t1\t+\t-",
    "tagAlign": "{0}\t{1}\t{2}\tN\t1000\t+",
}
ODD = {
    "hangs over the end": ("chr2", 480, 501),
    "starts before the chromosome": ("chr1", -4, 60),
    "zero length": ("chr1", 90, 90),
    "end before start": ("chr1", 90, 30),
    "huge": ("chr1", 5, 10**20),
}


def lines_of(kind, places):
    return [LINES[kind].format(*place) for place in places]


SOUND = [("chr1", 2 * i, 2 * i + 40) for i in range(200)]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("kind", LINES)
def test_a_few_faulty_lines_are_counted_and_left_out(tmp_path, kind, odd, caplog):
    clean = read_cuts(write_text(tmp_path / f"clean.{kind}", "\n".join(lines_of(kind, SOUND))), GENOME)
    places = [*SOUND[:100], ODD[odd], *SOUND[100:]]
    path = write_text(tmp_path / f"odd.{kind}", "\n".join(lines_of(kind, places)))
    with caplog.at_level(logging.WARNING):
        cuts = read_cuts(path, GENOME)
    # of a pair the sound mate still counts
    assert cuts.plus.tolist() == clean.plus.tolist()
    expected = sorted([*clean.minus.tolist(), 449 + 1000 * (ODD[odd][0] == "chr2")] if kind == "bedpe" else clean.minus)
    assert cuts.minus.tolist() == expected
    assert list(cuts.report.faulty.values()) == [1]
    assert f"{path}:101: the" in caplog.text
    with pytest.raises(ValueError, match=rf"{path}:101: .*; 1 of 201 records are like that, more than prepare"):
        read_cuts(path, GENOME, wanted=ReadFilter(max_faulty=0))


def test_faulty_lines_far_behind_the_beginning(tmp_path, monkeypatch):
    monkeypatch.setattr("cisgrammar.signal.text_reads._BLOCK", 500)
    text = "\n".join(lines_of("tsv", SOUND * 2))
    path = write_text(tmp_path / "a.tsv", f"{text}\nchr2\t480\t501\n")
    peek_reads(path, GENOME)
    assert read_cuts(path, GENOME).report.faulty == {"beyond the end of the chromosome": 1}
    path = write_text(tmp_path / "a.tsv", text + "\nchr2\t480\t501" * 9)
    peek_reads(path, GENOME)
    with pytest.raises(ValueError, match=r"a\.tsv:401: .*; 9 of 409 records .*: give the reads' own assembly"):
        read_cuts(path, GENOME)


def test_the_beginning_of_a_long_file_may_hold_more_faults(tmp_path, monkeypatch):
    """Sorted files begin with chrM, on whose ends such lines gather."""
    monkeypatch.setattr("cisgrammar.signal.text_reads._BLOCK", 500)
    path = write_text(tmp_path / "a.tsv", "chr1\t-4\t60\n" * 2 + "\n".join(lines_of("tsv", SOUND * 2)))
    peek_reads(path, GENOME)
    assert read_cuts(path, GENOME).report.faulty == {"the start is negative": 2}
    path = write_text(tmp_path / "a.tsv", "chr1\t-4\t60\n" * 2 + "\n".join(lines_of("tsv", SOUND[:5])))
    with pytest.raises(ValueError, match="2 of 6 records"):
        peek_reads(path, GENOME)


@pytest.mark.parametrize("check", [read_cuts, peek_reads])
def test_a_column_of_strands_is_told(tmp_path, check, caplog):
    """Single reads as fragments: both ends are counted, and the format that counts one is named."""
    rows = [f"chr1\t{i}\t{i + 36}\tBARCODE\t1\t{'+-'[i % 2]}" for i in range(100)]
    path = write_text(tmp_path / "a.tsv.gz", "\n".join(rows))
    with caplog.at_level(logging.WARNING):
        check(path, GENOME)
    assert "column 6 holds strands, and both ends of each line are counted" in caplog.text
    assert "set the format column of the sample sheet to tagalign" in caplog.text
    single = read_cuts(path, GENOME, "tagalign")
    assert single.plus.tolist() == list(range(0, 100, 2))
    assert single.minus.tolist() == [i + 35 for i in range(1, 100, 2)]
    assert single.report.notes == []


def test_other_sixth_columns_are_no_strands(tmp_path, caplog):
    path = write_text(tmp_path / "a.tsv", "chr1\t5\t9\tB\t1\t+\nchr1\t5\t9\tB\t1\tx\n")
    with caplog.at_level(logging.WARNING):
        assert read_cuts(path, GENOME).report.plus == 2
    assert caplog.text == ""


@pytest.mark.parametrize("kind", ["tagAlign", "bedpe"])
def test_a_few_lines_without_strand_are_counted_and_left_out(tmp_path, kind, caplog):
    clean = read_cuts(write_text(tmp_path / f"clean.{kind}", "\n".join(lines_of(kind, SOUND))), GENOME)
    lines = lines_of(kind, [*SOUND[:100], ("chr1", 3, 60), *SOUND[100:]])
    lines[100] = lines[100].replace("\t+", "\t.")
    path = write_text(tmp_path / f"odd.{kind}", "\n".join(lines))
    with caplog.at_level(logging.WARNING):
        cuts = read_cuts(path, GENOME)
    assert cuts.plus.tolist() == clean.plus.tolist()
    assert cuts.report.faulty == {"the strand is not + or -": 1}
    assert f"{path}:101: column {6 if kind == 'tagAlign' else 9} (strand) is not + or -" in caplog.text
    with pytest.raises(ValueError, match="1 of 201 records are like that"):
        read_cuts(path, GENOME, wanted=ReadFilter(max_faulty=0))


@pytest.mark.parametrize("kind", LINES)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("\n", "\r"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("\n", "\r", 70),
        lambda text: text.replace("\t", " "),
        lambda text: text.replace("\t", "   "),
        lambda text: text.replace("\n", "\n \n", 3) + "\t\n",
        lambda text: text.replace("\n", "\n # more\n", 3),
        lambda text: f"chrom\tstart\tend\n{text}chrom\tstart\tend\nchrom\tstart\tend\n",
        lambda text: text.replace("chr1\t", " chr1  \t", 50),
        lambda text: re.sub(r"(\t\d+)(\t\d+)(?=\t)", r"\1.0\2.0", text, count=50),
        lambda text: text.replace("\t", ","),
        lambda text: text.replace("\t", ";").replace("\n", "\r\n"),
        lambda text: re.sub(r"(\w*[a-zA-Z]\w*)", r'"\1"', text),
        lambda text: "".join(f"{number}\t{line}\n" for number, line in enumerate(text.splitlines())),
    ],
    ids=[
        "Mac",
        "Windows",
        "two systems",
        "blanks",
        "several blanks",
        "lines of blanks",
        "comments",
        "headers",
        "blanks around",
        "pandas",
        "commas",
        "semicolons",
        "quotes",
        "numbers of rows",
    ],
)
def test_the_same_lines_as_other_programs_write_them(tmp_path, kind, spoil):
    text = "\n".join(lines_of(kind, SOUND)) + "\n"
    clean = read_cuts(write_text(tmp_path / f"clean.{kind}", text), GENOME)
    path = tmp_path / f"odd.{kind}"
    path.write_bytes(spoil(text).encode())
    peek_reads(path, GENOME)
    cuts = read_cuts(path, GENOME)
    assert cuts.plus.tolist() == clean.plus.tolist()
    assert cuts.minus.tolist() == clean.minus.tolist()
    assert cuts.report.records == clean.report.records


@pytest.mark.parametrize("header", ["chrom\tstart\tend", "#chrom\tstart\tend", "chr\tchromStart\tchromEnd\tname"])
def test_a_line_that_names_the_columns_is_skipped(tmp_path, header):
    path = write_text(tmp_path / "a.tsv", f"# made today\n{header}\nchr1\t5\t9\n")
    cuts = read_cuts(path, GENOME)
    assert (cuts.plus.tolist(), cuts.minus.tolist(), cuts.report.records) == ([5], [8], 1)
    later = write_text(tmp_path / "b.tsv", "chr1\t5\t9\nchrom\tstart\tend\n")
    with pytest.raises(ValueError, match=r"b\.tsv:2: column 2 \(start\) is not a whole number"):
        read_cuts(later, GENOME)


def test_fragments_as_a_csv_with_names_are_fragments(tmp_path):
    """By the name of the file alone, with columns by their names, as data frames are written."""
    rows = "".join(f'{i},"AC-1",{2 * i + 40},{2 * i},"chr1"\n' for i in range(50))
    path = write_text(tmp_path / "a.csv", f'"","barcode","end","start","chrom"\n{rows}')
    cuts = read_cuts(path, GENOME)
    assert cuts.plus.tolist() == list(range(0, 100, 2))
    assert cuts.minus.tolist() == [2 * i + 39 for i in range(50)]
    assert peek_reads(path, GENOME) == []
    write_text(path, f'"","barcode","end","start","chrom"\n{rows}50,"AC-1",x,7,"chr1"\n')
    with pytest.raises(ValueError, match=r"a\.csv:52: column 3 \(end\) is not a whole number"):
        read_cuts(path, GENOME)


FIELDS = st.one_of(
    st.sampled_from(["chr1", "chr2", "chrM", ".", "", "+", "-", "-1", "0", "5", "400", "1000", "99999999999999999999"]),
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=4),
)
ROWS = st.lists(st.lists(FIELDS, min_size=1, max_size=11).map("\t".join), max_size=6)


@settings(max_examples=150, deadline=None)
@given(rows=ROWS, kind=st.sampled_from(sorted(LINES)), sound=st.booleans())
def test_any_text_gives_counts_or_one_line_that_names_the_place(tmp_path_factory, rows, kind, sound):
    path = tmp_path_factory.mktemp("fuzz") / f"a.{kind}"
    path.write_text("\n".join([*(lines_of(kind, SOUND[:3]) if sound else []), *rows]), encoding="utf-8")
    cuts = result_or_line(path, lambda: read_cuts(path, GENOME, wanted=ReadFilter(max_faulty=1)))
    if cuts is not None:
        report = cuts.report
        left_out = sum(report.dropped.values()) + sum(report.faulty.values())
        left_out += sum(report.unknown_chromosomes.values())
        ends = 2 if kind != "tagAlign" else 1
        assert report.plus + report.minus <= ends * report.records
        assert report.plus + report.minus + 2 * left_out >= ends * report.records


@pytest.mark.parametrize("words", [("1", "-1"), ("plus", "minus"), ("forward", "reverse"), ("F", "R")])
@pytest.mark.parametrize("kind", ["tagAlign", "bedpe"])
def test_words_for_strands_count_as_the_signs_do(tmp_path, kind, words):
    lines = lines_of(kind, SOUND)
    lines[::3] = [line.replace("\t+", "\t-") for line in lines[::3]]
    clean = read_cuts(write_text(tmp_path / f"clean.{kind}", "\n".join(lines)), GENOME)
    meant = {"+": words[0], "-": words[1]}
    worded = ["\t".join(meant.get(field, field) for field in line.split("\t")) for line in lines]
    found = read_cuts(write_text(tmp_path / f"words.{kind}", "\n".join(worded)), GENOME)
    assert (found.plus.tolist(), found.minus.tolist()) == (clean.plus.tolist(), clean.minus.tolist())
    assert not found.report.faulty
