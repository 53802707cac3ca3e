"""docs/validation.md: of the stored table, with a paragraph for each family and every gate."""

import pandas as pd
import pytest

from cisgrammar.calibration.bars import BARS
from cisgrammar.calibration.catalogue import SIMULATIONS
from cisgrammar.calibration.page import main, validation_page
from cisgrammar.tables.contracts.calibration import CALIBRATION
from places import ROOT

STORED = ROOT / "docs" / "calibration.tsv"


def test_the_page_is_that_of_the_stored_table(tmp_path):
    main(str(STORED), str(tmp_path / "page.md"))
    assert (tmp_path / "page.md").read_text() == (ROOT / "docs" / "validation.md").read_text(), "run: make docs"


def test_the_stored_table_is_of_a_full_run_of_this_catalogue():
    table = CALIBRATION.read(STORED)
    for simulation in SIMULATIONS:
        rows = table[[name == simulation.name or name.startswith(f"{simulation.name}.") for name in table["name"]]]
        assert len(rows), f"{simulation.name}: run make calibration SEED=7, and copy its table to docs"
        assert set(rows["simulations"]) == {simulation.runs}
    assert set(table["verdict"]) == {"pass"}


def test_every_gate_stands_on_the_page():
    page = validation_page(CALIBRATION.read(STORED))
    assert [bar.name for bar in BARS if f"`{bar.name}`" not in page] == []


def test_a_rate_without_a_paragraph_is_refused():
    with pytest.raises(ValueError, match=r"no paragraph says how new\.rate is simulated"):
        validation_page(pd.DataFrame({"name": ["new.rate"]}))
