"""Lines parsed without a loop equal lines parsed one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgrammar.signal.columns import split_table

names = st.text("chrXY12._", min_size=1, max_size=12)
rows = st.lists(
    st.tuples(names, st.integers(-(10**9), 10**11), st.integers(0, 10**6), st.sampled_from("+-"), st.booleans()),
    min_size=1,
    max_size=30,
)


@given(rows, st.booleans(), st.booleans())
def test_equals_splitting_lines(values, windows, ends):
    lines = [f"{name}\t{a}\t{b}\t{strand}" + ("\tmore\tcolumns" if more else "") for name, a, b, strand, more in values]
    end = "\r\n" if windows else "\n"
    block = (end.join(lines) + (end if ends or windows else "")).encode()
    table = split_table("x.tsv", block, 10)
    found, index = table.names(0)
    assert [found[i] for i in index] == [row[0] for row in values]
    assert table.are_strands(3).all()
    assert table.integers(1, "a").tolist() == [row[1] for row in values]
    assert table.integers(2, "b").tolist() == [row[2] for row in values]
    assert table.strands(3)[1].tolist() == [row[3] == "+" for row in values]
    assert table.columns.tolist() == [6 if row[4] else 4 for row in values]
    assert table.lines.tolist() == list(range(11, 11 + len(values)))


def test_comments_track_lines_and_blanks_are_left_out():
    block = b"# c\ntrack name=x\n\nchr1\t1\nbrowser hide\ntrack1\t2\nbrowsers\t3\n#\nt\t4"
    table = split_table("x.tsv", block, 0)
    assert table.lines.tolist() == [4, 6, 7, 9]
    assert table.integers(1, "n").tolist() == [1, 2, 3, 4]


def test_an_empty_block_has_no_lines():
    assert len(split_table("x.tsv", b"", 0)) == 0
    assert len(split_table("x.tsv", b"#\n\n", 0)) == 0


@pytest.mark.parametrize(
    ("line", "column", "message"),
    [
        (b"chr1\tx\t+", 1, r"x.tsv:7: column 2 \(n\) is not a whole number, got 'chr1\\tx\\t\+'"),
        (b"chr1\t\t+", 1, r"x.tsv:7: column 2"),
        (b"chr1\t-\t+", 1, r"x.tsv:7: column 2"),
        (b"chr1\t1.5\t+", 1, r"x.tsv:7: column 2"),
        (b"chr1\t" + b"1" * 41 + b"\t+", 1, r"x.tsv:7: column 2"),
        (b"chr1\t1.23E+05\t+", 1, r"x.tsv:7: column 2"),
        (b"chr1\t.0\t+", 1, r"x.tsv:7: column 2"),
        (b"chr1\t1.23457e+08\t+", 1, r"x.tsv:7: column 2"),
        (b"\t1\t+", 0, r"x.tsv:7: column 1 is not a name"),
        (b"n" * 300 + b"\t1\t+", 0, r"x.tsv:7: column 1 is not a name of 1-255 letters, got '(n{77})\.\.\.'"),
        (b"chr1 1 +", 3, r"x.tsv:7: 1 tab-separated columns; wanted 3 or more \(what\)"),
    ],
)
def test_bad_fields_name_file_line_and_text(line, column, message):
    table = split_table("x.tsv", b"chr1\t1\t+\n" + line + b"\nchr2\t2\t-\n", 5)
    parse = {
        0: lambda: table.names(0),
        1: lambda: table.integers(1, "n"),
        3: lambda: table.check_columns(3, "what"),
    }[column]
    with pytest.raises(ValueError, match=message):
        parse()


def test_strands_are_told_from_all_else():
    table = split_table("x.tsv", b"a\t+\na\t-\na\t.\na\t++\na\t\n", 0)
    assert table.are_strands(1).tolist() == [True, True, False, False, False]
    known, plus = table.strands(1)
    assert (known.tolist(), plus.tolist()) == ([True, True, False, False, False], [True] + [False] * 4)


def test_words_for_strands_are_taken_line_by_line():
    words = ["+", "1", "-1", "Plus", "minus", "forward", "reverse", "F", "r", "-", "0", "forwards", "", "reversed", "2"]
    table = split_table("x.tsv", "".join(f"a\t{word}\t9\n" for word in words).encode(), 0)
    known, plus = table.strands(1)
    assert known.tolist() == [True] * 10 + [False] * 5
    assert plus.tolist() == [True, True, False, True, False, True, False, True, False, False] + [False] * 5


def test_blanks_separate_columns_where_the_first_line_has_no_tab():
    table = split_table("x.tsv", b"# made\tby x\n  chr1 5   9  + \nchr2 1.0 20 -\n", 0)
    assert table.names(0)[0] == ["chr1", "chr2"]
    assert table.integers(1, "n").tolist() == [5, 1]
    assert table.columns.tolist() == [4, 4]
    assert table.strands(3)[1].tolist() == [True, False]
    named = split_table("x.tsv", b"chr1\t5\t9\ta name\nchr1 6 9\n", 0)
    assert named.columns.tolist() == [4, 1]


def test_lines_of_blanks_and_tabs_and_late_comments_are_left_out():
    assert split_table("x.tsv", b"chr1\t1\n \n\t\t\n  # c\nchr1\t2\n", 0).lines.tolist() == [1, 5]


def test_numbers_as_r_and_numpy_write_them():
    texts = ["100000", "1e+05", "-2e+07", "100000.0", "1.234567890000000000e+08", "1,000", "1e+99"]
    table = split_table("x.tsv", "".join(f"chr1\t{text}\n" for text in texts).encode(), 0)
    assert table.integers(1, "n").tolist() == [100000, 100000, -20000000, 100000, 123456789, 1000, 10**12]


def test_values_are_64_bit():
    assert split_table("x", b"c\t123456789012\n", 0).integers(1, "n").dtype == np.int64
