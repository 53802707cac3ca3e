"""Columns and whole numbers of lines of text."""

import pytest

from cisgrammar.files.columns import split_columns, strand_of, whole_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        *(("100000", 100000), (" 7 ", 7), ("-5", -5), ("100.0", 100), ("1.000", 1), ("0", 0)),
        # R; numpy.savetxt; genome browsers
        *(("1e+05", 100000), ("-2e+07", -20000000), ("1.2e+08", 120000000), ("1e5", 100000), ("4e+03", 4000)),
        ("1.234567890000000000e+08", 123456789),
        *(("1,000", 1000), ("12,345,678", 12345678)),
    ],
)
def test_whole_numbers_as_programs_write_them(text, number):
    assert whole_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        *("", "-", ".", "1.5", "1e-05", "nan", "inf", "0x10", "1_000", "+5", "١", "9" * 41, "1e+999", "12,34", ",100"),
        # Digits are lost: six of printf's %g, three of a spreadsheet.
        *("1.23457e+08", "1.23E+08", "1.23457e+00"),
    ],
)
def test_what_is_no_whole_number_or_has_lost_digits(text):
    assert whole_number(text) is None


@pytest.mark.parametrize(
    ("line", "columns"),
    [
        ("a\tb c\td", ["a", "b c", "d"]),
        ("a,b c,d", ["a", "b c", "d"]),
        ("a;b;d", ["a", "b", "d"]),
        ("a  b\xa0 d", ["a", "b", "d"]),
        ('"a"\t" b "\t"d"', ["a", " b ", "d"]),
        ("a,b d", ["a,b", "d"]),
        ("", []),
        (",a,b", ["", "a", "b"]),
    ],
)
def test_columns_of_a_line(line, columns):
    assert split_columns(line) == columns


def test_the_first_mark_separates_and_quotes_hold_one():
    assert split_columns("chr1;100;200;3,5") == ["chr1", "100", "200", "3,5"]
    assert split_columns("chr1,100,200,a;b;c;d;e") == ["chr1", "100", "200", "a;b;c;d;e"]
    assert split_columns('chr1,"1,200","3,400"') == ["chr1", "1,200", "3,400"]
    assert split_columns("chr1 100 200 a,b,c") == ["chr1", "100", "200", "a,b,c"]
    assert len(split_columns('"a",b,"' + "x" * 200_000 + '"')) == 3


@pytest.mark.parametrize("words", [("1", "-1"), ("plus", "minus"), ("Forward", "REVERSE"), ("F", "R"), (" + ", "-")])
def test_strands_as_programs_write_them(words):
    assert [strand_of(word) for word in words] == ["+", "-"]
    assert [strand_of(word) for word in (".", "", "0", "*", "?", "++", "2", "both", "C")] == [""] * 9
