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
    assert lines[1] == "gates: 3 pass, 0 warn, 0 fail"
    assert lines[2].split() == ["combined.peaks.median_jsd", "0.1235", "pass", "(bar", "0.5)", "b", "f"]
    assert lines[3].split()[1] == "-"
    assert len(lines) == 4


def test_the_headline_says_what_to_mend_first_and_shows_the_worst_of_many(tmp_path):
    run = toy_run(tmp_path, results=str(tmp_path / "results"))
    gate = {"name": "combined.peaks.median_jsd", "value": 0.6, "bar": 0.5, "verdict": "pass", "sample": "b"}
    gates = [{**gate, "fold": f"f{number}", "verdict": "fail" if number == 77 else "pass"} for number in range(100)]
    gates += [{**gate, "name": "combined.peaks.median_jsd.gain", "verdict": "n/a", "fold": "f1"}]
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "summary.json").write_text(json.dumps(gates))
    (tmp_path / "results" / "report.html").write_text("")
    (tmp_path / "results" / "first_cause.txt").write_text("The data: b f1 has 40 training peaks.\n")
    lines = headline(run).splitlines()
    assert lines[1] == "first cause: The data: b f1 has 40 training peaks."
    assert lines[2] == "gates: 99 pass, 0 warn, 1 fail; the report has advice for each"
    assert lines[3].split()[-1] == "f77"
    assert lines[-1] == "  and 86 more in the report"
    assert len(lines) == 18
    (tmp_path / "results" / "first_cause.txt").write_text("")
    assert headline(run).splitlines()[1].startswith("gates:")
