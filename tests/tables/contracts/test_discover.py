"""Names survive the tables of the discover stage, whatever they look like."""

import pandas as pd
import pytest

from cisgrammar.tables.contracts.discover import TABLES
from toy_tables import made_table


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.path)
def test_every_table_keeps_its_names(table, tmp_path):
    frame = made_table(table)
    table.write(tmp_path / "a.tsv", frame)
    pd.testing.assert_frame_equal(table.read(tmp_path / "a.tsv"), frame)
