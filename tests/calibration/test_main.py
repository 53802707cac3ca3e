"""The command: a table, the rates that miss their bars by name, and the exit code."""

import pandas as pd
import pytest

from cisgrammar.calibration.__main__ import main
from cisgrammar.tables.contracts.calibration import CALIBRATION

ROW = {"name": "a", "value": 0.05, "low": 0.04, "high": 0.06, "verdict": "pass", "bar_low": 0.04, "bar_high": 0.06}


@pytest.mark.parametrize(("verdict", "code"), [("pass", 0), ("fail", 1)])
def test_the_table_is_written_and_misses_are_named(tmp_path, capsys, monkeypatch, verdict, code):
    asked = []
    made = pd.DataFrame(
        [{**ROW, "n": 9, "simulations": 3}, {**ROW, "name": "b", "verdict": verdict, "n": 9, "simulations": 3}]
    )
    monkeypatch.setattr("cisgrammar.calibration.run.calibrate", lambda *given: asked.append(given) or made)
    path = tmp_path / "results" / "calibration.tsv"
    assert main([str(path), "--seed", "11", "--processes", "3", "--quick"]) == code
    assert asked == [(11, 3, True)]
    assert CALIBRATION.read(path)["verdict"].tolist() == ["pass", verdict]
    said = capsys.readouterr().out
    assert f"2 rates, {code} outside of their bars" in said
    assert ("\n  b" in said) == bool(code)


def test_a_number_of_processes_that_is_none_is_refused(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(tmp_path / "x.tsv"), "--processes", "0"])
    assert "--processes: must be at least 1, got 0" in capsys.readouterr().err
