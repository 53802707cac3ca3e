"""All simulations in their quick form, and what does not depend on the processes."""

import os

import pandas as pd
import pytest

from cisgrammar.calibration.catalogue import SIMULATIONS
from cisgrammar.calibration.page import validation_page
from cisgrammar.calibration.run import calibrate
from cisgrammar.tables.contracts.calibration import CALIBRATION


@pytest.fixture(scope="module")
def table():
    return calibrate(7, min(2, os.cpu_count() or 1), quick=True)


def test_all_rates_lie_in_the_wider_bars(table):
    assert len(table) > 60
    assert table[["name", "value", "bar_low", "bar_high"]][table["verdict"] != "pass"].to_numpy().tolist() == []


def test_intervals_hold_their_rates_and_the_table_its_contract(table, tmp_path):
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()
    CALIBRATION.write(tmp_path / "calibration.tsv", table)
    assert CALIBRATION.read(tmp_path / "calibration.tsv")["name"].tolist() == table["name"].tolist()


def test_every_rate_has_a_paragraph_on_its_simulation(table):
    page = validation_page(table)
    assert [name for name in table["name"] if f"`{name}`" not in page] == []


def test_processes_change_nothing_and_seeds_do():
    some = [s for s in SIMULATIONS if s.name.startswith(("ablation.necessity", "splice.recall_0.8.coverage.8"))]
    one = calibrate(3, 1, quick=True, simulations=some)
    pd.testing.assert_frame_equal(one, calibrate(3, 2, quick=True, simulations=some))
    assert not one["value"].equals(calibrate(4, 1, quick=True, simulations=some)["value"])
