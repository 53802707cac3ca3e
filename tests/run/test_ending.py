"""What a run says at its end."""

import dataclasses
import json
import os

from cisgrammar.run.ending import failure, headline
from toy_run import toy_run

BEGAN = 1_000_000_000.0


def write_log(path, text, age):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"10:00 INFO begin\n10:01 ERROR {text}\n")
    os.utime(path, (BEGAN - age, BEGAN - age))


def test_only_logs_of_this_run_are_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = dataclasses.replace(toy_run(tmp_path, results="results/yeast"), began=BEGAN)
    write_log(tmp_path / "logs" / "yeast" / "bias" / "old.log", "a peak is missing", 60)
    write_log(tmp_path / "logs" / "bias" / "other.log", "of other results", -1)
    assert failure(run) == "the run failed; see above"
    write_log(tmp_path / "logs" / "yeast" / "bias" / "new.log", "a read is malformed", -1)
    assert failure(run) == "the run failed; read the job's log:\n  logs/yeast/bias/new.log: a read is malformed"


def test_the_headline_shows_the_numbers_that_matter(tmp_path):
    run = toy_run(tmp_path, results=str(tmp_path / "results"))
    assert headline(run) == f"done; files are in {tmp_path}/results"
    gate = {"sample": "b", "fold": "f", "verdict": "pass", "bar": 0.5}
    gates = [
        {**gate, "name": "combined.peaks.median_jsd", "value": 0.123456},
        {**gate, "name": "binding.agreement", "value": None},
        {**gate, "name": "ablation.decoys", "value": 1},
    ]
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "summary.json").write_text(json.dumps(gates))
    (tmp_path / "results" / "report.html").write_text("")
    lines = headline(run).splitlines()
    assert lines[0] == f"report: {tmp_path}/results/report.html"
    assert lines[1].split() == ["combined.peaks.median_jsd", "0.1235", "pass", "(bar", "0.5)", "b", "f"]
    assert lines[2].split()[1] == "-"
    assert len(lines) == 3
