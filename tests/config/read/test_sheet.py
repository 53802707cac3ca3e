"""Sheets as editors and spreadsheets write them: read where that is unambiguous, else one line for each fault."""

import pytest
from pydantic import ValidationError

from cisgrammar.config.fields import ConfigError
from cisgrammar.config.read.sheet import read_sheet, row_faults
from cisgrammar.config.samples import Track, read_samples
from cisgrammar.config.selex_sheet import SelexLibrary, read_selex_sheet

SAMPLES = "sample\tsignal\tpeaks\nliver\ta.bam\tp.bed\nlung\tplus.bw,minus.bw\tq.bed\n"
LIBRARIES = "model\tlibrary\tcounts\nbcd\tone\tc.tsv\nbcd\ttwo\td.tsv\n"

# Name -> the bytes of a sheet that means the same as a text.
SAME = {
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "Excel's Unicode text": lambda text: text.replace("\n", "\r\n").encode("utf-16"),
    "UTF-16 of the other byte order": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
    "Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "old Mac": lambda text: text.replace("\n", "\r").encode(),
    "no last line end": lambda text: text.rstrip("\n").encode(),
    "Latin-1 comment": lambda text: "# échantillons du 3 mai\n".encode("latin-1") + text.encode(),
    "comment after blanks": lambda text: b"  # a comment\n" + text.encode(),
    "blanks around cells": lambda text: text.replace("\t", " \t  ").replace("\n", " \n").encode(),
    "capitals in the header": lambda text: (text.split("\n")[0].title() + text[text.index("\n") :]).encode(),
    "quoted cells": lambda text: "".join(
        "\t".join(f'"{cell}"' for cell in line.split("\t")) + "\n" for line in text.splitlines()
    ).encode(),
    "commas": lambda text: text.replace("plus.bw,minus.bw", '"plus.bw,minus.bw"').replace("\t", ",").encode(),
    "semicolons": lambda text: text.replace("\t", ";").encode(),
    "header as a comment": lambda text: b"# made today\n#" + text.encode(),
    "a comment like the header": lambda text: b"#" + text.split("\n")[0].encode() + b"\n" + text.encode(),
    "blanks without width": lambda text: text.replace("\t", "\u200b\t\u00a0").replace("model", "\ufeffmodel").encode(),
    "empty rows and columns": lambda text: (text.replace("\n", "\t\t\n") + "\t\t\t\t\n\n").encode(),
}


@pytest.mark.parametrize("name", SAME)
def test_the_same_sheet_as_other_programs_write_it_is_read(tmp_path, name):
    for text, read in ((SAMPLES, read_samples), (LIBRARIES, read_selex_sheet)):
        (tmp_path / "plain.tsv").write_text(text)
        (tmp_path / "sheet.tsv").write_bytes(SAME[name](text))
        assert read(tmp_path / "sheet.tsv") == read(tmp_path / "plain.tsv")


def test_what_is_read_of_the_plain_sheets(tmp_path):
    (tmp_path / "s.tsv").write_text(SAMPLES)
    (tmp_path / "l.tsv").write_text(LIBRARIES)
    assert read_samples(tmp_path / "s.tsv")["lung"][0].signal_paths == ["plus.bw", "minus.bw"]
    assert [library.counts for library in read_selex_sheet(tmp_path / "l.tsv")["bcd"]] == ["c.tsv", "d.tsv"]


def rows(tmp_path, data, model=Track):
    path = tmp_path / "sheet.tsv"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return list(read_sheet(path, model, "samples", "track"))


def test_words_to_choose_from_may_have_capitals(tmp_path):
    (tmp_path / "s.tsv").write_text("sample\tsignal\tpeaks\tformat\tstrands\nA\tX.bam\tP.bed\tBAM\tSplit\n")
    (track,) = read_samples(tmp_path / "s.tsv")["A"]
    assert (track.format, track.strands, track.signal, track.peaks) == ("bam", "split", "X.bam", "P.bed")
    (tmp_path / "l.tsv").write_text("model\tcounts\tselection\nA\tC.tsv\tUnbound\n")
    assert read_selex_sheet(tmp_path / "l.tsv")["A"][0].selection == "unbound"


def test_rows_are_numbered_below_the_header_and_hold_filled_cells(tmp_path):
    found = rows(tmp_path, "sample\thead\tsignal\tpeaks\n# x\na\t\tb\tc\n\nd\te\tf\tg\n")
    assert [where.rsplit(": ", 1)[1] for where, _ in found] == ["row 1", "row 2"]
    assert found[0][1] == {"sample": "a", "signal": "b", "peaks": "c"}


