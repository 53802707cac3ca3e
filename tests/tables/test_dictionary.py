"""docs/tables.md is what the contracts have."""

from cisgrammar.tables.contract import Table, integer, text
from cisgrammar.tables.contracts import ablation
from cisgrammar.tables.dictionary import tables_page
from places import ROOT


def test_the_committed_page_is_current():
    text = (ROOT / "docs" / "tables.md").read_text()
    assert text == tables_page(), "run: python -m cisgrammar.tables.dictionary docs/tables.md"


def test_every_column_has_its_row():
    page = tables_page()
    for table in ablation.TABLES:
        section = page.split(f"### `{table.path}`")[1].split("###")[0]
        for column in table.columns:
            assert f"| `{column.name}` | {column.kind} |" in section


def test_gaps_are_said_and_bars_do_not_break_a_row(monkeypatch):
    table = Table("a.tsv", "a thing", (text("name", "a|b", missing=True), integer("n", "number")))
    monkeypatch.setattr("cisgrammar.tables.dictionary._STAGES", (("Stage", (table,)),))
    rows = [line for line in tables_page().splitlines() if line.startswith("| `")]
    assert rows == ["| `name` | text | yes | a\\|b |", "| `n` | integer |  | number |"]
