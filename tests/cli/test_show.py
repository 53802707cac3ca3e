"""`cisgrammar show` says what a model or a results folder is."""

import json

from cisgrammar.cli.main import main
from cisgrammar.splice.models.saved import save_model
from cisgrammar.splice.models.spliceai import SpliceAI


def test_a_model_is_described(tmp_path, capsys):
    save_model(tmp_path / "m.safetensors", SpliceAI(80, seed=1))
    assert main(["show", str(tmp_path / "m.safetensors")]) == 0
    assert "SpliceModel: context 80 bp" in capsys.readouterr().out


def test_a_run_shows_its_gates(tmp_path, capsys):
    row = {"stage": "bias", "sample": "a", "fold": "f", "name": "x.y", "value": 1.0, "bar": 0.5, "verdict": "pass"}
    rows = [row, {**row, "name": "x.z", "verdict": "warn", "bar": None}, {**row, "name": "shown", "verdict": "n/a"}]
    (tmp_path / "summary.json").write_text(json.dumps(rows))
    assert main(["show", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "gates: 0 fail, 1 warn, 1 pass" in out
    assert out.index("x.z") < out.index("x.y")
    assert "shown" not in out
    assert "no report yet" in out
    (tmp_path / "report.html").touch()
    assert main(["show", str(tmp_path)]) == 0
    assert f"report: {tmp_path / 'report.html'}" in capsys.readouterr().out


def test_what_is_no_model_is_said(tmp_path, capsys):
    assert main(["show", str(tmp_path / "none")]) == 1
    assert "no such file or folder" in capsys.readouterr().err