def test_optional_cells_may_be_left_out_at_the_end(tmp_path):
    assert rows(tmp_path, "sample\tsignal\tpeaks\tshift\na\tb\tc\n")[0][1] == {
        "sample": "a",
        "signal": "b",
        "peaks": "c",
    }


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ("sample\tsignal\tSignal\tpeaks\na\tb\tc\td\n", "sheet.tsv: two columns are called signal; take one out"),
        ("sample\tsginal\tpeaks\na\tb\tc\n", "sheet.tsv: unknown column sginal; did you mean signal?"),
        ("sample\tsignal\t\tpeaks\na\tb\tx\tc\n", "sheet.tsv: column 3 has no name"),
        ("sample\tsig\u200bnal\tpeaks\na\tb\tc\n", r"unknown column 'sig\u200bnal'; did you mean signal?"),
        ("sample\tpeaks\na\tc\n", "sheet.tsv: no column signal; the header must have it"),
        ("sample signal peaks\na b c d\n", "sheet.tsv: the header has one column, 'sample signal peaks'; separate"),
        ("sample signal peak\na b c\n", "sheet.tsv: the header has one column, 'sample signal peak'; separate"),
        ("sample\tsignal\tpeaks\na\tb\n", "sheet.tsv: row 1: fewer fields than the header has; separate them by tabs"),
        ("sample\tsignal\tpeaks\na\tb\tc\td\n", "sheet.tsv: row 1: more fields than the header has"),
        ("sample\tsignal\tpeaks\n", "sheet.tsv: no rows; write a header and one row per track"),
        ("", "sheet.tsv: no rows"),
        ("sample\tsignal\tpeaks\né\tb\tc\n".encode("latin-1"), "samples: .*sheet.tsv:2: not UTF-8 text"),
        ("sample\tsignal\tpeaks\na\tb\tc\n".encode("utf-16-le"), "sheet.tsv:1: a NUL byte: no text, or UTF-16 without"),
        (b"sample\tsignal\n" + b"a" * 200_000, "not a table .*; separate cells by tabs"),
        (b"PK\x03\x04rest", "samples: .*sheet.tsv: a spreadsheet's own file; save it as text"),
        (b"\x1f\x8b\x08\x00garbage", "sheet.tsv: (truncated|damaged)"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, data, said):
    with pytest.raises(ConfigError, match=said.replace("?", r"\?").replace("\\u", r"\\u")) as caught:
        rows(tmp_path, data)
    assert all("sheet.tsv" in line for line in str(caught.value).splitlines())


def test_a_folder_or_nothing_is_named(tmp_path):
    with pytest.raises(ConfigError, match="a folder; wanted a file"):
        list(read_sheet(tmp_path, Track, "samples", "track"))
    with pytest.raises(ConfigError, match=r"libraries: no file .*none\.tsv; write one row per library"):
        list(read_sheet(tmp_path / "none.tsv", SelexLibrary, "libraries", "library"))


def test_the_faults_of_all_rows_are_told_at_once(tmp_path):
    rows_of = ["a b\tx\t1.bam\tp\t", "b\tx\t1{}.bam\tp\tfour", "c\tx\t3.bam\tp\t", "c\tx\t4.bam\tq\t"]
    (tmp_path / "s.tsv").write_text("\n".join(["sample\thead\tsignal\tpeaks\tshift", *rows_of]))
    with pytest.raises(ConfigError) as caught:
        read_samples(tmp_path / "s.tsv")
    lines = [line.split("s.tsv: ")[1] for line in str(caught.value).splitlines()]
    assert [line.split(":")[0] for line in lines] == ["row 1", "row 2", "row 2", "row 4", "row 4"]
    assert "shift: wanted bp for the + and the - strand, as +4/-4, or auto, or nothing, got 'four'" in lines[2]
    (tmp_path / "l.tsv").write_text("model\tcounts\tlength\na\tc\tx\nb\t\t\n")
    with pytest.raises(ConfigError) as caught:
        read_selex_sheet(tmp_path / "l.tsv")
    assert [line.split(": ", 1)[1] for line in str(caught.value).splitlines()] == [
        "row 1: length: wanted a whole number, got 'x'",
        "row 2: give either `counts` or `reads`, got neither",
    ]


@pytest.mark.parametrize(
    ("text", "shift"),
    [("+4/-4", (4, -4)), ("4/-5", (4, -5)), (" 0 / 0 ", (0, 0)), ("AUTO", "auto"), ("+4/\u22125", (4, -5))],
)
def test_shifts_are_read(text, shift):
    assert Track(sample="s", signal="x.bam", peaks="p.bed", shift=text).shift == shift


def test_faults_of_a_row_have_its_place():
    with pytest.raises(ValidationError) as caught:
        Track.model_validate({"sample": "s"})
    assert row_faults("x: row 3", caught.value, Track) == [
        "x: row 3: signal: is missing, and there is no default",
        "x: row 3: peaks: is missing, and there is no default",
    ]
