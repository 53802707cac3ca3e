"""A table is checked when it is written and when it is read."""

import numpy as np
import pandas as pd
import pytest

from cisgrammar.tables.contract import Column, Table, flag, integer, number, text

TABLE = Table(
    "a.tsv",
    "a motif",
    (
        text("motif", "name"),
        text("decoy_of", "a decoy's motif", missing=True),
        integer("sites", "sites"),
        integer("regions", "windows", missing=True),
        number("effect", "ln counts"),
        number("error", "standard error", missing=True),
        flag("chosen", "whether it is chosen"),
        flag("within", "whether it is near", missing=True),
        number("part_*", "a part"),
        Column("extra", "text", "where there is one", optional=True),
    ),
)
FRAME = pd.DataFrame(
    {
        "motif": ["1", "nan"],
        "decoy_of": [np.nan, "nan"],
        "sites": [1, 2],
        "regions": [np.nan, 3],
        "effect": [0.123456789, 2],
        "error": [np.nan, np.inf],
        "chosen": [True, False],
        "within": pd.Series([True, np.nan], dtype=object),
        "part_a": [1.0, 2.0],
    }
)
LINES = ["motif\tdecoy_of\tsites\tregions\teffect\terror\tchosen\twithin\tpart_a"]
LINES += ["1\t\t1\tnan\t0.123457\tnan\tTrue\tTrue\t1", "nan\tnan\t2\t3\t2\tinf\tFalse\tnan\t2"]


def test_what_is_written_is_read_again(tmp_path):
    TABLE.write(tmp_path / "a.tsv", FRAME)
    assert (tmp_path / "a.tsv").read_text().splitlines() == LINES
    found = TABLE.read(tmp_path / "a.tsv")
    assert found["motif"].tolist() == ["1", "nan"]
    assert found["decoy_of"].isna().tolist() == [True, False]
    assert found["decoy_of"].tolist()[1] == "nan"
    assert found["sites"].dtype == np.int64
    np.testing.assert_array_equal(found["error"], [np.nan, np.inf])
    assert found["chosen"].dtype == bool
    assert found["within"].tolist()[0] is True
    with_extra = FRAME.assign(extra="x")
    TABLE.write(tmp_path / "b.tsv", with_extra)
    assert TABLE.read(tmp_path / "b.tsv")["extra"].tolist() == ["x", "x"]


def test_a_table_without_rows_has_its_header(tmp_path):
    for frame in (pd.DataFrame(), FRAME.head(0)):
        TABLE.write(tmp_path / "a.tsv", frame)
        found = TABLE.read(tmp_path / "a.tsv")
        assert len(found) == 0
        assert set(TABLE.names) <= set(found.columns)
        assert found["sites"].dtype == np.int64


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("motif", 1.0, r"column motif \(name\): got 1.0 \(float64\); wanted text in every row"),
        ("motif", "", r"column motif \(name\): got nothing in row 1; wanted text in every row"),
        ("motif", None, r"column motif \(name\): got nothing in row 1"),
        ("decoy_of", 1, r"column decoy_of \(a decoy's motif\): got 1 \(int64\); wanted text or nothing"),
        ("sites", 1.5, r"column sites \(sites\): got 1.5 \(float64\); wanted whole numbers in every row"),
        ("sites", np.nan, r"column sites \(sites\): got nothing in row 1"),
        ("regions", "3", r"column regions \(windows\): got '3' \(\w+\); wanted whole numbers or nothing"),
        ("effect", np.nan, r"column effect \(ln counts\): got nothing in row 1; wanted numbers in every row"),
        ("effect", "high", r"column effect \(ln counts\): got 'high'"),
        ("error", True, r"column error \(standard error\): got True \(bool\); wanted numbers or nothing"),
        ("chosen", 1, r"column chosen \(whether it is chosen\): got 1 \(int64\); wanted True or False in every row"),
        ("part_a", "x", r"column part_a \(a part\): got 'x'"),
    ],
)
def test_a_wrong_column_is_not_written(tmp_path, column, value, message):
    path = tmp_path / "a.tsv"
    with pytest.raises(ValueError, match=rf"a\.tsv: {message}.*; nothing was written") as caught:
        TABLE.write(path, FRAME.assign(**{column: value}))
    assert "\n" not in str(caught.value)
    assert not path.exists()


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("motif", "", r"column motif \(name\): got nothing in row 2; wanted text in every row"),
        ("sites", "2.5", r"column sites \(sites\): got '2.5' in row 2; wanted whole numbers in every row"),
        ("sites", "nan", r"column sites \(sites\): got 'nan' in row 2"),
        ("sites", "", r"column sites \(sites\): got '' in row 2"),
        ("regions", "many", r"column regions \(windows\): got 'many' .*; wanted whole numbers or nothing"),
        ("regions", "2.5", r"column regions \(windows\): got 2.5 .*; wanted whole numbers or nothing"),
        ("effect", "nan", r"column effect \(ln counts\): got 'nan' in row 2"),
        ("effect", "high", r"column effect \(ln counts\): got 'high' in row 2"),
        ("error", "high", r"column error \(standard error\): got 'high' in row 2; wanted numbers or nothing"),
        ("chosen", "1", r"column chosen \(whether it is chosen\): got '1' in row 2; wanted True or False"),
        ("within", "maybe", r"column within \(whether it is near\): got 'maybe'"),
    ],
)
def test_a_wrong_field_is_named_when_read(tmp_path, column, value, message):
    fields = LINES[2].split("\t")
    fields[LINES[0].split("\t").index(column)] = value
    path = tmp_path / "a.tsv"
    path.write_text("\n".join([*LINES[:2], "\t".join(fields)]) + "\n")
    with pytest.raises(ValueError, match=rf"a\.tsv: {message}.*; delete it and run its stage again"):
        TABLE.read(path)


