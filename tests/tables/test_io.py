"""Tables that somebody else made."""

import re

import numpy as np
import pandas as pd
import pytest

from cisgrammar.files.atomic import write_table
from cisgrammar.tables.io import read_table, rows_of
from places import ROOT

NAMES = ["1", "007", "NA", "nan"]


def test_names_that_look_like_numbers_stay_names(tmp_path):
    written = pd.DataFrame({"gene_id": NAMES, "motif": ["1", np.nan, "NA", "2"], "jsd": [0.5, np.nan, 1.0, 2.0]})
    write_table(tmp_path / "a.tsv", written)
    table = read_table(tmp_path / "a.tsv", ["gene_id", "jsd"], text=("gene_id", "absent"), text_or_none=("motif",))
    assert table["gene_id"].tolist() == NAMES
    assert table["motif"].dropna().tolist() == ["1", "NA", "2"]
    np.testing.assert_array_equal(table.jsd, written.jsd)
    empty = read_table(tmp_path / "a.tsv", text=("gene_id",)).head(0)
    assert empty["gene_id"].dtype == table["gene_id"].dtype


def test_a_missing_column_is_named(tmp_path):
    write_table(tmp_path / "a.tsv", pd.DataFrame({"chrom": ["1"]}))
    with pytest.raises(ValueError, match=r"a\.tsv: no column head, jsd; delete it"):
        read_table(tmp_path / "a.tsv", ["chrom", "head", "jsd"])


def test_a_byte_order_mark_is_taken_and_another_encoding_named(tmp_path):
    (tmp_path / "a.tsv").write_bytes("gene_id\tx\ng\t1\n".encode("utf-8-sig"))
    assert read_table(tmp_path / "a.tsv", ["gene_id", "x"]).x.tolist() == [1]
    for data in (
        "gene_id\tx\ngéne\t1\n".encode("latin-1"),
        "géne\tx\n".encode("latin-1"),
        b"",
        b"a\tb\n1\t2\t3\n4\n5\t6\t7\t8\n",
    ):
        (tmp_path / "a.tsv").write_bytes(data)
        with pytest.raises(ValueError, match=r"a\.tsv: no table of UTF-8 text \(.*wanted a header and tabs"):
            read_table(tmp_path / "a.tsv")


def test_rows_come_one_by_one_as_text(tmp_path):
    (tmp_path / "a.tsv").write_text('name\tx\n"a\tb"\tnan\n1e5\t\n')
    assert list(rows_of(tmp_path / "a.tsv")) == [{"name": "a\tb", "x": "nan"}, {"name": "1e5", "x": ""}]


def test_tables_are_read_and_written_in_few_places():
    """All else goes through a contract; the sheets of a config and tables of users have readers of their own."""
    calls = re.compile(r"\b(read_csv|to_csv|DictReader|DictWriter|read_table|write_table)\(")
    sources = [*(ROOT / "workflow" / "cisgrammar").rglob("*.py"), *(ROOT / "scripts").glob("*.py")]
    places = {path.relative_to(ROOT).as_posix() for path in sources if calls.search(path.read_text())}
    package = "workflow/cisgrammar"
    users = {f"{package}/splice/frames/minigenes.py", f"{package}/splice/frames/poison_exons.py"}
    assert places - users - {f"{package}/config/samples.py", f"{package}/config/selex_sheet.py"} == {
        f"{package}/figures/draw.py",
        f"{package}/files/atomic.py",
        f"{package}/tables/contract.py",
        f"{package}/tables/io.py",
    }