def test_missing_unknown_and_misplaced_columns(tmp_path):
    path = tmp_path / "a.tsv"
    with pytest.raises(ValueError, match=r"a\.tsv: no column sites, effect, got motif"):
        TABLE.write(path, FRAME.drop(columns=["sites", "effect"]))
    with pytest.raises(ValueError, match=r"a\.tsv: unknown column colour; wanted motif"):
        TABLE.write(path, FRAME.assign(colour="red"))
    with pytest.raises(ValueError, match=r"a\.tsv: columns are decoy_of, motif, .*; wanted the order motif, decoy_of"):
        TABLE.write(path, FRAME[["decoy_of", "motif", *FRAME.columns[2:]]])
    path.write_text("motif\tcolour\n1\tred\n")
    with pytest.raises(ValueError, match=r"a\.tsv: no column decoy_of, .* delete it and run its stage again"):
        TABLE.read(path)
    path.write_text("")
    with pytest.raises(ValueError, match=r"a\.tsv: an empty file; wanted the columns motif"):
        TABLE.read(path)
    path.write_text("\n".join([LINES[0], LINES[1] + "\t1\t2"]) + "\n" + "\t".join("1" * 20) + "\n")
    with pytest.raises(ValueError, match=r"a\.tsv: .*delete it and run its stage again"):
        TABLE.read(path)


def test_rows_with_their_own_format_are_checked_too(tmp_path):
    table = Table("b.tsv", "a site", (text("name", "name"), integer("start", "bp"), number("gc", "share")))
    path = tmp_path / "b.tsv"
    table.write_rows(path, [('a "b"', np.int64(3), "0.3900"), ("nan", 4, "1e-3")])
    assert path.read_text().splitlines()[2] == "nan\t4\t1e-3"
    assert table.read(path)["name"].tolist() == ['a "b"', "nan"]
    for row, message in (
        (("a", "x", "0.1"), r"column start \(bp\): got 'x' in row 1; wanted whole numbers"),
        (("a", 3, "nan"), r"column gc \(share\): got 'nan' in row 1; wanted numbers"),
        (("", 3, "0.1"), r"column name \(name\): got '' in row 1"),
        (("a", 3), r"row 1 has 2 values, wanted 3"),
    ):
        with pytest.raises(ValueError, match=rf"c\.tsv: {message}"):
            table.write_rows(tmp_path / "c.tsv", [row])
    assert not (tmp_path / "c.tsv").exists()


def test_digits_are_those_of_the_contract(tmp_path):
    table = Table("b.tsv", "an epoch", (number("loss", "nats"),), digits=8)
    table.write(tmp_path / "b.tsv", pd.DataFrame({"loss": [123.456789123]}))
    assert (tmp_path / "b.tsv").read_text() == "loss\n123.45679\n"
